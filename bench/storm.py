"""storm_10k_s: ten thousand failures until their messages wait to be sent, against the bare rows alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil

from bench import lab, rows
from bench.figure import Figure, median
from domain.escalations import batch, failures
from domain.escalations.failures import Failure
from domain.kernel.ports import Ops

_FAILURES, _BLOCK, _ROUNDS = 10_000, 100, 3
_CAUSES = (1, 500)
_MOST = 12


def measure() -> Iterator[Figure]:
    """One cause and five hundred, in turn with as many bare rows, in transactions of a hundred."""
    with lab.room() as path, lab.migrated(path) as stores:
        environment = {"DATABASE_URL": stores.database_url, "REDIS_URL": str(stores.redis_url)}
        seconds, bare, grown = asyncio.run(_rounds(environment))
    against = "inserting the same failures as bare rows"
    for causes in _CAUSES:
        name = f"storm_10k_s_{causes}_causes" if causes > 1 else "storm_10k_s"
        promise = f"at most {_MOST} messages, every failure linked"
        yield Figure(name, median(seconds[causes]), "s", median(bare), against, promise)
    yield Figure("storm_rss_growth_mb", grown, "MB", 0, "nothing", "< 30 MB")


async def _rounds(environment: dict[str, str]) -> tuple[dict[int, list[float]], list[float], float]:
    seconds: dict[int, list[float]] = {causes: [] for causes in _CAUSES}
    bare: list[float] = []
    async with lab.ops(environment) as plain:
        at_once = plain.policy.escalations.model_copy(update={"stage_minutes": 0})
        ops = replace(plain, policy=plain.policy.model_copy(update={"escalations": at_once}))
        await _storm(ops, "warm", 1)
        before = psutil.Process().memory_info().rss
        for number in range(_ROUNDS):
            for causes in _CAUSES:
                seconds[causes].append(await _storm(ops, f"{number}:{causes}", causes))
            began = time.perf_counter()
            for _ in range(_FAILURES // _BLOCK):
                await rows.bare_failures(ops.db, _BLOCK)
            bare.append(time.perf_counter() - began)
        return seconds, bare, (psutil.Process().memory_info().rss - before) / 1024**2


async def _storm(ops: Ops, name: str, causes: int) -> float:
    """Seconds until every failure is linked and what is told of them stands in the outbox."""
    await rows.calm(ops.db)
    began = time.perf_counter()
    for first in range(0, _FAILURES, _BLOCK):
        block = [_failure(f"{name}:{(first + number) % causes}", first + number) for number in range(_BLOCK)]
        async with ops.db.begin() as db:
            await failures.raised(ops, db, block)
    await batch.flush(ops)
    took = time.perf_counter() - began
    messages, unlinked = await rows.told(ops.db)
    if messages > _MOST or unlinked:
        raise RuntimeError(f"{messages} messages, {unlinked} failures without a trouble")
    return took


def _failure(cause: str, number: int) -> Failure:
    return Failure(
        cause=f"bench:{cause}",
        kind="logic",
        detail=f"order {number} could not be read",
        title="Orders cannot be read",
        trying="Read the orders.",
        tried="It was tried again.",
        needed="Look at the orders.",
        retried=False,
    )
