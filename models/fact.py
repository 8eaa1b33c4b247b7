"""The one way facts are written: new ones copied in, known ones merged by natural key, touched days told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, cast

import psycopg
from sqlalchemy import Table, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from models.base import Base, Db

Row = tuple[Any, ...]
"""The values of one fact, in the order of its columns."""


@dataclass(frozen=True)
class Merged:
    """What a merge did: rows new or different, and every day whose figures may differ now."""

    changed: int = 0
    days: frozenset[date] = frozenset()

    def __or__(self, other: Merged) -> Merged:
        """Both together."""
        return Merged(self.changed + other.changed, self.days | other.days)


@dataclass(frozen=True)
class FactTable:
    """A table that takes facts: its natural key (text first), the columns a connector fills, its day if it has one.

    `age`: the column by which an older state is known, which then changes nothing.
    """

    table: Table
    columns: tuple[str, ...]
    day: str | None = "day"
    age: str | None = None

    @classmethod
    def of(
        cls, table: type[Base], columns: tuple[str, ...], day: str | None = "day", age: str | None = None
    ) -> FactTable:
        """The fact table behind a declarative class."""
        found = table.__table__
        assert isinstance(found, Table)
        return cls(found, columns, day, age)

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def key(self) -> tuple[str, ...]:
        """The natural key."""
        return tuple(column.name for column in self.table.primary_key)

    @property
    def values(self) -> tuple[str, ...]:
        """What may change under the same key."""
        return tuple(name for name in self.columns if name not in self.key)

    def place(self, column: str) -> int:
        """Where a column stands in a row."""
        return self.columns.index(column)


async def alone(db: Db) -> None:
    """Let one transaction at a time write facts and the metrics computed from them, from here to its commit.

    So what looks new or newest here is so, metrics know every fact, and nobody waits crosswise. Taken again it is free.
    """
    await db.execute(text("select set_config('lock_timeout', '25s', true)"))  # a window of history takes seconds
    await db.execute(text("select pg_advisory_xact_lock(hashtext('facts'))"))


async def merge(db: Db, target: FactTable, rows: Sequence[Row]) -> Merged:
    """Insert or update `rows` by natural key; equal rows change nothing, the last of several with one key wins.

    The days of changed rows are told as they were and as they are.
    """
    if not rows:
        return Merged()
    await alone(db)
    new, known = await _split(db, target, _last_of_each(target, rows))
    await copy(db, target.name, target.columns, new)
    days = {row[target.place(target.day)] for row in new} if target.day else set()
    merged = Merged(len(new), frozenset(days - {None}))
    return merged | await _update(db, target, known) if known else merged


async def rows_on(db: Db, target: FactTable, source: str, days: Sequence[date]) -> dict[date, int]:
    """How many facts of a source stand on each of these days; a day without any is left out."""
    found = await db.execute(
        text(
            f"select {target.day} as day, count(*) as rows from {target.name} "  # noqa: S608  names of our tables
            f"where source = :source and {target.day} = any(:days) group by {target.day}"
        ),
        {"source": source, "days": list(days)},
    )
    return {row.day: row.rows for row in found}


async def copy(db: Db, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Stream rows into a table by COPY."""
    raw = cast("DBAPIConnection", await db.get_raw_connection())
    connection = cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
    statement = f"copy {table} ({', '.join(columns)}) from stdin"
    async with connection.cursor() as cursor, cursor.copy(statement) as sink:
        for row in rows:
            await sink.write_row(row)


def _last_of_each(target: FactTable, rows: Sequence[Row]) -> Sequence[Row]:
    key = itemgetter(*(target.place(name) for name in target.key))
    if len(set(map(key, rows))) == len(rows):
        return rows
    return list({key(row): row for row in rows}.values())


async def _split(db: Db, target: FactTable, rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """Rows whose first key part nobody has seen, which may be copied in as they are (twice as fast), and the others."""
    first = target.place(target.key[0])
    found = await db.execute(
        text(
            f"select id from unnest(cast(:ids as text[])) as asked(id) "  # noqa: S608  names of our tables
            f"where exists (select from {target.name} where {target.key[0]} = asked.id)"
        ),
        {"ids": list({row[first] for row in rows})},
    )
    seen = {ident for (ident,) in found}
    if not seen:
        return rows, ()
    return [row for row in rows if row[first] not in seen], [row for row in rows if row[first] in seen]


async def _update(db: Db, target: FactTable, rows: Sequence[Row]) -> Merged:
    """Stage the rows, then insert or update where something differs."""
    staged, columns = f"staged_{target.name}", ", ".join(target.columns)
    shape = f"select {columns} from {target.name} with no data"  # noqa: S608  names of our tables
    await db.execute(text(f"drop table if exists pg_temp.{staged}"))
    await db.execute(text(f"create temp table {staged} on commit drop as {shape}"))
    await copy(db, f"pg_temp.{staged}", target.columns, rows)
    left = await _days_left(db, target, staged) if target.day else frozenset()
    counts = (await db.execute(text(_merge_sql(target, staged)))).all()
    return Merged(sum(row.changed for row in counts), left | {row.day for row in counts if row.day})


async def _days_left(db: Db, target: FactTable, staged: str) -> frozenset[date]:
    """Days that lose a row because it moved to another day."""
    on = " and ".join(f"old.{name} = new.{name}" for name in target.key)
    await db.execute(text(f"analyze pg_temp.{staged}"))
    found = await db.execute(
        text(
            f"select distinct old.{target.day} from {target.name} old join pg_temp.{staged} new on {on} "  # noqa: S608  names of our tables
            f"where old.{target.day} is distinct from new.{target.day}"
        )
    )
    return frozenset(day for (day,) in found if day)


def _merge_sql(target: FactTable, staged: str) -> str:
    table, columns, values = target.name, ", ".join(target.columns), target.values
    mine = ", ".join(f"{table}.{name}" for name in values)
    theirs = ", ".join(f"excluded.{name}" for name in values)
    seen = ", seen_at = clock_timestamp()" if "seen_at" in target.table.c else ""
    assign = ", ".join(f"{name} = excluded.{name}" for name in values)
    day = f"{table}.{target.day}" if target.day else "null::date"
    newer = f" and excluded.{target.age} >= {table}.{target.age}" if target.age else ""
    return (
        f"with merged as (insert into {table} ({columns}) select {columns} from pg_temp.{staged} "  # noqa: S608  names of our tables
        f"on conflict ({', '.join(target.key)}) do update set {assign}{seen} "
        f"where ({mine}) is distinct from ({theirs}){newer} returning {day} as day) "
        f"select day, count(*) as changed from merged group by day"
    )
