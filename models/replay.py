"""What the trail says a table should hold, and what the table does hold: both as digests, read in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from models.base import Db

TABLES: dict[str, tuple[str, str]] = {
    "task": ("id", "state"),
    "action": ("id", "state"),
    "approval": ("id", "state"),
    "escalation": ("id", "state"),
    "autonomy": ("kind", "level"),
}
"""Every table that is only ever changed through models.trail: its key, and the column that says how a row stands."""
_PIECE = 1_000
"""Rows that are read at a time."""


@dataclass(frozen=True, slots=True)
class Told:
    """One trail row that holds a row of a table, as it was after a change."""

    seq: int | None
    at: datetime
    table: str
    key: str
    digest: str
    state: str
    trail_id: int


# A row without the name of its table belongs to the one its event is named after.
_TOLD = text("""
select l.seq, t.at, t."table", coalesce(t.row->>'id', t.row->>'kind') as key,
  md5(t.row::text) as digest, coalesce(t.row->>'state', t.row->>'level') as state, t.id
from (select id, at, body->'row' as row, coalesce(body->>'table', split_part(what, '.', 1)) as "table" from trail
  where body ? 'row') t left join trail_link l on l.trail_id = t.id
where t."table" = any(:tables) order by l.seq nulls last, t.id
""")


async def stand_still(db: Db) -> None:
    """See one moment of the database until the transaction ends; must be its first statement."""
    await db.execute(text("set transaction isolation level repeatable read, read only"))


async def told(db: Db) -> AsyncIterator[Told]:
    """Every change of every table, in the order in which they were committed."""
    found = await db.stream(_TOLD.execution_options(yield_per=_PIECE), {"tables": list(TABLES)})
    async for piece in found.partitions():
        for row in piece:
            yield Told(*row)


async def standing(db: Db, table: str) -> AsyncIterator[tuple[str, str]]:
    """The key of every row with the digest of all its columns."""
    key = TABLES[table][0]
    asked = text(f"select {key}, md5(to_jsonb(t)::text) from {table} t order by 1")  # noqa: S608 - names of ours
    async for piece in (await db.stream(asked.execution_options(yield_per=_PIECE))).partitions():
        for row in piece:
            yield row[0], row[1]


async def row_told(db: Db, trail_id: int) -> dict[str, Any]:
    """The row that a trail row holds."""
    found = await db.execute(text("select body->'row' from trail where id = :id"), {"id": trail_id})
    return dict(found.scalar_one())


async def row_standing(db: Db, table: str, key: str) -> dict[str, Any] | None:
    """The row as it stands in its table, its values written as the trail writes them."""
    asked = text(f"select to_jsonb(t) from {table} t where {TABLES[table][0]} = :key")  # noqa: S608 - names of ours
    return (await db.execute(asked, {"key": key})).scalar_one_or_none()
