"""What the patrol looks for among tasks: standing still, over their limit, in circles, unread, or not followed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, text

from models import task_work
from models.base import Db
from models.escalation import Escalation
from models.task import Task
from models.task_work import TaskRow

_MOST = 500
_OURS = ("queued", "running", "checking")
_OPEN = ("asking", "waiting", *_OURS)
_PEERS = text("""
with last as (
  select category, extract(epoch from moved_at - created_at) as took,
    row_number() over (partition by category order by moved_at desc) as nth
  from task where state = 'done' and category is not null)
select category, count(*), percentile_cont(0.95) within group (order by took)
from last where nth <= 200 group by category
""")


async def peers(db: Db, *, least: int) -> dict[str, timedelta]:
    """How long 95 of 100 of the last finished tasks took from hand-in to done, by category, where enough did."""
    found = await db.execute(_PEERS)
    return {row[0]: timedelta(seconds=float(row[2])) for row in found if row[1] >= least}


def _older(than: timedelta) -> ColumnElement[bool]:
    return Task.moved_at < task_work.NOW - than


async def _found(db: Db, *where: ColumnElement[bool]) -> list[TaskRow]:
    return await task_work.some(db, *where, most=_MOST)


async def still(db: Db, floor: timedelta) -> list[tuple[TaskRow, timedelta]]:
    """Tasks of ours that have not moved for at least `floor`, and for how long."""
    rows = await _found(db, Task.state.in_(_OURS), _older(floor))
    now = (await db.execute(select(task_work.NOW))).scalar_one()
    return [(row, now - row.moved_at) for row in rows]


async def late(db: Db) -> list[TaskRow]:
    """Open tasks whose time is over."""
    return await _found(db, Task.state.in_(_OPEN), Task.limit_at < task_work.NOW)


async def circling(db: Db, most: int) -> list[TaskRow]:
    """Open tasks that were begun more than `most` times."""
    return await _found(db, Task.state.in_(_OPEN), Task.run > most)


async def unread(db: Db, than: timedelta) -> list[TaskRow]:
    """Tasks that were done longer than that ago and nobody looked at."""
    return await _found(db, Task.state == "done", Task.read_at.is_(None), _older(than))


async def unfollowed(db: Db, told: str) -> list[TaskRow]:
    """Tasks that are done and of whose declared next steps some were never handed in, until a person has closed that.

    `told` and the task's id are the cause under which people are asked about it.
    """
    child: Any = Task.__table__.alias("child")
    begun = select(func.count()).where(child.c.parent_id == Task.id).scalar_subquery()
    over = exists().where(Escalation.cause == told + Task.id, Escalation.state == "closed")
    return await _found(db, Task.state == "done", func.jsonb_array_length(Task.next) > begun, ~over)
