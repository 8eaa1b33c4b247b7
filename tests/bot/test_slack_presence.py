"""The session that says this process lives: its locks are held for as long as it stands, and tried for until then."""

from __future__ import annotations

import asyncio

import pytest

from bot import slack_presence
from bot.slack_presence import Presence
from models import wire
from models.db import Database
from models.wire import Wire
from tests.bot.slack_rig import until

OWNER = 4711


async def test_a_lock_that_a_lost_session_still_holds_is_tried_for_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_presence, "TRY_S", 0.02)
    database, leads = Database(database_url, pool=1), asyncio.Event()
    lost, other = await Wire.open(database, name="lost"), await Wire.open(database, name="other")
    assert await lost.lock(wire.INBOX, OWNER)
    task = asyncio.create_task(Presence(database, OWNER, bell=asyncio.Event(), leads=leads).run())
    await asyncio.wait_for(leads.wait(), 5)
    gone = lost._connection.info.backend_pid
    await lost.close()
    assert await until(lambda: _held(other, gone))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await other.close()
    await database.close()


async def _held(other: Wire, gone: int) -> bool:
    """Whether another session than the one that is gone holds the lock."""
    found = await other._connection.execute(
        "select 1 from pg_locks where locktype = 'advisory' and granted and classid = %s and objid = %s and pid <> %s",
        (wire.INBOX, OWNER, gone),
    )
    return await found.fetchone() is not None
