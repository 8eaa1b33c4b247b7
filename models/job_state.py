"""How a job stands between its slots: failures in a row, since when people are told, and whether it is paused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, String, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models import trail
from models.base import At, Base, Db
from models.trail import Note

HOUSE = "house"
"""Who paused a job that nobody paused: it is tried again by itself, what a person paused is not."""


class JobState(Base):
    """`telling`: its failures are worth a person's time now; `tried_at`: when a paused one was last tried again."""

    __tablename__ = "job_state"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    telling: Mapped[bool] = mapped_column(server_default="false")
    alerted_at: Mapped[At | None]
    paused_at: Mapped[At | None]
    paused_by: Mapped[str | None]
    paused_why: Mapped[str] = mapped_column(server_default="")
    tried_at: Mapped[At | None]


@dataclass(frozen=True, slots=True)
class State:
    """How a job stands; nothing is known of one that never failed and was never paused."""

    job: str
    failures: int = 0
    telling: bool = False
    alerted_at: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str = ""
    paused_why: str = ""


_ROW = (
    JobState.job,
    JobState.failures,
    JobState.telling,
    JobState.alerted_at,
    JobState.paused_at,
    func.coalesce(JobState.paused_by, "").label("paused_by"),
    JobState.paused_why,
)
_NOT_PAUSED = {"paused_at": None, "paused_by": None, "paused_why": "", "tried_at": None}


async def known(db: Db, job: str) -> None:
    """See to it that a job has a row: from now on its failures are counted by slots, not by tries."""
    await db.execute(insert(JobState).values(job=job).on_conflict_do_nothing())


async def read(db: Db, job: str) -> State:
    """How one job stands."""
    found = (await db.execute(select(*_ROW).where(JobState.job == job))).first()
    return State(*found) if found else State(job)


async def all_of(db: Db) -> dict[str, State]:
    """Every job something is known of, by name."""
    return {row.job: State(*row) for row in await db.execute(select(*_ROW))}


async def failed(db: Db, job: str, *, enough: int, cooldown: timedelta) -> int:
    """Count one more failure in a row; how many there are now.

    People are told from the `enough`-th on, unless they were told of this job within the `cooldown`.
    """
    first = insert(JobState).values(job=job, failures=1)
    more = first.on_conflict_do_update(index_elements=[JobState.job], set_={"failures": JobState.failures + 1})
    number = (await db.execute(more.returning(JobState.failures))).scalar_one()
    now = func.clock_timestamp()
    quiet = or_(JobState.alerted_at.is_(None), JobState.alerted_at <= now - cooldown)
    due = update(JobState).where(JobState.job == job, JobState.telling.is_(False), JobState.failures >= enough, quiet)
    await db.execute(due.values(telling=True, alerted_at=now))
    return number


async def ran(db: Db, job: str) -> None:
    """Nothing fails in a row any more; when people were last told is kept."""
    well = update(JobState).where(JobState.job == job, or_(JobState.failures > 0, JobState.telling))
    await db.execute(well.values(failures=0, telling=False))


async def pause(db: Db, job: str, by: str, why: str, note: Note) -> bool:
    """Let a job rest, with its trail; False when it rests already."""
    await known(db, job)
    now = {"paused_at": func.clock_timestamp(), "paused_by": by, "paused_why": why[:500], "tried_at": None}
    return await _moved(db, job, now, note, JobState.paused_at.is_(None))


async def resume(db: Db, job: str, note: Note, *, by: str | None = None) -> bool:
    """Let a job work again and forget its failures, with its trail; only what was paused `by` somebody when given.

    False when it does not rest.
    """
    theirs = JobState.paused_by == by if by else true()
    now: dict[str, Any] = {**_NOT_PAUSED, "failures": 0, "telling": False}
    return await _moved(db, job, now, note, JobState.paused_at.is_not(None) & theirs)


async def _moved(db: Db, job: str, values: dict[str, Any], note: Note, where: Any) -> bool:
    done = await db.execute(update(JobState).where(JobState.job == job, where).values(**values).returning(*_ROW))
    row = done.first()
    if row is None:
        return False
    told = State(*row)
    await trail.record(db, note, {"job": job, "paused": told.paused_at is not None, "failures": told.failures})
    return True


async def may_try(db: Db, job: str, after: timedelta) -> bool:
    """Whether a job that the house paused is due for one try; it is taken by who asks."""
    due = func.coalesce(JobState.tried_at, JobState.paused_at) <= func.clock_timestamp() - after
    taken = update(JobState).where(JobState.job == job, JobState.paused_by == HOUSE, due)
    found = await db.execute(taken.values(tried_at=func.clock_timestamp()).returning(JobState.job))
    return found.first() is not None


_UNTOLD = text("""
select job, paused_why from job_state j where paused_by = :house and not exists
  (select from failure f where f.cause = :prefix || j.job and f.at >= j.paused_at)
order by job
""")


async def untold(db: Db, prefix: str) -> Sequence[tuple[str, str]]:
    """Jobs the house paused that no failure with the cause `prefix` and the job's name speaks of yet, and why."""
    found = await db.execute(_UNTOLD, {"house": HOUSE, "prefix": prefix})
    return [(row.job, row.paused_why) for row in found]
