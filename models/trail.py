"""The audit trail: what happened, in the transaction of its cause; appended, chained by hash, never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Identity,
    Index,
    String,
    bindparam,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db, Json

GENESIS = "0" * 64
"""What stands before the first hash."""


class Trail(Base):
    """One thing that happened: `body` holds what a replay and an explanation need, `cause` names what led to it."""

    __tablename__ = "trail"
    __table_args__ = (Index("ix_trail_subject", "subject", "id"), Index("ix_trail_cause", "cause"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[CreatedAt]
    what: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str]
    by: Mapped[str]
    why: Mapped[str] = mapped_column(server_default="")
    cause: Mapped[str] = mapped_column(server_default="")
    body: Mapped[Json]


class TrailLink(Base):
    """The chain over the trail, in the order of the commits; written by the database itself when one commits."""

    __tablename__ = "trail_link"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    trail_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Note:
    """What a trail row says: `what` happened (`task.moved`) to which `subject`, done `by` whom, `why` and by which
    `cause`."""

    what: str
    subject: str
    by: str
    why: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the trail; `seq` and `hash` are its link."""

    id: int
    seq: int | None
    at: datetime
    what: str
    subject: str
    by: str
    why: str
    cause: str
    body: dict[str, Any]
    hash: str | None


_COLUMNS = ("what", "subject", "by", "why", "cause", "body")


_ALL: ColumnElement[Any] = literal_column("*")
_NOTED = text("""
insert into trail (what, subject, by, why, cause, body)
select :said_what, :said_subject, :said_by, :said_why, :said_cause,
  jsonb_build_object('row', to_jsonb(made), 'table', cast(:said_table as text))
from made
returning body -> 'row' as row
""").columns(row=JSONB)
"""Built once; its names are no column's, or a change of such a column would take the value."""


async def _noted(db: Db, table: type[Base], change: Any, note: Note) -> dict[str, Any] | None:
    """Make a change and insert its trail row, which holds the changed row and whose it is, in one statement."""
    said = {f"said_{name}": getattr(note, name) for name in _COLUMNS[:-1]} | {"said_table": table.__tablename__}
    return (await db.execute(_NOTED.add_cte(change.cte("made")), said)).scalar_one_or_none()


async def born(db: Db, table: type[Base], values: Mapping[str, Any], note: Note) -> dict[str, Any] | None:
    """Write a new row and its trail in one statement; the row, or None when one of its unique keys was there before."""
    made = upsert(table).values(**values).on_conflict_do_nothing().returning(_ALL)
    return await _noted(db, table, made, note)


async def moved(
    db: Db,
    table: type[Base],
    key: str,
    values: Mapping[str, Any],
    note: Note,
    *,
    where: Sequence[ColumnElement[bool]] = (),
) -> dict[str, Any] | None:
    """Change the row with the primary key `key` and write its trail in one statement.

    The row after it; None, and nothing written, when there is no such row or a condition of `where` does not hold.
    Times in the row are texts, as JSON has them.
    """
    own = next(iter(table.__table__.primary_key)) == key
    done = update(table).where(own, *where).values(**values).returning(_ALL)
    return await _noted(db, table, done, note)


async def record(db: Db, note: Note, body: Mapping[str, Any] | None = None) -> None:
    """Write down what changed no row: a refused click, a rule that fired, a call that was made."""
    await db.execute(_RECORD, {**{name: getattr(note, name) for name in _COLUMNS[:-1]}, "body": dict(body or {})})


_RECORD = insert(Trail).values({name: bindparam(name) for name in _COLUMNS})


def _entries() -> Any:
    return select(
        Trail.id, TrailLink.seq, Trail.at, Trail.what, Trail.subject, Trail.by, Trail.why, Trail.cause, Trail.body,
        TrailLink.hash,
    ).outerjoin(TrailLink, TrailLink.trail_id == Trail.id)  # fmt: skip


async def of(db: Db, subject: str) -> list[Entry]:
    """Everything that happened to one thing, oldest first."""
    found = await db.execute(_entries().where(Trail.subject == subject).order_by(Trail.id))
    return [Entry(*row) for row in found]


async def last(db: Db, number: int) -> list[Entry]:
    """The newest rows, oldest of them first."""
    found = await db.execute(_entries().order_by(Trail.id.desc()).limit(number))
    return [Entry(*row) for row in found][::-1]


async def after(db: Db, seq: int, most: int) -> list[Entry]:
    """What was committed after the link with this number, in the order of the chain."""
    found = await db.execute(_entries().where(TrailLink.seq > seq).order_by(TrailLink.seq).limit(most))
    return [Entry(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Link:
    """One link with what it should be the hash of: its number, the trail row, the hash, the row's own text."""

    seq: int | None
    trail_id: int | None
    hash: str | None
    text: str | None
    subject: str = ""


_PIECE = 1_000
"""Rows that are read at a time."""
_CHAIN = text("""
select l.seq, coalesce(t.id, l.trail_id) as trail_id, l.hash, t.at at time zone 'UTC' as at, t.id as found,
  t.what, t.subject, t.by, t.why, t.cause, t.body::text as body
from trail t full join trail_link l on l.trail_id = t.id order by l.seq nulls last, t.id
""")


async def chain(db: Db) -> AsyncIterator[Link]:
    """Every link and every row without one, in the order of the chain; read in pieces."""
    found = await db.stream(_CHAIN.execution_options(yield_per=_PIECE))
    async for piece in found.partitions():
        for seq, trail_id, digest, at, *said in piece:
            text = _said(at, said) if said[0] is not None else None
            yield Link(seq, trail_id, digest, text, said[2] or "")


def _said(at: datetime, said: Sequence[Any]) -> str:
    """What the hash of a row is made of: each value with its length before it."""
    parts = (str(said[0]), at.isoformat(timespec="microseconds"), *said[1:])
    return "".join([f"{len(part)}:{part}" for part in parts])


async def head(db: Db) -> tuple[int, str]:
    """The number and hash of the newest link; (0, GENESIS) for an empty trail."""
    found = (await db.execute(select(TrailLink.seq, TrailLink.hash).order_by(TrailLink.seq.desc()).limit(1))).first()
    return (found[0], found[1]) if found else (0, GENESIS)


async def hash_of(db: Db, seq: int) -> str | None:
    """The hash of the link with this number; None when there is none."""
    return (await db.execute(select(TrailLink.hash).where(TrailLink.seq == seq))).scalar()
