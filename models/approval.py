"""Who was asked to allow what, until when, and what they said; a decision is one conditional update."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt

STATES = ("pending", "approved", "rejected", "expired", "superseded", "withdrawn")


class Approval(Base):
    """`digest` is that of the arguments as they were shown; `approvers` are the handles that were asked."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("state in (" + ", ".join(f"'{word}'" for word in STATES) + ")", name="state"),
        Index("ix_approval_pending", "expires_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    action_id: Mapped[str] = mapped_column(String(20), index=True)
    version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    digest: Mapped[str] = mapped_column(String(64))
    approvers: Mapped[list[Any]] = mapped_column(JSONB)
    needed: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    expires_at: Mapped[At]
    decided_by: Mapped[str | None]
    decided_at: Mapped[At | None]
    reason: Mapped[str] = mapped_column(server_default="")
    reminded_at: Mapped[At | None]
    created_at: Mapped[CreatedAt]


class Vote(Base):
    """What one person said to one approval; once each, and once for all accounts of one mailbox."""

    __tablename__ = "vote"
    __table_args__ = (Index("uq_vote_mail", "approval_id", "mail", unique=True, postgresql_where=text("mail <> ''")),)

    approval_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    mail: Mapped[str] = mapped_column(server_default="")
    choice: Mapped[str] = mapped_column(String(10))
    at: Mapped[CreatedAt]


class Autonomy(Base):
    """How far the house may go by itself with one kind of action; no row means it asks."""

    __tablename__ = "autonomy"
    __table_args__ = (CheckConstraint("level in ('suggest', 'approve', 'auto')", name="level"),)

    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))
    by: Mapped[str]
    why: Mapped[str]
    since: Mapped[CreatedAt]
