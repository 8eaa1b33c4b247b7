"""The flows that were begun: under which id, with which arguments, how often taken over; and a view of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import SmallInteger, String, bindparam, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db

_PASSING = ("08", "25006", "25P03", "40001", "40P01", "53", "55P03", "57014", "57P")
"""SQLSTATEs of a database that will answer again: connection, read-only, conflict, full, lock, cancel, stop."""


class Flow(Base):
    """One flow under its id; the engine keeps its steps, this row keeps what the engine forgets."""

    __tablename__ = "flow"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    queue: Mapped[str] = mapped_column(String(30))
    fingerprint: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[CreatedAt]
    takeovers: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    given_up_at: Mapped[At | None]


@dataclass(frozen=True)
class Stray:
    """A flow that nobody runs, although the engine says somebody does."""

    id: str
    name: str
    queue: str
    executor: str
    takeovers: int


@dataclass(frozen=True)
class Backlog:
    """What waits in one queue."""

    queue: str
    waiting: int
    oldest_for: timedelta


_ENTER = text("""
insert into flow (id, name, queue, fingerprint) values (:id, :name, :queue, :fingerprint)
on conflict (id) do nothing returning id
""")


async def enter(db: Db, flow_id: str, name: str, queue: str, fingerprint: str) -> str | None:
    """Note a new flow: None when it is new, else the fingerprint it was begun with."""
    row = {"id": flow_id, "name": name, "queue": queue, "fingerprint": fingerprint}
    if (await db.execute(_ENTER, row)).first():
        return None
    return (await db.execute(select(Flow.fingerprint).where(Flow.id == flow_id))).scalar_one()


async def take_over(db: Db, flow_id: str, *, most: int) -> bool:
    """Count one more take-over; False, and the flow noted as given up, when it has had `most` already."""
    counted = await db.execute(
        update(Flow)
        .where(Flow.id == flow_id, Flow.takeovers < most)
        .values(takeovers=Flow.takeovers + 1)
        .returning(Flow.id)
    )
    if counted.first():
        return True
    await db.execute(
        update(Flow).where(Flow.id == flow_id, Flow.given_up_at.is_(None)).values(given_up_at=func.clock_timestamp())
    )
    return False


async def lone_reaper(db: Db) -> bool:
    """Whether this transaction is the only one that takes flows over now."""
    return bool((await db.execute(text("select pg_try_advisory_xact_lock(727011)"))).scalar())


# The engine's own tables are read here, never written; the engine is pinned and a test reads them through this file.
_STRAYS = """
select w.workflow_uuid, w.name, coalesce(w.queue_name, f.queue, ''), coalesce(w.executor_id, ''),
  coalesce(f.takeovers, 0)
from dbos.workflow_status w
left join executor e on e.id = w.executor_id
left join flow f on f.id = w.workflow_uuid
where w.status = 'PENDING' and {who}
order by w.created_at limit 500
"""


async def abandoned(db: Db, silent_for: timedelta | None) -> list[Stray]:
    """Flows whose executor is dead, unknown, or silent for that long (None: silence proves nothing now)."""
    who = "(e.id is null or e.state = 'dead' or e.beat_at < clock_timestamp() - cast(:silent as interval))"
    found = await db.execute(text(_STRAYS.format(who=who)), {"silent": silent_for})
    return [Stray(*row) for row in found]


async def held_by(db: Db, boot_id: str, *, since: timedelta) -> list[Stray]:
    """Flows the engine believes this boot has been running for at least that long."""
    who = (
        "w.executor_id = :boot and coalesce(w.started_at_epoch_ms, w.updated_at)"
        " < (extract(epoch from clock_timestamp() - cast(:since as interval)) * 1000)"
    )
    found = await db.execute(text(_STRAYS.format(who=who)), {"boot": boot_id, "since": since})
    return [Stray(*row) for row in found]


async def standing_still(db: Db, still_for: timedelta, *, waits_in: Sequence[str]) -> list[Stray]:
    """Flows with a living executor and no new step for that long, outside a declared wait.

    The flow of a slot may take a step as long as the slot's limit allows.
    """
    who = """e.state = 'alive' and w.queue_name not in :waits and greatest(
      coalesce(w.started_at_epoch_ms, w.updated_at),
      (select max(o.completed_at_epoch_ms) from dbos.operation_outputs o where o.workflow_uuid = w.workflow_uuid)
    ) < (extract(epoch from clock_timestamp() - cast(:still as interval)) * 1000)
    and coalesce((select o.function_name from dbos.operation_outputs o where o.workflow_uuid = w.workflow_uuid
      order by o.function_id desc limit 1), '') not in ('DBOS.sleep', 'DBOS.recv')
    and not exists (select from slot s where s.job = split_part(w.workflow_uuid, ':', 1) and s.ended_at is null
      and s.limit_at >= clock_timestamp() and concat_ws(':', s.job, s.day, s.slot) = w.workflow_uuid)"""
    asked = text(_STRAYS.format(who=who)).bindparams(bindparam("waits", expanding=True))
    return [Stray(*row) for row in await db.execute(asked, {"still": still_for, "waits": list(waits_in)})]


async def foreign_versions(db: Db, version: str) -> dict[str, int]:
    """Unfinished flows that belong to another version of the program, by version."""
    found = await db.execute(
        text(
            "select application_version, count(*) from dbos.workflow_status"
            " where status in ('PENDING', 'ENQUEUED', 'DELAYED') and application_version <> :version group by 1"
        ),
        {"version": version},
    )
    return {row[0]: row[1] for row in found}


async def backlogs(db: Db) -> list[Backlog]:
    """What waits in every queue, and how long the oldest has waited."""
    found = await db.execute(
        text(
            "select queue_name, count(*), clock_timestamp() - to_timestamp(min(created_at) / 1000.0)"
            " from dbos.workflow_status where status = 'ENQUEUED' and queue_name is not null group by 1 order by 1"
        )
    )
    return [Backlog(*row) for row in found]


async def ended_ids(db: Db, before: datetime, limit: int) -> list[str]:
    """Flows that ended before then, oldest first."""
    found = await db.execute(
        text(
            "select workflow_uuid from dbos.workflow_status where completed_at < :before"
            " and status in ('SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"
            " order by completed_at limit :limit"
        ),
        {"before": int(before.timestamp() * 1000), "limit": limit},
    )
    return [row[0] for row in found]


async def forget(db: Db, ids: Sequence[str]) -> None:
    """Delete the notes of these flows."""
    await db.execute(delete(Flow).where(Flow.id.in_(ids)))


def passing(error: BaseException) -> bool:
    """Whether a failure of the database is one that passes by itself, so that the same step may be tried again."""
    if isinstance(error, (PoolTimeoutError, InterfaceError)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_PASSING)
    return error.connection_invalidated or isinstance(error, OperationalError)
