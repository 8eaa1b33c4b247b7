"""Tasks at work: one row as it stands, moved together with its trail, and what the patrol looks for among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB

from models import trail
from models.action import Action
from models.base import Db
from models.task import Report, Task
from models.trail import Note

ENDED = ("done", "cancelled")
NOW = func.clock_timestamp()
NEXT_RUN = Task.run + 1
MOVED_BEFORE = Task.moved_at
"""Values of a move that the database works out itself."""


def minutes_from_now(minutes: int) -> ColumnElement[Any]:
    """A moment by the database's clock."""
    return NOW + func.make_interval(0, 0, 0, 0, 0, minutes)


@dataclass(frozen=True)
class TaskRow:
    """A task as it stood at one moment; `run` numbers its flows, `missing` holds the questions that are open."""

    id: str
    source: str
    requester: str
    channel: str | None
    thread_ts: str | None
    brief: dict[str, Any]
    missing: list[dict[str, str]]
    category: str | None
    rule: str | None
    department: str | None
    path: str | None
    state: str
    attempts: int
    run: int
    parent_id: str | None
    owner: str | None
    why: str
    limit_at: datetime | None
    report_id: str | None
    read_at: datetime | None
    next: list[dict[str, Any]]
    created_at: datetime
    moved_at: datetime

    @property
    def objective(self) -> str:
        """What is to be done."""
        return str(self.brief["objective"])


_NAMES = tuple(one.name for one in fields(TaskRow))
_COLUMNS = tuple(getattr(Task, name) for name in _NAMES)


def _row(found: Mapping[str, Any]) -> TaskRow:
    """A row out of the trail's JSON, in which times are texts."""
    values = {name: found[name] for name in _NAMES}
    for name in _NAMES:
        if name.endswith("_at") and isinstance(values[name], str):
            values[name] = datetime.fromisoformat(values[name])
    return TaskRow(**values)


async def read(db: Db, task_id: str) -> TaskRow | None:
    """One task; None when there is none of this id."""
    found = (await db.execute(_READ, {"id": task_id})).first()
    return TaskRow(*found) if found else None


_READ = select(*_COLUMNS).where(Task.id == bindparam("id"))


async def born(db: Db, values: Mapping[str, Any], note: Note) -> TaskRow | None:
    """Write a new task; None when the same origin was handed in before."""
    found = await trail.born(db, Task, values, note)
    return _row(found) if found else None


async def moved(
    db: Db, task_id: str, states: Sequence[str], values: Mapping[str, Any], note: Note, *, run: int | None = None
) -> TaskRow | None:
    """Change a task that is in one of `states` (and at its run `run`); None, and nothing written, when it is not."""
    where: list[ColumnElement[bool]] = [Task.state.in_(states)]
    if run is not None:
        where.append(Task.run == run)
    found = await trail.moved(db, Task, task_id, {"moved_at": NOW, **values}, note, where=where)
    return _row(found) if found else None


async def of_person(db: Db, person: str, *, most: int) -> list[TaskRow]:
    """The newest tasks somebody asked for or took over; those that are open first."""
    ended = Task.state.in_(ENDED)
    asked = select(*_COLUMNS).where(or_(Task.requester == person, Task.owner == person))
    found = await db.execute(asked.order_by(ended, Task.created_at.desc(), Task.id).limit(most))
    return [TaskRow(*row) for row in found]


_ANSWERED = text("""
select t.id, a.id from task t cross join lateral (
  select id, state from action where task_id = t.id order by created_at desc, id limit 1) a
where t.state = 'waiting' and a.state <> all(:waits) order by t.id
""")


async def answered_waits(db: Db, waits: Sequence[str]) -> list[tuple[str, str]]:
    """Tasks that wait, and their newest action, when that is in none of the states `waits`."""
    found = await db.execute(_ANSWERED, {"waits": list(waits)})
    return [(row[0], row[1]) for row in found]


async def undecided(db: Db, task_id: str) -> list[str]:
    """The actions of a task that are only proposed."""
    asked = select(Action.id).where(Action.task_id == task_id, Action.state == "proposed")
    return [row[0] for row in await db.execute(asked)]


_GENERATION = text("""
with recursive above as (
  select parent_id, 1 as number from task where id = :id
  union all select t.parent_id, a.number + 1 from task t join above a on t.id = a.parent_id where a.number < 50)
select max(number) from above
""")


async def generation(db: Db, task_id: str) -> int:
    """How many tasks led to what would follow this one, itself included."""
    return int((await db.execute(_GENERATION, {"id": task_id})).scalar() or 0)


async def some(db: Db, *where: ColumnElement[bool], most: int) -> list[TaskRow]:
    """The oldest tasks for which all of this holds."""
    found = await db.execute(select(*_COLUMNS).where(*where).order_by(Task.moved_at, Task.id).limit(most))
    return [TaskRow(*row) for row in found]


@dataclass(frozen=True)
class ReportRow:
    """What one run of a task brought; `checks` are the criteria with whether each holds."""

    id: str
    task_id: str
    run: int
    summary: str
    body: dict[str, Any]
    checks: list[dict[str, Any]]


async def reported(db: Db, task_id: str, run: int, report: ReportRow, note: Note) -> TaskRow | None:
    """Keep a report, once, and move the task that runs with it to be checked, in one statement with the trail.

    None when that run of the task runs no more; the report is kept all the same.
    """
    given = {**asdict(report), "now": task_id, "now_run": run}
    given |= {f"said_{name}": value for name, value in asdict(note).items()}
    found = (await db.execute(_REPORTED, given)).scalar_one_or_none()
    return _row(found) if found else None


_REPORTED = (
    text("""
with kept as (
  insert into report (id, task_id, run, summary, body, checks) values (:id, :task_id, :run, :summary, :body, :checks)
  on conflict do nothing
), made as (
  update task set state = 'checking', why = :said_why, report_id = :id, moved_at = clock_timestamp()
  where id = :now and state = 'running' and run = :now_run returning *
)
insert into trail (what, subject, by, why, cause, body)
select :said_what, :said_subject, :said_by, :said_why, :said_cause,
  jsonb_build_object('row', to_jsonb(made), 'table', 'task') from made
returning body -> 'row' as row
""")
    .bindparams(bindparam("body", type_=JSONB), bindparam("checks", type_=JSONB))
    .columns(row=JSONB)
)


async def report(db: Db, report_id: str) -> ReportRow | None:
    """One report; None when there is none of this id."""
    names = tuple(getattr(Report, one.name) for one in fields(ReportRow))
    found = (await db.execute(select(*names).where(Report.id == report_id))).first()
    return ReportRow(*tuple(found)) if found else None
