"""facts_per_s: the shop's order lines merged by natural key, against COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import text

from bench import lab, shop
from bench.figure import Figure
from models import fact, fact_order
from models.db import Database

_BATCH = 20_000


async def measure() -> AsyncIterator[Figure]:
    """Each road in its own fresh table, batch by batch, each batch a transaction."""
    rows = shop.lines()
    with lab.room() as path, lab.migrated(path) as stores:
        database = Database(stores.database_url)
        copied = await _copy(database, rows)
        await _empty(database)
        merged = await _merge(database, rows)
        again = await _merge(database, rows)
        await database.close()
    yield Figure("facts_per_s", merged, "rows/s", copied, "COPY of the same rows", "ratio >= 0.25")
    yield Figure("facts_again_per_s", again, "rows/s", copied, "COPY; every row known already", "no promise")


async def _copy(database: Database, rows: Sequence[tuple[Any, ...]]) -> float:
    began = time.perf_counter()
    for start in range(0, len(rows), _BATCH):
        async with database.begin() as db:
            await fact.copy(db, fact_order.LINES.name, fact_order.LINES.columns, rows[start : start + _BATCH])
    return len(rows) / (time.perf_counter() - began)


async def _merge(database: Database, rows: Sequence[tuple[Any, ...]]) -> float:
    began = time.perf_counter()
    for start in range(0, len(rows), _BATCH):
        async with database.begin() as db:
            await fact.merge(db, fact_order.LINES, rows[start : start + _BATCH])
    return len(rows) / (time.perf_counter() - began)


async def _empty(database: Database) -> None:
    async with database.begin() as db:
        await db.execute(text(f"truncate {fact_order.LINES.name}"))
