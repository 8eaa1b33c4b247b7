"""Pings from outside: when each sender last said that it began, did well or failed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CheckConstraint, String, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db
from models.executor import Executor


class Ping(Base):
    """The last word of one sender; whoever is awaited and has said nothing yet has `start` from when that began."""

    __tablename__ = "ping"
    __table_args__ = (CheckConstraint("kind in ('start', 'success', 'fail')", name="kind"),)

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7))
    at: Mapped[CreatedAt]
    said: Mapped[str] = mapped_column(server_default="")


@dataclass(frozen=True)
class Heard:
    """The last word of one sender, by the database clock; it was missed for no longer than somebody listened."""

    name: str
    kind: str
    said: str
    silent_for: timedelta
    missed_for: timedelta


async def hear(db: Db, name: str, kind: str, said: str) -> None:
    """Keep what a sender says now; to begin again undoes no failure and is no success: only an end counts."""
    row = insert(Ping).values(name=name, kind=kind, said=said)
    fresh = {"kind": kind, "said": said, "at": func.clock_timestamp()}
    ended = row.on_conflict_do_update(index_elements=[Ping.name], set_=fresh)
    await db.execute(row.on_conflict_do_nothing() if kind == "start" else ended)


async def expect(db: Db, names: Collection[str]) -> None:
    """From now on these are waited for."""
    rows = [{"name": name, "kind": "start"} for name in sorted(names)]
    if rows:
        await db.execute(insert(Ping).values(rows).on_conflict_do_nothing())


async def heard(db: Db) -> list[Heard]:
    """Every sender, by name; while no web process ran nobody was heard."""
    listens = select(func.max(Executor.started_at)).where(Executor.role == "web").scalar_subquery()
    now = func.clock_timestamp()
    spans = (now - Ping.at, now - func.greatest(Ping.at, listens))
    found = await db.execute(select(Ping.name, Ping.kind, Ping.said, *spans).order_by(Ping.name))
    return [Heard(*row) for row in found]
