"""What the house does in the world: one row per action, and one per effect, written before it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from models.approval import Approval
from models.base import At, Base, CreatedAt, Db, Json, Money
from models.trail import Note, born, moved

STATES = (
    "proposed", "approved", "running", "done", "failed", "unclear", "refused", "stale", "undoing", "undone",
)  # fmt: skip
_ENDED = "'done', 'undone', 'refused'"
BELL = "act"
"""The channel on which workers hear that something is due; what is said there is a department."""
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


@dataclass(frozen=True, slots=True)
class Kept:
    """An action as it stands; the times are aware UTC."""

    id: str
    kind: str
    args: dict[str, Any]
    digest: str
    reason: str
    requester: str
    department: str
    risk: str
    task_id: str | None
    plan_id: str | None
    step: int
    state: str
    decided: str | None
    before: dict[str, Any] | None
    saved: dict[str, Any] | None
    after: dict[str, Any] | None
    error: str
    moved_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The newest approval of an action; `late` says that its time is over by the database's clock."""

    id: str
    state: str
    digest: str
    late: bool


@dataclass(frozen=True, slots=True)
class Due:
    """An action that somebody must begin now: `approved` to be done, `undoing` to be taken back."""

    id: str
    state: str
    moved_at: datetime


NOW = func.clock_timestamp()
"""The database's time, for a column."""
_KEPT = [getattr(Action, one.name) for one in fields(Kept)]


async def find(db: Db, action_id: str) -> Kept | None:
    """One action, or None."""
    row = (await db.execute(select(*_KEPT).where(Action.id == action_id))).first()
    return Kept(*row) if row else None


async def plan(db: Db, plan_id: str, *, lock: bool = False) -> list[Kept]:
    """The steps of a plan in their order; with `lock` nobody else moves one of them meanwhile."""
    asked = select(*_KEPT).where(Action.plan_id == plan_id).order_by(Action.step)
    return [Kept(*row) for row in await db.execute(asked.with_for_update() if lock else asked)]


async def recent(db: Db, number: int) -> list[Kept]:
    """The actions that moved last, newest first."""
    asked = select(*_KEPT).where(Action.state != "proposed").order_by(Action.moved_at.desc()).limit(number)
    return [Kept(*row) for row in await db.execute(asked)]


async def unsettled(db: Db) -> list[Kept]:
    """Every action that is neither done, refused nor given up, oldest first."""
    open_ = Action.state.in_(("proposed", "approved", "running", "undoing", "unclear"))
    return [Kept(*row) for row in await db.execute(select(*_KEPT).where(open_).order_by(Action.created_at, Action.id))]


async def allowed(db: Db, action_id: str) -> Allowed | None:
    """The newest version of what was asked for an action; None when nobody was asked."""
    late = Approval.expires_at <= func.clock_timestamp()
    asked = select(Approval.id, Approval.state, Approval.digest, late).where(Approval.action_id == action_id)
    row = (await db.execute(asked.order_by(Approval.version.desc()).limit(1))).first()
    return Allowed(*row) if row else None


_DUE = text("""
select a.id, a.state, a.moved_at from action a
where not exists (select from recovery where finished_at is null)
and a.department = :department and a.moved_at <= clock_timestamp() - cast(:rested as interval)
and (a.state = 'undoing' or a.state = 'approved' and (a.plan_id is null
  or not exists (select from action b where b.plan_id = a.plan_id and b.id <> a.id
    and b.state <> case when b.step < a.step then 'done' else 'approved' end)
  or exists (select from action b where b.plan_id = a.plan_id and b.state in ('refused', 'failed', 'stale'))
  or exists (select from approval p where p.action_id = a.id and p.state = 'approved'
    and p.expires_at <= clock_timestamp())))
order by a.moved_at, a.step limit 100
""")


async def due(db: Db, department: str, *, rested: timedelta = timedelta(0)) -> list[Due]:
    """What a department must begin, unmoved for `rested`; nothing while the house is in recovery.

    A step of a plan is due when all steps were approved and its turn has come, or when it can only be ended: the plan
    is over before it, or so is the time of its approval.
    """
    found = await db.execute(_DUE, {"department": department, "rested": rested})
    return [Due(*row) for row in found]


_ABANDONED = text("""
select a.id, a.state, a.moved_at from action a
where not exists (select from recovery where finished_at is null)
and a.department = :department and a.moved_at <= clock_timestamp() - cast(:still as interval)
and (a.state in ('running', 'undoing')
  or a.state = 'approved' and exists (select from dbos.workflow_status w where w.workflow_uuid = 'act:' || a.id))
and not exists (select from dbos.workflow_status w where w.status in ('PENDING', 'ENQUEUED', 'DELAYED')
  and w.name = 'act' and w.workflow_uuid like 'act:' || a.id || '%') limit 100
""")


async def abandoned(db: Db, department: str, *, still: timedelta) -> list[Due]:
    """What was begun, has not moved for `still`, and has no flow any more that could end it.

    What is still `approved` was begun when it has a flow; the same flow is never begun again.
    """
    found = await db.execute(_ABANDONED, {"department": department, "still": still})
    return [Due(*row) for row in found]


async def ring(db: Db, department: str) -> None:
    """Tell the department's workers at commit that something is due."""
    await db.execute(select(func.pg_notify(BELL, department)))


async def move(db: Db, action_id: str, state: str, note: Note, *, was: Sequence[str], **values: Any) -> bool:
    """Move an action with its trail; False, and nothing written, when it is in none of the states `was`."""
    changes = {"state": state, "moved_at": NOW, **values}
    return await moved(db, Action, action_id, changes, note, where=[Action.state.in_(was)]) is not None


def effect_key(action_id: str, deed: str) -> str:
    """The one name of an effect: `A-...:do` or `A-...:undo`."""
    return f"{action_id}:{deed}"


async def intend(db: Db, action_id: str, deed: str, note: Note) -> None:
    """Write down what is about to be tried; an effect that surely did not happen before is intended anew."""
    key = effect_key(action_id, deed)
    if await born(db, Effect, {"key": key, "action_id": action_id, "deed": deed}, note) is None:
        again = {"state": "intended", "tries": 0, "error": "", "ended_at": None}
        await moved(db, Effect, key, again, note, where=[Effect.state.in_(["absent", "failed"])])


async def try_once(db: Db, action_id: str, deed: str, before: int) -> bool:
    """Claim the try after `before` others; False when somebody claimed it already, whose answer is unknown then."""
    claimed = update(Effect).where(
        Effect.key == effect_key(action_id, deed), Effect.state == "intended", Effect.tries == before
    )
    return (await db.execute(claimed.values(tries=before + 1).returning(Effect.key))).first() is not None


async def effect_ended(db: Db, action_id: str, deed: str, note: Note, **values: Any) -> None:
    """Write down what became of an effect: `state`, `result`, `error`."""
    changes = {**values, "ended_at": NOW}
    await moved(db, Effect, effect_key(action_id, deed), changes, note, where=[Effect.state != "done"])
