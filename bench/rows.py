"""What the bench asks of the database itself: rows counted, tables emptied, a compose's reads heard and repeated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import event, func, insert, make_url, select, text, update

from bot.stores import Stores
from models.action import Effect
from models.base import Db
from models.db import Database
from models.escalation import Failure
from models.task import Task
from models.wire import Wire

Statement = tuple[str, Any]


def commands(url: str) -> int:
    """How many commands have a row in the inbox."""
    with psycopg.connect(url) as db:
        found = db.execute("select count(*) from inbox where kind = 'command'").fetchone()
    return int(found[0]) if found else 0


def empty(url: str, *tables: str) -> None:
    """Throw the rows of these tables away."""
    with psycopg.connect(url) as db:
        db.execute(f"truncate {', '.join(tables)} cascade".encode())


def database(stores: Stores, name: str) -> str:
    """An empty database beside the house's own; its URL."""
    with psycopg.connect(stores.libpq_url, autocommit=True) as db:
        db.execute(f"create database {name}".encode())
    return make_url(stores.database_url).set(database=name).render_as_string(hide_password=False)


def like(url: str, name: str, other: str) -> None:
    """An empty table of the same shape as another, with the same indexes."""
    with psycopg.connect(url) as db:
        db.execute(f"create table {name} (like {other} including all)".encode())


@contextmanager
def heard(database: Database) -> Iterator[list[Statement]]:
    """Every statement sent meanwhile, with its values, as the driver gets it."""
    said: list[Statement] = []

    def note(_db: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        said.append((statement, values))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def read_again(url: str, said: Sequence[Statement]) -> float:
    """Seconds for the statements that only read, one after the other on one connection, every row fetched."""
    reads = [one for one in said if one[0].lstrip().lower().startswith(("select", "with"))]
    with psycopg.connect(url) as db:
        began = time.perf_counter()
        for statement, values in reads:
            db.execute(statement.encode(), values).fetchall()
        return time.perf_counter() - began


async def move_untold(db: Db, key: str, **values: Any) -> Any:
    """Change a task without a row in the trail, as nobody else may."""
    return (await db.execute(update(Task).where(Task.id == key).values(**values).returning(Task.id))).scalar_one()


async def done_tasks(database: Database, origins: str) -> int:
    """How many tasks whose origin begins so are done."""
    counted = select(func.count()).where(Task.origin.startswith(origins), Task.state == "done")
    async with database.begin() as db:
        return int((await db.execute(counted)).scalar_one())


_BORN = """with made as (insert into task (id, origin, source, requester, brief, state)
  select 'T-' || n, 'bench:' || n, 'bench', 'user:bench',
    jsonb_build_object('objective', repeat('measure ', 20)), 'queued'
  from generate_series(1, %s) n returning *),
told as (insert into trail (what, subject, by, body)
  select 'task.handed_in', id, 'house', jsonb_build_object('row', to_jsonb(made), 'table', 'task') from made)
select count(*) from made"""
_MOVED = """with made as (update task set attempts = %s, why = 'a step' returning *),
told as (insert into trail (what, subject, by, body)
  select 'task.moved', id, 'house', jsonb_build_object('row', to_jsonb(made), 'table', 'task') from made)
select count(*) from made"""


def moves(url: str, tasks: int, times: int) -> None:
    """So many tasks, each moved so many times and told of."""
    with psycopg.connect(url) as db:
        db.execute(_BORN, [tasks])
        db.commit()
        for turn in range(times):
            db.execute(_MOVED, [turn])
            db.commit()


def read_trail(url: str) -> float:
    """Seconds to read every row of the trail in pieces."""
    with psycopg.connect(url) as db, db.cursor("reading") as cursor:
        began = time.perf_counter()
        cursor.execute("select id, at, what, subject, body from trail order by id")
        for _ in cursor:
            pass
        return time.perf_counter() - began


async def moment(database: Database) -> datetime:
    """The database's time."""
    async with database.begin() as db:
        now: datetime = (await db.execute(select(func.clock_timestamp()))).scalar_one()
        return now


async def effect_begun(database: Database, action_id: str) -> datetime:
    """When the intent of an action was written that ends well, by the database's time; waits for its end."""
    while True:
        async with database.begin() as db:
            asked = select(Effect.intended_at).where(Effect.action_id == action_id, Effect.state == "done")
            found: datetime | None = (await db.execute(asked)).scalar()
        if found is not None:
            return found
        await asyncio.sleep(0.05)


async def bell(database: Database) -> float:
    """Milliseconds until what one transaction rings is heard on another connection."""
    line = await Wire.open(database, name="bench-bell")
    await line.listen("bench")
    began = time.perf_counter()
    async with database.begin() as db:
        await db.execute(select(func.pg_notify("bench", "")))
    await line.heard(5.0)
    took = (time.perf_counter() - began) * 1000
    await line.close()
    return took


async def calm(database: Database) -> None:
    """No trouble and no message is there."""
    async with database.begin() as db:
        await db.execute(text("truncate failure, escalation, outbox"))


async def bare_failures(database: Database, number: int) -> None:
    """So many failures as rows and nothing else, in one transaction."""
    made = {"cause": "bench:bare", "kind": "logic", "detail": "order 1 could not be read"}
    async with database.begin() as db:
        await db.execute(insert(Failure), [made] * number)


async def told(database: Database) -> tuple[int, int]:
    """How many messages wait to be sent, and how many failures belong to no trouble."""
    async with database.begin() as db:
        counted = "select (select count(*) from outbox), (select count(*) from failure where escalation_id is null)"
        found = (await db.execute(text(counted))).one()
        return int(found[0]), int(found[1])
