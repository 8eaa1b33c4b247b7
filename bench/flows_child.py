"""One engine process for the bench: `python -m bench.flows_child ours|bare|rest URL COUNT` (`rest` stays idle)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions

from domain.kernel.ports import Ops
from jobs import flows
from jobs.flows import FlowsClient, Queue
from models.db import Database

_POLL = 0.05
_LANES = 16
Begin = Callable[[str, int], Awaitable[None]]


@dataclass(frozen=True)
class _Parts:
    """As much of Ops as the engine looks at."""

    db: Database
    boot_id: str


async def _nothing(_ops: Ops, number: int) -> int:
    return number


async def _two_steps(args: dict[str, Any]) -> int:
    first = await flows.step("first", _nothing, int(args["number"]))
    return await flows.step("second", _nothing, first)


async def _ours(url: str, count: int) -> float:
    database = Database(url, pool=8)
    ops = cast("Ops", _Parts(database, f"bench-{datetime.now(UTC):%H%M%S%f}"))
    await flows.launch(
        ops,
        queues=[Queue("bench", None, _POLL)],
        workflows=[flows.Workflow("bench.two", _two_steps)],
        config={"sys_db_pool_size": 20},
    )
    client = FlowsClient(url, database.begin)

    async def begin(flow_id: str, number: int) -> None:
        await client.start("bench.two", flow_id, {"number": number}, queue="bench")

    return await _timed(begin, "ours", count)


async def _rest(url: str, _count: int) -> float:
    """The engine as it comes, with one queue and nothing to do, until it is ended."""
    DBOS(config={"name": "bench-rest", "system_database_url": url, "run_migrations": False, "log_level": "ERROR"})
    DBOS.listen_queues(["bench-rest"])
    DBOS.launch()
    await DBOS.register_queue_async("bench-rest")
    await asyncio.Event().wait()
    return 0.0


async def _bare(url: str, count: int) -> float:
    @DBOS.workflow(name="bare.steps")
    async def run(number: int) -> int:
        for step in range(2):
            number = cast("int", await DBOS.run_step_async({"name": f"step{step}"}, _one, number))
        return number

    serializer = DBOSPortableJSONSerializer()
    config: DBOSConfig = {
        "name": "bench-bare",
        "system_database_url": url,
        "application_version": "1",
        "executor_id": f"bare-{datetime.now(UTC):%H%M%S%f}",
        "serializer": serializer,
        "sys_db_pool_size": 20,
        "run_migrations": False,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.listen_queues(["bench-bare"])
    DBOS.launch()
    await DBOS.register_queue_async("bench-bare", polling_interval_sec=_POLL)
    client = DBOSClient(system_database_url=url, serializer=serializer, system_database_pool_size=8)

    async def begin(flow_id: str, number: int) -> None:
        options = EnqueueOptions(workflow_name="bare.steps", workflow_id=flow_id, queue_name="bench-bare")
        await client.enqueue_async(options, number)

    return await _timed(begin, "bare", count)


async def _one(number: int) -> int:
    return number


async def _timed(begin: Begin, kind: str, count: int) -> float:
    """Begin `count` flows from sixteen lanes and wait until the last has ended; the ids are new in every process."""
    prefix = f"{kind}-{datetime.now(UTC):%H%M%S%f}"
    await asyncio.sleep(1.0)
    began = time.perf_counter()

    async def lane(first: int) -> None:
        for number in range(first, count, _LANES):
            await begin(f"{prefix}-{number}", number)

    await asyncio.gather(*(lane(first) for first in range(_LANES)))
    while True:
        done = await DBOS.list_workflows_async(workflow_id_prefix=f"{prefix}-", status="SUCCESS", limit=count)
        if len(done) >= count:
            return count / (time.perf_counter() - began)
        await asyncio.sleep(0.1)


def main() -> None:
    """Measure one engine and leave; the database is thrown away anyway."""
    kind, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    kinds: dict[str, Callable[[str, int], Coroutine[Any, Any, float]]] = {
        "ours": _ours, "bare": _bare, "rest": _rest,
    }  # fmt: skip
    rate = asyncio.run(kinds[kind](url, count))
    print(rate, flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    main()
