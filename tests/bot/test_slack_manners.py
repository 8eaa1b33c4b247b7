"""Nobody is met with silence: who asks too often is told once, and what cannot be shared is shown to who asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from bot.stores import Stores
from domain.kernel.ports import Ops
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, sandbox_process, shown, until

MOST = 6


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with sandbox_process("--no-limits") as found:
        yield found


@pytest.fixture(scope="module")
async def ops(stores: Stores, url: str) -> AsyncIterator[Ops]:
    found = an_ops(fresh_database(stores.database_url, "slack_manners"), commands_per_minute=MOST)
    async with running(found, url):
        yield found


@pytest.fixture(scope="module")
async def desk(url: str, ops: Ops) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


async def _told(desk: Desk, words: str, user: str, channel: str = "C0PULSE", thread: str = "") -> list[dict[str, Any]]:
    found = await desk.said(channel, user, thread)
    return [one for one in found if one.get("ephemeral") and words in shown(one)]


async def test_who_mentions_too_often_is_told_once_and_privately(desk: Desk, ops: Ops) -> None:
    ts = (await desk.do("message", user="U0VIEWER", channel="C0PULSE", text="<@U0BRAIN> first"))["ts"]
    for number in range(MOST + 2):
        text = f"<@U0BRAIN> {number}"
        await desk.do("message", user="U0VIEWER", channel="C0PULSE", text=text, thread_ts=ts)
    assert await until(lambda: _told(desk, "Please try again in", "U0VIEWER", thread=ts))
    limited = "select 1 from inbox where outcome = 'limited'"
    assert len(await until(lambda: rows(ops, limited))) == 3
    assert len(await rows(ops, "select 1 from outbox where card like '%try again in%'")) == 1
