"""What the audit trail costs: a task that moves and is told of, with the trail's row against without it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from bench import lab, rows
from bench.figure import Figure, median
from domain.kernel import outbox
from domain.kernel.card import Card
from models import trail
from models.base import Db
from models.db import Database
from models.task import Task
from models.trail import Note

_ROUNDS = 7
_COUNT = 300
_KEY = "T-BENCH"
_CARD = Card("A task", "It moved.")
_TASK = {
    "id": _KEY,
    "origin": "bench",
    "source": "bench",
    "requester": "user:bench",
    "brief": {"objective": "measure " * 20, "inputs": {"order": "1001"}, "acceptance": []},
    "state": "queued",
}
Change = Callable[[Db, int], Awaitable[object]]


async def _with(db: Db, number: int) -> object:
    note = Note("task.moved", _KEY, "house", "a bench", "bench")
    return await trail.moved(db, Task, _KEY, {"attempts": number % 100, "why": f"step {number}"}, note)


async def _without(db: Db, number: int) -> object:
    return await rows.move_untold(db, _KEY, attempts=number % 100, why=f"step {number}")


def measure() -> Iterator[Figure]:
    """Milliseconds for one such transaction, in turn with and without the trail."""
    with lab.room() as path, lab.migrated(path) as stores:
        ours, bare = asyncio.run(_rounds(stores.database_url))
    against = "the same transaction without its trail row"
    yield Figure("audit_append_ms", median(ours), "ms", median(bare), against, "ratio <= 1.3")


async def _rounds(url: str) -> tuple[list[float], list[float]]:
    database = Database(url, pool=1)
    async with database.begin() as db:
        await trail.born(db, Task, _TASK, Note("task.handed_in", _KEY, "house"))
        await outbox.say(db, channel="bench", card=_CARD, key=_KEY)
    ours, bare = [], []
    for _ in range(_ROUNDS):
        ours.append(await _timed(database, _with))
        bare.append(await _timed(database, _without))
    await database.close()
    return ours, bare


async def _timed(database: Database, change: Change) -> float:
    began = time.perf_counter()
    for turn in range(_COUNT):
        async with database.begin() as db:
            await change(db, turn)
            await outbox.update(db, key=_KEY, card=_CARD)
    return (time.perf_counter() - began) / _COUNT * 1000
