"""What went wrong, row by row, and the questions to people that were made of it, one per cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    and_,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from models import trail
from models.base import At, Base, CreatedAt, Db, Json
from models.trail import Note

STATES = ("staged", "open", "acked", "snoozed", "closed")
OPEN = ("staged", "open", "acked", "snoozed")


class Failure(Base):
    """One failure; `cause` is what makes two of them the same trouble."""

    __tablename__ = "failure"
    __table_args__ = (Index("ix_failure_cause", "cause", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    cause: Mapped[str]
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(server_default="")
    job: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[str]
    escalation_id: Mapped[str | None] = mapped_column(String(20), index=True)
    at: Mapped[CreatedAt]


class Escalation(Base):
    """One trouble from its first sign to its end: the four answers, who has it, until when, and what silence means."""

    __tablename__ = "escalation"
    __table_args__ = (
        CheckConstraint("state in (" + ", ".join(f"'{word}'" for word in STATES) + ")", name="state"),
        Index("uq_escalation_open", "cause", unique=True, postgresql_where=text("state <> 'closed'")),
        Index("ix_escalation_cause", "cause", "first_at"),
    )

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    cause: Mapped[str]
    episode: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(String(8), server_default="staged")
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str]
    trying: Mapped[str]
    wrong: Mapped[str]
    tried: Mapped[str]
    needed: Mapped[str]
    link: Mapped[Json]
    department: Mapped[str] = mapped_column(String(30))
    owner: Mapped[str | None]
    deadline_at: Mapped[At | None]
    on_silence: Mapped[str] = mapped_column(server_default="")
    count: Mapped[int] = mapped_column(server_default="0")
    samples: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    flaps: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    posted: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    action_id: Mapped[str | None] = mapped_column(String(20))
    least: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    asked: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    flush_at: Mapped[CreatedAt]
    well_at: Mapped[At | None]
    snoozed_until: Mapped[At | None]
    first_at: Mapped[CreatedAt]
    last_at: Mapped[CreatedAt]
    posted_at: Mapped[At | None]
    closed_at: Mapped[At | None]


@dataclass(frozen=True, slots=True)
class Episode:
    """One escalation as it stands; `least` failures make it worth telling, `well_at` is when its cause was seen well.

    `posted` is 1 with a card of its own, 2 among others in a digest; `asked` counts reminder, deputy and silence.
    """

    id: str
    cause: str
    episode: int
    state: str
    kind: str
    title: str
    trying: str
    wrong: str
    tried: str
    needed: str
    link: dict[str, Any]
    department: str
    owner: str | None
    deadline_at: datetime | None
    on_silence: str
    count: int
    samples: list[str]
    flaps: int
    posted: int
    action_id: str | None
    least: int
    asked: int
    flush_at: datetime
    well_at: datetime | None
    snoozed_until: datetime | None
    first_at: datetime
    last_at: datetime
    posted_at: datetime | None
    closed_at: datetime | None


NAMES = tuple(field.name for field in fields(Episode))
_ROW = [Escalation.__table__.c[name] for name in NAMES]


async def read(db: Db, key: str) -> Episode | None:
    """One escalation."""
    found = (await db.execute(select(*_ROW).where(Escalation.id == key))).first()
    return Episode(*found) if found else None


async def unsettled(db: Db, *, most: int = 50) -> list[Episode]:
    """What is not closed, the newest trouble first."""
    asked = select(*_ROW).where(Escalation.state != "closed").order_by(Escalation.last_at.desc(), Escalation.id)
    return [Episode(*row) for row in await db.execute(asked.limit(most))]


async def number(db: Db) -> int:
    """How many are not closed."""
    found = await db.execute(select(func.count()).where(Escalation.state != "closed"))
    return int(found.scalar_one())


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest episode of a cause; `fresh` says that it was well so lately that what comes now belongs to it.

    What ended without being well, by a person or by silence, is over: what comes then is told anew.
    """

    id: str
    cause: str
    episode: int
    state: str
    fresh: bool


async def newest(db: Db, causes: Sequence[str], *, flap_minutes: float) -> dict[str, Standing]:
    """The newest episode of each of these causes."""
    lately = Escalation.closed_at > func.clock_timestamp() - minutes(flap_minutes)
    fresh = and_(lately.is_(True), Escalation.well_at.is_not(None))
    asked = select(Escalation.id, Escalation.cause, Escalation.episode, Escalation.state, fresh)
    newest = asked.where(Escalation.cause.in_(causes)).ext(distinct_on(Escalation.cause))
    found = await db.execute(newest.order_by(Escalation.cause, Escalation.episode.desc()))
    return {row.cause: Standing(*row) for row in found}


async def open_of(db: Db, causes: Sequence[str]) -> list[str]:
    """The ids of what is open for these causes and was not seen well since its last failure."""
    asked = select(Escalation.id).where(Escalation.cause.in_(causes), Escalation.state != "closed")
    since = exists().where(Failure.escalation_id == Escalation.id, Failure.at > Escalation.well_at)
    return list((await db.execute(asked.where(or_(Escalation.well_at.is_(None), since)))).scalars())


async def open_under(db: Db, prefix: str) -> list[str]:
    """The causes that begin with this and are open."""
    asked = select(Escalation.cause).where(Escalation.cause.startswith(prefix, autoescape=True))
    return list((await db.execute(asked.where(Escalation.state != "closed"))).scalars())


async def last_details(db: Db, cause: str, subject: str, *, most: int = 5) -> list[str]:
    """How the last failures of one piece of work read, newest first."""
    asked = select(Failure.detail).where(Failure.cause == cause, Failure.subject == subject)
    return list((await db.execute(asked.order_by(Failure.id.desc()).limit(most))).scalars())


def minutes(number: float) -> Any:
    """A span in SQL."""
    return func.make_interval(0, 0, 0, 0, 0, 0, number * 60)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an escalation; spans count from now by the clock of the database, in minutes.

    `asked` and `well` are left as they are with None; so is the owner.
    """

    state: str | None = None
    owner: str | None = None
    asked: int | None = None
    well: bool = False
    snooze: float | None = None
    deadline: float | None = None


async def move(db: Db, key: str, change: Change, note: Note, *, only: Sequence[str] = OPEN) -> bool:
    """Change an escalation that is in one of these states, with its trail; False when it is not."""
    now = func.clock_timestamp()
    values: dict[str, Any] = {
        name: value for name in ("state", "owner", "asked") if (value := getattr(change, name)) is not None
    }
    if change.state == "closed":
        values["closed_at"] = now
    if change.well:
        values["well_at"] = now
    if change.snooze is not None:
        values["snoozed_until"] = now + minutes(change.snooze)
    if change.deadline is not None:
        values["deadline_at"] = now + minutes(change.deadline)
    if change.state == "staged":
        values |= {"posted": 0, "flush_at": now}
    return await trail.moved(db, Escalation, key, values, note, where=[Escalation.state.in_(only)]) is not None
