"""How far each kind of action goes without being asked: the level, and the decisions it is earned by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from models import trail
from models.action import Action
from models.approval import Approval, Autonomy
from models.base import Db
from models.trail import Note, Trail

_COUNTED = 0x0A01
"""Kind of the lock under which the actions of a day are counted, so that two at once are not one too many."""


@dataclass(frozen=True, slots=True)
class Set:
    """The level somebody or something set for a kind, and since when."""

    kind: str
    level: str
    by: str
    why: str
    since: datetime


async def of(db: Db, kind: str) -> Set | None:
    """The level of a kind; None when nobody set it."""
    row = (await db.execute(select(Autonomy.__table__).where(Autonomy.kind == kind))).first()
    return Set(row.kind, row.level, row.by, row.why, row.since) if row else None


async def all_of(db: Db, level: str) -> list[Set]:
    """Every kind that somebody or something set to this level."""
    found = await db.execute(select(Autonomy.__table__).where(Autonomy.level == level).order_by(Autonomy.kind))
    return [Set(row.kind, row.level, row.by, row.why, row.since) for row in found]


@dataclass(frozen=True, slots=True)
class Record:
    """What people decided about a kind: `agreed` as it was put forward, out of `decisions`; and taken back since."""

    agreed: int
    decisions: int
    reversals: int


async def record(db: Db, kind: str, days: int) -> Record:
    """What people decided within the last days and since the level last changed; what was edited was not agreed to."""
    start = func.clock_timestamp() - func.make_interval(0, 0, 0, days)
    changed = select(Autonomy.since).where(Autonomy.kind == kind).scalar_subquery()
    since = func.greatest(start, changed)
    person = Approval.decided_by.like("user:%") & Approval.state.in_(("approved", "rejected", "superseded"))
    decided = (
        select(func.count().filter(Approval.state == "approved"), func.count())
        .join(Action, Action.id == Approval.action_id)
        .where(Action.kind == kind, Approval.decided_at > since, person)
    )
    agreed, decisions = (await db.execute(decided)).one()
    back = Trail.what.in_(("action.undoing", "action.undone")) & Trail.by.like("user:%") & (Trail.at > start)
    taken = select(func.count(Action.id.distinct())).join(Trail, Trail.subject == Action.id)
    reversals = (await db.execute(taken.where(Action.kind == kind, back))).scalar_one()
    return Record(int(agreed), int(decisions), int(reversals))


async def put(db: Db, kind: str, values: Mapping[str, Any], note: Note) -> None:
    """Set the level of a kind."""
    if await trail.born(db, Autonomy, {"kind": kind, **values}, note) is None:
        await trail.moved(db, Autonomy, kind, {**values, "since": func.clock_timestamp()}, note)


async def alone(db: Db, kind: str, by: str, *, hours: float = 24.0) -> int:
    """How many actions of a kind `by` allowed within the last hours; until this transaction ends nobody else asks."""
    await db.execute(select(func.pg_advisory_xact_lock(_COUNTED, func.hashtext(kind))))
    since = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, hours * 3600)
    asked = select(func.count()).select_from(Approval).join(Action, Action.id == Approval.action_id)
    mine = (Action.kind == kind) & (Approval.decided_by == by) & (Approval.decided_at > since)
    return int((await db.execute(asked.where(mine))).scalar_one())
