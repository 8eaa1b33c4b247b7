"""The slots of the timetable: each (job, local date, slot) is one row, claimed once and ended once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db, Json


class Slot(Base):
    """One slot of one job; it ends as ran, skipped (why) or escalated (why)."""

    __tablename__ = "slot"
    __table_args__ = (
        CheckConstraint("state in ('claimed', 'running', 'ran', 'skipped', 'escalated')", name="state"),
        CheckConstraint("(ended_at is null) = (state in ('claimed', 'running'))", name="ended"),
        Index("ix_slot_open", "limit_at", postgresql_where=text("ended_at is null")),
        Index("ix_slot_job_planned_at", "job", "planned_at"),
        Index("ix_slot_planned_at", "planned_at"),
    )

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(String(20), primary_key=True)
    planned_at: Mapped[At]
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(server_default="")
    queue: Mapped[str] = mapped_column(String(30), server_default="")
    detail: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    claimed_at: Mapped[CreatedAt]
    limit_at: Mapped[At]
    started_at: Mapped[At | None]
    ended_at: Mapped[At | None]


class Job(Base):
    """What is known about a job between its slots: since when, and up to which moment missed slots were looked for."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    known_at: Mapped[At]
    swept_until: Mapped[At]


@dataclass(frozen=True)
class Key:
    """Which slot."""

    job: str
    day: date
    slot: str

    def __str__(self) -> str:
        """The id of the slot's flow."""
        return f"{self.job}:{self.day}:{self.slot}"


@dataclass(frozen=True)
class SlotRow:
    """A slot as it stands."""

    key: Key
    planned_at: datetime
    state: str
    reason: str
    queue: str
    detail: dict[str, Any]
    started_at: datetime | None
    ended_at: datetime | None


_ROW = (
    Slot.job,
    Slot.day,
    Slot.slot,
    Slot.planned_at,
    Slot.state,
    Slot.reason,
    Slot.queue,
    Slot.detail,
    Slot.started_at,
    Slot.ended_at,
)


def _row(found: Sequence[Any]) -> SlotRow:
    job, day, slot, *rest = found
    return SlotRow(Key(job, day, slot), *rest)


_SKIP = text("""
insert into slot (job, day, slot, planned_at, state, reason, limit_at, ended_at)
select job, day, slot, planned_at, 'skipped', :reason, clock_timestamp(), clock_timestamp()
from unnest(cast(:jobs as text[]), cast(:days as date[]), cast(:slots as text[]), cast(:times as timestamptz[]))
  as missed(job, day, slot, planned_at)
on conflict do nothing returning job
""")


def _is(key: Key) -> Any:
    return and_(Slot.job == key.job, Slot.day == key.day, Slot.slot == key.slot)


async def claim(db: Db, key: Key, planned_at: datetime, *, queue: str, limit: timedelta) -> bool:
    """Take the slot for this caller; False when somebody has it already. The limit runs by the database clock."""
    row = insert(Slot).values(
        job=key.job,
        day=key.day,
        slot=key.slot,
        planned_at=planned_at,
        state="claimed",
        queue=queue,
        limit_at=func.clock_timestamp() + limit,
    )
    return (await db.execute(row.on_conflict_do_nothing().returning(Slot.job))).first() is not None


async def skip(db: Db, slots: Sequence[tuple[Key, datetime]], reason: str) -> int:
    """Write slots that do not run, with the reason; those that exist are left as they are. Returns how many are new."""
    new = 0
    for first in range(0, len(slots), 1000):
        block = slots[first : first + 1000]
        asked = {
            "jobs": [key.job for key, _ in block],
            "days": [key.day for key, _ in block],
            "slots": [key.slot for key, _ in block],
            "times": [planned_at for _, planned_at in block],
            "reason": reason,
        }
        new += len((await db.execute(_SKIP, asked)).all())
    return new


async def start(db: Db, key: Key, *, limit: timedelta) -> str:
    """Mark a claimed slot as running and give it its time from now; returns the state found before."""
    found = (await db.execute(select(Slot.state).where(_is(key)).with_for_update())).scalar()
    if found == "claimed":
        now = func.clock_timestamp()
        await db.execute(update(Slot).where(_is(key)).values(state="running", started_at=now, limit_at=now + limit))
    return str(found or "")


async def end(db: Db, key: Key, state: str, reason: str = "", detail: dict[str, Any] | None = None) -> bool:
    """End an open slot; False when it had ended before (the first end holds)."""
    done = await db.execute(
        update(Slot)
        .where(_is(key), Slot.ended_at.is_(None))
        .values(state=state, reason=reason[:500], detail=detail or {}, ended_at=func.clock_timestamp())
        .returning(Slot.job)
    )
    return done.first() is not None


async def left(db: Db, key: Key) -> float:
    """The seconds until an open slot's limit; 0 when it has ended."""
    seconds = func.extract("epoch", Slot.limit_at - func.clock_timestamp())
    found = (await db.execute(select(seconds).where(_is(key), Slot.ended_at.is_(None)))).scalar()
    return float(found or 0)


async def late(db: Db) -> list[SlotRow]:
    """Every open slot past its limit, by the database clock, held for the caller alone."""
    found = await db.execute(
        select(*_ROW)
        .where(Slot.ended_at.is_(None), Slot.limit_at < func.clock_timestamp())
        .order_by(Slot.planned_at)
        .with_for_update(skip_locked=True)
    )
    return [_row(row) for row in found]


def overdue(row: SlotRow) -> str:
    """Why an open slot that passed its limit is handed to a person."""
    if row.state == "claimed":
        return f"not begun in time: no process took it from the queue {row.queue}"
    return "did not end within its time limit"


async def open_before(db: Db, key: Key, planned_at: datetime) -> str | None:
    """The label of an earlier slot of the same job that has not ended, or None."""
    found = await db.execute(
        select(Slot.day, Slot.slot)
        .where(Slot.job == key.job, Slot.ended_at.is_(None), Slot.planned_at < planned_at)
        .order_by(Slot.planned_at)
        .limit(1)
    )
    row = found.first()
    return f"{row.day} {row.slot}" if row else None


async def overtaken(db: Db, key: Key) -> bool:
    """Whether a slot has ended and a later one of the same job was begun, or still waits for a process."""
    own = select(Slot.planned_at).where(_is(key), Slot.ended_at.is_not(None)).scalar_subquery()
    at_work = or_(Slot.started_at.is_not(None), Slot.ended_at.is_(None))
    later = select(Slot.job).where(Slot.job == key.job, Slot.planned_at > own, at_work)
    return (await db.execute(later.limit(1))).first() is not None


async def read(db: Db, key: Key) -> SlotRow | None:
    """One slot."""
    found = (await db.execute(select(*_ROW).where(_is(key)))).first()
    return _row(found) if found else None


async def recent(db: Db, since: datetime) -> list[SlotRow]:
    """Every slot planned since then, oldest first."""
    found = await db.execute(select(*_ROW).where(Slot.planned_at >= since).order_by(Slot.planned_at, Slot.job))
    return [_row(row) for row in found]


async def last_ended(db: Db, job: str, number: int) -> list[SlotRow]:
    """The last slots of a job that ran or were escalated, newest first."""
    found = await db.execute(
        select(*_ROW)
        .where(Slot.job == job, Slot.state.in_(("ran", "escalated")))
        .order_by(Slot.planned_at.desc())
        .limit(number)
    )
    return [_row(row) for row in found]


async def newest(db: Db, since: datetime) -> dict[str, SlotRow]:
    """The slot of every job planned since then that is open, or else its newest, by the name of the job."""
    order = (Slot.job, Slot.ended_at.is_not(None), Slot.planned_at.desc())
    asked = select(*_ROW).ext(distinct_on(Slot.job)).where(Slot.planned_at >= since).order_by(*order)
    return {row.job: _row(row) for row in await db.execute(asked)}


async def last_of_each(db: Db, since: datetime) -> list[SlotRow]:
    """Of every job the newest slot that has ended and the newest that is open, of those planned since then."""
    over = Slot.ended_at.is_not(None)
    asked = select(*_ROW).where(Slot.planned_at >= since).ext(distinct_on(Slot.job, over))
    return [_row(row) for row in await db.execute(asked.order_by(Slot.job, over, Slot.planned_at.desc()))]


async def outcomes(db: Db, since: datetime) -> dict[str, int]:
    """How many slots planned since then ended in which state; open ones under their open state."""
    found = await db.execute(select(Slot.state, func.count()).where(Slot.planned_at >= since).group_by(Slot.state))
    return {row[0]: row[1] for row in found}


async def met(db: Db, job: str, now: datetime) -> bool:
    """Whether this house meets a job for the first time; it knows it from now on."""
    new = insert(Job).values(name=job, known_at=now, swept_until=now).on_conflict_do_nothing().returning(Job.name)
    return (await db.execute(new)).first() is not None


async def last_sweep(db: Db, jobs: Sequence[str]) -> datetime | None:
    """Up to which moment missed slots were looked for, for any of these jobs; None in a new house."""
    return (await db.execute(select(func.max(Job.swept_until)).where(Job.name.in_(jobs)))).scalar()


async def sweep_to(db: Db, job: str, until: datetime) -> None:
    """Note that missed slots were looked for up to then; a clock that was set back moves the note back too."""
    await db.execute(update(Job).where(Job.name == job).values(swept_until=until))


async def known(db: Db, within: timedelta) -> list[tuple[str, datetime]]:
    """Every job the clock has cared for until shortly before its last round, and when this house first met it."""
    latest = select(func.max(Job.swept_until) - within).scalar_subquery()
    asked = select(Job.name, Job.known_at).where(Job.swept_until >= latest).order_by(Job.name)
    return [(row.name, row.known_at) for row in await db.execute(asked)]


async def lone_sweep(db: Db) -> bool:
    """Whether this transaction is the only one that sweeps now."""
    return bool((await db.execute(text("select pg_try_advisory_xact_lock(727010)"))).scalar())


async def forget(db: Db, before: datetime) -> int:
    """Delete ended slots planned before then."""
    gone = await db.execute(delete(Slot).where(Slot.planned_at < before, Slot.ended_at.is_not(None)))
    return gone.rowcount
