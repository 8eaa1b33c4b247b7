"""What the house does in the world: one row per action, and one per effect, written before it is tried."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Json, Money

STATES = (
    "proposed", "approved", "running", "done", "failed", "unclear", "refused", "stale", "undoing", "undone",
)  # fmt: skip
_ENDED = "'done', 'undone', 'refused'"
EFFECT_STATES = ("intended", "done", "absent", "failed", "unclear")


def _words(states: tuple[str, ...]) -> str:
    return "state in (" + ", ".join(f"'{word}'" for word in states) + ")"


class Action(Base):
    """`digest` names kind and exact arguments; `before` is what the vendor held, `saved` what it named ours."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(_words(STATES), name="state"),
        Index(
            "ix_action_open", "state", "moved_at", postgresql_where=text("state not in ('done', 'undone', 'refused')")
        ),
        Index("ix_action_kind", "kind", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    args: Mapped[Json]
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    requester: Mapped[str]
    department: Mapped[str] = mapped_column(String(30))
    risk: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Money | None]
    task_id: Mapped[str | None] = mapped_column(String(20), index=True)
    escalation_id: Mapped[str | None] = mapped_column(String(20))
    plan_id: Mapped[str | None] = mapped_column(index=True)
    step: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    snapshot_id: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    decided: Mapped[str | None]
    before: Mapped[Json | None]
    saved: Mapped[Json | None]
    after: Mapped[Json | None]
    error: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    moved_at: Mapped[CreatedAt]
    done_at: Mapped[At | None]


class Effect(Base):
    """`key` is the action and the deed (`A-...:do`, `A-...:undo`): whatever happens, at most one stands behind it."""

    __tablename__ = "effect"
    __table_args__ = (CheckConstraint(_words(EFFECT_STATES), name="state"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    action_id: Mapped[str] = mapped_column(String(20), index=True)
    deed: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), server_default="intended")
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    result: Mapped[Json | None]
    error: Mapped[str] = mapped_column(server_default="")
    intended_at: Mapped[CreatedAt]
    ended_at: Mapped[At | None]
