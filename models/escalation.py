"""What went wrong, row by row, and the questions to people that were made of it, one per cause."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Json

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
    snoozed_until: Mapped[At | None]
    reminded_at: Mapped[At | None]
    first_at: Mapped[CreatedAt]
    last_at: Mapped[CreatedAt]
    posted_at: Mapped[At | None]
    closed_at: Mapped[At | None]
