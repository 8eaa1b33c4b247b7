"""How fast the trail is replayed and verified: events per second, and what memory that takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import psutil

from bench import lab, rows
from bench.figure import Figure
from domain.kernel.ports import Ops
from domain.watch import audit, replay

_TASKS = 2_000
_MOVES = 12
_EVENTS = _TASKS * (_MOVES + 1)
_PLAIN = "reading the same rows with a bare cursor"


def measure() -> Iterator[Figure]:
    """Some 26,000 changes of two thousand tasks, replayed and verified."""
    with lab.room() as path, lab.migrated(path) as stores:
        rows.moves(stores.libpq_url, _TASKS, _MOVES)
        environment = {"DATABASE_URL": stores.database_url, "REDIS_URL": str(stores.redis_url)}
        plain = _EVENTS / rows.read_trail(stores.libpq_url)
        replayed, grown, verified = asyncio.run(_rates(environment))
    yield Figure("replay_events_per_s", replayed, "1/s", plain, _PLAIN, "ratio >= 0.5")
    yield Figure("verify_rows_per_s", verified, "1/s", plain, _PLAIN, "ratio >= 0.2")
    yield Figure("replay_rss_growth_mb", grown, "MB", 0, "nothing", "< 30 MB")


async def _rates(environment: dict[str, str]) -> tuple[float, float, float]:
    async with lab.ops(environment) as ops:
        await replay.replayed(ops)  # the first compiles the statements
        before = psutil.Process().memory_info().rss
        replayed = await _rate(ops, _replay)
        grown = (psutil.Process().memory_info().rss - before) / 1024**2
        return replayed, grown, await _rate(ops, _verify)


async def _rate(ops: Ops, deed: Callable[[Ops], Awaitable[int]]) -> float:
    began = time.perf_counter()
    number = await deed(ops)
    return number / (time.perf_counter() - began)


async def _replay(ops: Ops) -> int:
    found = await replay.replayed(ops)
    if (found.events, found.differing) != (_EVENTS, 0):
        raise RuntimeError(found.sentence)
    return found.events


async def _verify(ops: Ops) -> int:
    found = await audit.verify(ops)
    if found.broken:
        raise RuntimeError(found.sentence)
    return found.rows
