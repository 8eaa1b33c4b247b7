"""One engine process for the bench of work, on DATABASE_URL: `python -m bench.work_child COUNT`."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime

from dbos import DBOS

from bench import rows
from bot import settings, wiring
from domain.kernel.ports import Ops
from domain.tasks import desk
from domain.tasks.acceptance import Report
from domain.tasks.brief import Brief
from domain.tasks.working import Task
from jobs import flows, paths, work
from jobs.flows import Queue

_POLL = 0.05
_LANES = 16
_OBJECTIVE = "What was net revenue yesterday?"


async def _nothing(_ops: Ops, _task: Task) -> Report:
    return Report("Net revenue was £1.", {})


async def _rate(count: int) -> float:
    """Tasks a second from their words to done: routed, begun, worked, held against what was asked, told."""
    paths.PATHS = {"answer": _nothing}
    async with wiring.house(settings.settings(), "bench", pool=8) as ops:
        queues = [Queue("orchestrator", None, _POLL)]
        await flows.launch(ops, queues=queues, workflows=[work.work], config={"sys_db_pool_size": 20})
        prefix = f"bench:{datetime.now(UTC):%H%M%S%f}:"

        async def lane(first: int) -> None:
            for number in range(first, count, _LANES):
                hand = desk.Hand(Brief(objective=_OBJECTIVE), f"{prefix}{number}", "slash", "U0BENCH")
                await desk.hand_in(ops, hand)

        await asyncio.sleep(1.0)
        began = time.perf_counter()
        await asyncio.gather(*(lane(first) for first in range(_LANES)))
        while True:
            if await rows.done_tasks(ops.db, prefix) >= count:
                return count / (time.perf_counter() - began)
            await asyncio.sleep(0.1)


def main() -> None:
    """Measure and leave; the database is thrown away anyway."""
    print(asyncio.run(_rate(int(sys.argv[1]))), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    main()
