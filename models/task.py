"""Work handed in: one row per task, and the reports that were made of it; every move is in the trail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db, Json

STATES = (
    "asking", "queued", "running", "waiting", "checking", "done", "failed", "paused", "cancelled", "taken_over",
    "escalated",
)  # fmt: skip
_WORDS = ", ".join(f"'{word}'" for word in STATES)


class Task(Base):
    """`origin` is what it came from, once; `run` numbers the flows that worked on it; `missing` is what is asked."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint(f"state in ({_WORDS})", name="state"),
        Index("ix_task_open", "state", "moved_at", postgresql_where=text("state not in ('done', 'cancelled')")),
        Index("ix_task_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    origin: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(String(60))
    requester: Mapped[str]
    channel: Mapped[str | None]
    thread_ts: Mapped[str | None]
    brief: Mapped[Json]
    missing: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    category: Mapped[str | None]
    rule: Mapped[str | None]
    rule_version: Mapped[str | None] = mapped_column(String(12))
    department: Mapped[str | None]
    path: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    run: Mapped[int] = mapped_column(server_default="0")
    parent_id: Mapped[str | None] = mapped_column(String(20), index=True)
    owner: Mapped[str | None]
    why: Mapped[str] = mapped_column(server_default="")
    limit_at: Mapped[At | None]
    report_id: Mapped[str | None] = mapped_column(String(20))
    read_at: Mapped[At | None]
    next: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    created_at: Mapped[CreatedAt]
    moved_at: Mapped[CreatedAt]


class Report(Base):
    """What came out of one run of a task, and how it was held against the acceptance criteria."""

    __tablename__ = "report"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(20), index=True)
    run: Mapped[int]
    summary: Mapped[str]
    body: Mapped[Json]
    checks: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    made_at: Mapped[CreatedAt]


@dataclass(frozen=True)
class Decided:
    """What was decided of one task when it came in; what was not said then is empty."""

    id: str
    brief: Json
    source: str
    requester: str
    channel: str
    category: str
    rule: str
    department: str
    path: str
    rule_version: str


async def decided(db: Db) -> AsyncIterator[Decided]:
    """Every task that was sent somewhere, in the order they came, a stretch at a time."""
    said = (Task.channel, Task.category, Task.rule, Task.department, Task.path, Task.rule_version)
    asked = select(Task.id, Task.brief, Task.source, Task.requester, *(func.coalesce(one, "") for one in said))
    async with db.stream(asked.where(Task.path.is_not(None)).order_by(Task.created_at, Task.id)) as rows:
        async for row in rows:
            yield Decided(*tuple(row))
