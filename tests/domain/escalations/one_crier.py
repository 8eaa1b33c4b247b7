"""A process of its own that raises a trouble, tells it and sees it end: for tests that cut it at a named point."""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy import text

from domain.escalations import batch, escalation, failures
from tests.domain.escalations.conftest import failure
from tests.jobs.parts import an_ops

CAUSE = "vendor:cut"


async def main(url: str) -> None:
    ops = an_ops(url)
    async with ops.db.begin() as db:
        if not (await db.execute(text("select count(*) from failure"))).scalar():
            await failures.raised(ops, db, [failure(CAUSE, f"try {n}", "systemic") for n in range(3)])
    await batch.flush(ops)
    async with ops.db.begin() as db:
        await escalation.well(db, [CAUSE], "it answers again", by="job:orders")
        await db.execute(text("update escalation set well_at = now() - interval '1 hour' where state <> 'closed'"))
        await db.execute(text("update failure set at = now() - interval '2 hours'"))
    await batch.flush(ops)
    await ops.db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
