"""The processes of the house: each boot is one row that beats; who stops beating is dead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db, Json


class Executor(Base):
    """One boot of one process."""

    __tablename__ = "executor"
    __table_args__ = (
        CheckConstraint("state in ('alive', 'dead')", name="state"),
        Index("ix_executor_beat_at", "beat_at"),
    )

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    role: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(5), server_default="alive")
    place: Mapped[str] = mapped_column(server_default="")
    pid: Mapped[int]
    started_at: Mapped[CreatedAt]
    beat_at: Mapped[CreatedAt]
    detail: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))


@dataclass(frozen=True)
class ExecutorRow:
    """A process as last heard of; `silent_for` by the database clock."""

    id: str
    role: str
    state: str
    place: str
    pid: int
    started_at: datetime
    beat_at: datetime
    silent_for: timedelta
    detail: dict[str, Any]


async def beat(db: Db, boot_id: str, role: str, lives: tuple[str, int], detail: dict[str, Any]) -> None:
    """Say that this boot lives now, at a place and under a process id; the first beat writes the row."""
    place, pid = lives
    values = {"role": role, "place": place, "pid": pid, "state": "alive", "detail": detail}
    row = insert(Executor).values(id=boot_id, **values)
    await db.execute(
        row.on_conflict_do_update(index_elements=[Executor.id], set_={**values, "beat_at": func.clock_timestamp()})
    )


async def die(db: Db, boot_id: str) -> None:
    """Say that this boot has ended, so that others take its flows over at once."""
    await db.execute(update(Executor).where(Executor.id == boot_id).values(state="dead"))


async def living_at(db: Db, place: str) -> list[tuple[str, int]]:
    """Boots at one place that have not ended, as far as anybody said: id and process id."""
    found = await db.execute(
        select(Executor.id, Executor.pid).where(Executor.place == place, Executor.state == "alive")
    )
    return [(row[0], row[1]) for row in found]


async def latest(db: Db) -> list[ExecutorRow]:
    """The last boot of every role, by role."""
    silent = func.clock_timestamp() - Executor.beat_at
    found = await db.execute(
        select(
            Executor.id,
            Executor.role,
            Executor.state,
            Executor.place,
            Executor.pid,
            Executor.started_at,
            Executor.beat_at,
            silent.label("silent_for"),
            Executor.detail,
        )
        .ext(distinct_on(Executor.role))
        .order_by(Executor.role, Executor.beat_at.desc())
    )
    return [ExecutorRow(*row) for row in found]


async def forget(db: Db, before: timedelta) -> int:
    """Delete boots that have been silent for longer than `before`, keeping the last of every role."""
    last = select(Executor.id).ext(distinct_on(Executor.role)).order_by(Executor.role, Executor.beat_at.desc())
    gone = await db.execute(
        delete(Executor).where(Executor.beat_at < func.clock_timestamp() - before, Executor.id.not_in(last))
    )
    return gone.rowcount
