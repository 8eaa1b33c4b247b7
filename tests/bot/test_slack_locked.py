"""What is decided loses its buttons, however long its message and however many posts wait in the channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Button, Buttons, Card, Confirm, Prose
from domain.kernel.ports import Ops
from models.outbox import OPEN
from tests.bot.slack_rig import Desk, an_ops, fresh_database, running, until

DECIDE = Buttons(
    (
        Button("echo.press", "Approve", "P-ABCDEFGHIJ:0123abcd", "primary", Confirm("Approve?", "It is done.", "Yes")),
        Button("echo.press", "Reject", "P-ABCDEFGHIJ:0123abcd", "danger"),
    )
)
LONG = Card("Decide", "Something is to be decided.", (*[Prose("Many words. " * 200)] * 8, DECIDE))
LOCKED = Card("Decided", "Approved by the approver.")
Json = dict[str, Any]


@pytest.fixture
async def ops(stores: Stores, url: str) -> AsyncIterator[Ops]:
    found = an_ops(fresh_database(stores.database_url, "slack_locked"), posts_per_second=4)
    async with running(found, url):
        yield found


@pytest.fixture
async def desk(url: str, ops: Ops) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


async def test_a_locked_message_has_no_buttons_though_others_wait_to_be_posted(desk: Desk, ops: Ops) -> None:
    async with ops.db.begin() as db:
        await outbox.say(db, channel="#ops-escalations", card=LONG, key="approval:1")
    ts = str(await until(lambda: _ts(ops, "approval:1")))
    assert [action["value"] for action in await buttons(desk, ts)] == ["P-ABCDEFGHIJ:0123abcd"] * 2
    async with ops.db.begin() as db:
        for number in range(4):
            await outbox.say(db, channel="#ops-escalations", card=Card("Talk", "More."), key=f"talk:{number}")
        assert await outbox.update(db, key="approval:1", card=LOCKED)
    await until(lambda: _ts(ops, "update:approval:1"))
    async with ops.db.begin() as db:
        last = await outbox.delivery(db, "talk:3")
    assert last is not None
    assert last.state in OPEN
    assert await buttons(desk, ts) == []


async def buttons(desk: Desk, ts: str) -> list[Json]:
    """Every button of a message and of what stands below it."""
    said = [*(await desk.said("C0ESCAL")), *(await desk.said("C0ESCAL", thread=ts))]
    mine = {one["ts"]: one for one in said if ts in (one["ts"], one.get("thread_ts"))}
    assert len(mine) > 1
    blocks = [block for one in mine.values() for block in one.get("blocks", ())]
    return [button for block in blocks if block["type"] == "actions" for button in block["elements"]]


async def _ts(ops: Ops, key: str) -> str | None:
    async with ops.db.begin() as db:
        found = await outbox.delivery(db, key)
    return found.ts if found is not None and found.state == "sent" else None
