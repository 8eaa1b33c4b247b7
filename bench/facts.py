"""facts_per_s: the shop's order lines merged by natural key, against COPY of the same rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from bench import lab, rows, shop
from bench.figure import Figure
from models import fact, fact_order
from models.base import Db
from models.db import Database
from models.fact import Row

_BATCH = 20_000
_BARE = "order_line_bare"
Batch = list[Row]


def measure() -> Iterator[Figure]:
    """COPY and merge, each into a table of its own with the same indexes; then the same rows once more."""
    lines = shop.lines()
    batches = [lines[start : start + _BATCH] for start in range(0, len(lines), _BATCH)]
    with lab.room() as path, lab.migrated(path) as stores:
        rows.like(stores.libpq_url, _BARE, fact_order.LINES.name)
        copied, merged, again = asyncio.run(_roads(stores.database_url, batches))
    number = len(lines)
    yield Figure("facts_per_s", number / merged, "rows/s", number / copied, "COPY of the same rows", "ratio >= 0.25")
    against = "COPY; here every row is known already"
    yield Figure("facts_again_per_s", number / again, "rows/s", number / copied, against, "no promise")


async def _roads(url: str, batches: Sequence[Batch]) -> tuple[float, float, float]:
    """Seconds of each road; in turn batch by batch, each batch a transaction."""
    database, copied, merged, again = Database(url), 0.0, 0.0, 0.0
    for batch in batches:
        copied += await _seconds(database, _copy, batch)
        merged += await _seconds(database, _merge, batch)
    for batch in batches:
        again += await _seconds(database, _merge, batch)
    await database.close()
    return copied, merged, again


async def _seconds(database: Database, road: Callable[[Db, Batch], Awaitable[object]], batch: Batch) -> float:
    began = time.perf_counter()
    async with database.begin() as db:
        await road(db, batch)
    return time.perf_counter() - began


async def _copy(db: Db, batch: Batch) -> None:
    await fact.copy(db, _BARE, fact_order.LINES.columns, batch)


async def _merge(db: Db, batch: Batch) -> None:
    await fact.merge(db, fact_order.LINES, batch)
