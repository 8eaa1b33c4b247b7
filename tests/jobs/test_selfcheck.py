"""What a look finds bad is told, and over when another finds it well; what could not be seen is neither."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from bot.stores import Stores
from jobs import selfcheck
from models.check import Result
from tests.jobs.parts import an_ops, fresh_database


async def test_what_cannot_be_seen_is_not_well(stores: Stores) -> None:
    ops = an_ops(fresh_database(stores.database_url, "selfcheck_test"))
    asked = "select well_at is not null from escalation where cause = 'check:slack'"
    for state, is_well in (("bad", False), ("unknown", False), ("ok", True)):
        async with ops.db.begin() as db:
            await selfcheck.tell(ops, db, [Result("slack", datetime.now(UTC), state, "How it stands.")])
            assert (await db.execute(text(asked))).scalar_one() is is_well, state
    await ops.db.close()
