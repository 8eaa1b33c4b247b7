"""A dialog is acknowledged at once, whoever else is served and whatever has to be looked up; then the work begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_app
from bot.slack_app import Identity
from bot.slack_dispatch import Dispatch
from bot.slack_envelope import Envelope
from bot.slack_intake import Arrival
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from handlers.surface import Answer, Ask, Person, Surface, View
from tests.bot.slack_rig import an_ops, rows, until

SENT_BACK = {"response_action": "errors", "errors": {"name": "Too short."}}


class Link:
    """A link that only remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    async def reply(self, _line: object, _envelope_id: str, payload: Any = None) -> bool:
        self.told.append(payload)
        return True


def check(values: Mapping[str, str]) -> Mapping[str, str]:
    return {} if len(values["name"]) > 2 else {"name": "Too short."}


async def run(_ops: Ops, ask: Ask) -> Answer:
    return Answer(Card("Taken", f"{ask.name} is taken."))


FORM = Surface("form", "A dialog.", views=(View("form", check, run),))


def submitted(callback: str, name: str) -> Arrival:
    """A dialog that was sent in; nobody works on anything else."""
    view = {
        "type": "modal",
        "callback_id": callback,
        "state": {"values": {"name": {"field": {"type": "plain_text_input", "value": name}}}},
    }
    payload = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}
    return Arrival(Link(), None, Envelope("e1", f"view:{callback}:{name}", "view", "U1", payload))  # type: ignore[arg-type]


@pytest.fixture
async def ops(database_url: str) -> AsyncIterator[Ops]:
    found = an_ops(database_url)
    yield found
    await found.db.close()


@pytest.mark.parametrize(
    ("callback", "name", "payload", "told"),
    [("form", "Ann", None, "form is taken."), ("form", "A", SENT_BACK, ""), ("gone", "A", None, "nothing was done")],
)
async def test_a_dialog_is_acknowledged_before_anybody_is_looked_up(
    ops: Ops, callback: str, name: str, payload: Any, told: str
) -> None:
    known = asyncio.Event()

    async def resolve(ask: Ask) -> Ask:
        await known.wait()
        return replace(ask, person=Person("U1"))

    api, identity = AsyncWebClient("xoxb-1"), Identity("T1", "U0BRAIN", "B1")
    dispatch = Dispatch(slack_app.build(ops, (FORM,), api, identity, resolve), ops.db, 7)
    one = submitted(callback, name)
    dispatch.submit(one)
    assert await until(lambda: _answered(one))
    assert one.link.told == [payload]  # type: ignore[attr-defined]
    known.set()
    await dispatch.stop(5)
    found = await rows(ops, "select card from outbox where key = :key", key=f"answer:{one.envelope.key}")
    assert [told in row.card for row in found] == ([True] if told else [])


async def _answered(one: Arrival) -> bool:
    return bool(one.link.told)  # type: ignore[attr-defined]
