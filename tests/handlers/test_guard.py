"""Who may, how often, and what a person is told when a deed fails."""

from __future__ import annotations

import asyncio

import pytest

from bot.slack_directory import stranger
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from handlers import guard
from handlers.surface import Answer, Ask, Person
from tests.bot.slack_rig import an_ops, rows

HOME = "T0HOME"


def user(**fields: object) -> dict[str, object]:
    return {"id": "U1", "team_id": HOME, "is_bot": False, **fields}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"is_bot": True}, "bot"),
        ({"id": "USLACKBOT"}, "bot"),
        ({"deleted": True}, "deactivated"),
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_stranger": True}, "other team"),
        ({"team_id": "T0ELSE"}, "other team"),
        ({"team_id": "E0GRID", "enterprise_user": {"teams": [HOME]}}, ""),
        ({"team_id": None}, "other team"),
    ],
)
def test_only_full_members_of_our_own_team_are_answered(fields: dict[str, object], why: str) -> None:
    assert stranger(user(**fields), HOME) == why


@pytest.mark.parametrize("why", ["guest", "other team", "deactivated", "unknown", "some new kind"])
def test_everybody_else_is_told_why(why: str) -> None:
    card = guard.denial(Ask("k", "command", "/pulse", Person("U1", why)))
    assert card is not None
    assert card.conclusion.endswith(".")


async def test_a_click_of_who_is_answered_nothing_is_a_row_of_the_trail(database_url: str) -> None:
    ops = an_ops(database_url)

    async def never(_ops: Ops, _ask: Ask) -> Answer:
        raise AssertionError

    try:
        ask = Ask("a1", "action", "approval.approve", Person("U1", "guest"), "C1", value="P-1:abcd")
        assert await guard.serve(ops, ask, never) == "denied: guest"
        found = await rows(ops, 'select what, subject, "by", why from trail')
        assert [tuple(row) for row in found] == [("click.denied", "P-1:abcd", "user:U1", "guest")]
    finally:
        await ops.db.close()


def test_a_person_may_ask_so_often_in_a_minute_and_is_told_how_long_to_wait() -> None:
    rates = guard.Rates(3)
    assert [rates.refuse("U1", now) for now in (0.0, 1.0, 2.0)] == [None] * 3
    assert "try again in 50 s" in str(rates.refuse("U1", 10.5))
    assert rates.refuse("U2", 10.5) is None
    assert rates.refuse("U1", 60.0) is None


def test_the_same_deed_has_the_same_error_id() -> None:
    assert guard.error_id("command:1") == guard.error_id("command:1") != guard.error_id("command:2")
    assert len(guard.error_id("command:1")) == 8


ASKS = {
    "command": Ask("c", "command", "/echo", Person("U1"), "C1", response_url="https://slack.example/c"),
    "share": Ask("s", "command", "/echo", Person("U1"), "C1", "share", response_url="https://slack.example/s"),
    "event": Ask("e", "event", "message", Person("U1"), "C1", thread_ts="1.1"),
}


@pytest.mark.parametrize("kind", ASKS)
async def test_a_placeholder_from_before_a_death_gives_way_to_a_quick_answer(
    database_url: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    ops, ask, told = an_ops(database_url), ASKS[kind], Answer(Card("Echo", "Here it is."), share=kind != "command")

    async def quick(_ops: Ops, _ask: Ask) -> Answer:
        return told

    async def dying(_ops: Ops, _ask: Ask) -> Answer:
        await asyncio.sleep(0.01)
        raise asyncio.CancelledError

    monkeypatch.setattr(guard, "PATIENCE_S", 0.0)
    with pytest.raises(asyncio.CancelledError):
        await guard.serve(ops, ask, dying)
    monkeypatch.setattr(guard, "PATIENCE_S", 1.2)
    held = "select key, card from outbox where key like :key order by id desc"
    assert "looking this up" in (await rows(ops, held, key=f"%{guard.answer_key(ask)}"))[0].card
    assert await guard.serve(ops, ask, quick) == "answered"
    newest = (await rows(ops, held, key=f"%{guard.answer_key(ask)}"))[0].card
    assert ("It stands in the channel now" if kind == "share" else "Here it is.") in newest
    await ops.db.close()
