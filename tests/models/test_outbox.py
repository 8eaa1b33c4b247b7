"""The outbox's own rules: what is forgotten, and what counts as an answer in a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from models import outbox
from models.db import Database
from models.outbox import CANARY, Draft


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url, pool=1)
    yield found
    await found.close()


async def _said(database: Database, key: str, state: str = "sent", **fields: Any) -> None:
    async with database.begin() as db:
        await outbox.add(db, Draft(key=key, target="post", card="{}", lane="C1", channel="C1", **fields))
        await db.execute(text("update outbox set state = :state where key = :key"), {"state": state, "key": key})


async def test_the_message_that_is_still_rewritten_is_never_forgotten(database: Database) -> None:
    for key, state in (("old", "sent"), ("waits", "queued"), (CANARY, "sent")):
        await _said(database, key, state)
    async with database.begin() as db:
        await db.execute(text("update outbox set created_at = now() - interval '40 days'"))
        assert await outbox.prune(db, days=30) == 1
        assert [await outbox.delivery(db, key) is None for key in ("old", "waits", CANARY)] == [True, False, False]
        await db.execute(text("update outbox set state = 'failed' where key = :key"), {"key": CANARY})
        assert await outbox.prune(db, days=30) == 1, "one that was never posted is tried anew"


async def test_only_answers_count_as_talk_in_a_thread(database: Database) -> None:
    for number in range(4):
        await _said(database, f"pulse:x:detail:{number}", thread_ts="1.1")
    await _said(database, "answer:1", thread_ts="1.1", share=True)
    async with database.begin() as db:
        assert await outbox.replies(db, "C1", "1.1") == 1
