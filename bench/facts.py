"""facts_per_s: the shop's order lines merged by natural key, against COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable

from bench import lab, rows, shop
from bench.figure import Figure
from models import fact, fact_order
from models.base import Db
from models.db import Database
from models.fact import Row

_BATCH = 20_000
_BARE = "order_line_bare"
Batch = list[Row]


async def measure() -> AsyncIterator[Figure]:
    """In turn batch by batch, each batch a transaction, each road into a table of its own with the same indexes."""
    lines = shop.lines()
    batches = [lines[start : start + _BATCH] for start in range(0, len(lines), _BATCH)]
    with lab.room() as path, lab.migrated(path) as stores:
        rows.like(stores.libpq_url, _BARE, fact_order.LINES.name)
        database = Database(stores.database_url)
        copied = merged = again = 0.0
        for batch in batches:
            copied += await _seconds(database, _copy, batch)
            merged += await _seconds(database, _merge, batch)
        for batch in batches:
            again += await _seconds(database, _merge, batch)
        await database.close()
    number = len(lines)
    yield Figure("facts_per_s", number / merged, "rows/s", number / copied, "COPY of the same rows", "ratio >= 0.25")
    against = "COPY; here every row is known already"
    yield Figure("facts_again_per_s", number / again, "rows/s", number / copied, against, "no promise")


async def _seconds(database: Database, road: Callable[[Db, Batch], Awaitable[object]], batch: Batch) -> float:
    began = time.perf_counter()
    async with database.begin() as db:
        await road(db, batch)
    return time.perf_counter() - began


async def _copy(db: Db, batch: Batch) -> None:
    await fact.copy(db, _BARE, fact_order.LINES.columns, batch)


async def _merge(db: Db, batch: Batch) -> None:
    await fact.merge(db, fact_order.LINES, batch)
