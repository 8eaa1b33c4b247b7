"""An escalation through a real Slack: one message, taken by a click, put off by a dialog, closed with what was done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot.stores import Stores
from domain.escalations import batch, failures
from domain.escalations.failures import Failure
from domain.kernel.ports import Ops
from handlers import escalations
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, shown, until

Json = dict[str, Any]
ROOM = "C0ESCAL"
NASTY = "the key of <!channel> <https://evil.example|us> was *revoked*"


@pytest.fixture(scope="module")
async def ops(url: str, stores: Stores) -> AsyncIterator[Ops]:
    ops = an_ops(fresh_database(stores.database_url, "slack_escalations"))
    async with running(ops, url, (escalations.SURFACE,)):
        yield ops


@pytest.fixture(scope="module")
async def desk(url: str, ops: Ops) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


async def _raised(ops: Ops, cause: str) -> str:
    async with ops.db.begin() as db:
        one = Failure(cause, "systemic", NASTY, f"{cause} fails", "Read orders.", "Once.", "A new key.")
        await failures.raised(ops, db, [one])
    await batch.flush(ops)
    return str((await rows(ops, "select id from escalation where cause = :c", c=cause))[0][0])


async def _card(desk: Desk, *words: str) -> Json | None:
    async def look() -> list[Json]:
        return [one for one in await desk.said(ROOM) if all(word in shown(one) for word in words)]

    return next(iter(await until(look)), None)


async def _press(desk: Desk, card: Json, deed: str, user: str = "U0APPROVER") -> None:
    await desk.do("click", user=user, channel=ROOM, message_ts=card["ts"], action_id=f"v1.escalation.{deed}")


async def _filled(desk: Desk, user: str = "U0APPROVER", **values: str) -> None:
    async def look() -> Any:
        return (await desk.see(f"views/{user}"))["modals"]

    view = (await until(look))[-1]
    given = {name: {"field": value} for name, value in values.items()}
    sent = await desk.do("submit", user=user, view_id=view["id"], values=given)
    assert not sent.get("errors")


async def test_it_is_taken_by_a_click_and_closed_with_what_was_done(desk: Desk, ops: Ops) -> None:
    key = await _raised(ops, "vendor:shop")
    card = await _card(desk, key, "Acknowledge")
    assert card
    assert "<!channel>" not in shown(card)
    assert "What is needed from you" in shown(card)
    await _press(desk, card, "ack")
    assert await _card(desk, key, "@approver acknowledged it")
    await _press(desk, card, "close")
    await _filled(desk, done="A new key is in place.")
    locked = await _card(desk, key, "closed it: A new key is in place.")
    assert locked
    assert locked["ts"] == card["ts"], "one message for its whole life"
    assert "Acknowledge" not in shown(locked)


async def test_who_is_not_named_is_told_who_may_and_nothing_changes(desk: Desk, ops: Ops) -> None:
    key = await _raised(ops, "vendor:ads")
    card = await _card(desk, key, "Acknowledge")
    assert card
    await _press(desk, card, "ack", user="U0VIEWER")

    async def told() -> bool:
        return any("Only @approver may do this" in shown(one) for one in await desk.private(ROOM, "U0VIEWER"))

    assert await until(told)
    assert [row.state for row in await rows(ops, "select state from escalation where id = :k", k=key)] == ["open"]


async def test_it_is_given_on_and_put_off_by_dialogs(desk: Desk, ops: Ops) -> None:
    key = await _raised(ops, "vendor:deals")
    card = await _card(desk, key, "Acknowledge")
    assert card
    await _press(desk, card, "assign")
    await _filled(desk, who="U0FINANCE")
    assert await _card(desk, key, "@approver assigned it to @finance")
    await _press(desk, card, "snooze", user="U0FINANCE")
    await _filled(desk, user="U0FINANCE", span="4")
    assert await _card(desk, key, "@finance put it off: 4 hours")


async def test_a_reminder_stands_below_the_card(desk: Desk, ops: Ops) -> None:
    key = await _raised(ops, "vendor:stock")
    card = await _card(desk, key, "Acknowledge")
    assert card
    async with ops.db.begin() as db:
        await db.execute(text("update escalation set deadline_at = now() where id = :k"), {"k": key})
    await batch.flush(ops)

    async def below() -> list[Json]:
        return [one for one in await desk.said(ROOM, thread=card["ts"]) if "Still waiting" in shown(one)]

    assert len(await until(below)) == 1
