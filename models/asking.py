"""Asking people: an approval with its action as they stand, every move of it, who votes and who brought it about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select, text, union
from sqlalchemy.dialects.postgresql import insert

from models import trail
from models.action import Action
from models.approval import Approval, Vote
from models.base import Db
from models.directory import Person
from models.executor import Executor
from models.outbox import Outbox
from models.task import Task
from models.trail import Note, Trail


@dataclass(frozen=True, slots=True)
class Held:
    """An approval and its action as they stand; `over` says that its time is up by the database's clock."""

    id: str
    action_id: str
    version: int
    digest: str
    approvers: list[str]
    needed: int
    state: str
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    created_at: datetime
    over: bool
    kind: str
    args: dict[str, Any]
    args_digest: str
    asked_for: str
    requester: str
    department: str
    risk: str
    amount: Decimal | None
    task_id: str | None
    action_state: str
    before: dict[str, Any] | None
    error: str
    moved_at: datetime


_ELSEWHERE: dict[str, Any] = {
    "over": Approval.expires_at <= func.clock_timestamp(),
    "kind": Action.kind,
    "args": Action.args,
    "args_digest": Action.digest,
    "asked_for": Action.reason,
    "requester": Action.requester,
    "department": Action.department,
    "risk": Action.risk,
    "amount": Action.amount,
    "task_id": Action.task_id,
    "action_state": Action.state,
    "before": Action.before,
    "error": Action.error,
    "moved_at": Action.moved_at,
}
_COLUMNS = {**{column.name: column for column in Approval.__table__.c}, **_ELSEWHERE}
_HELD = select(*(_COLUMNS[one.name].label(one.name) for one in fields(Held))).join(
    Action, Action.id == Approval.action_id
)


async def _one(db: Db, asked: Any) -> Held | None:
    row = (await db.execute(asked)).first()
    return Held(*row) if row else None


async def held(db: Db, approval_id: str) -> Held | None:
    """One approval, held until this transaction ends, so that decisions follow one another."""
    return await _one(db, _HELD.where(Approval.id == approval_id).with_for_update(of=Approval))


async def newest(db: Db, action_id: str) -> Held | None:
    """The last approval of an action."""
    return await _one(db, _HELD.where(Approval.action_id == action_id).order_by(Approval.version.desc()).limit(1))


async def siblings(db: Db, one: Held) -> list[Held]:
    """What waits for a decision about other steps of the same plan, held; what is being decided now is left out."""
    plan = select(Action.plan_id).where(Action.id == one.action_id).scalar_subquery()
    others = _HELD.where(Action.plan_id == plan, Action.id != one.action_id, Approval.state == "pending")
    found = await db.execute(others.order_by(Action.step).with_for_update(of=Approval, skip_locked=True))
    return [Held(*row) for row in found.all()]


async def waiting(db: Db, *, most: int = 100) -> list[Held]:
    """What waits for a decision, the most urgent first."""
    asked = _HELD.where(Approval.state == "pending").order_by(Approval.expires_at, Approval.id).limit(most)
    return [Held(*row) for row in (await db.execute(asked)).all()]


async def propose(db: Db, values: Mapping[str, Any], note: Note) -> bool:
    """Write a new action; False when its key was there before."""
    return await trail.born(db, Action, values, note) is not None


async def wanted(db: Db, task_id: str, run: int) -> bool:
    """Whether a task is at work at this run; until this transaction ends nobody stops or changes it."""
    asked = select(Task.id).where(Task.id == task_id, Task.run == run, Task.state == "running").with_for_update()
    return (await db.execute(asked)).first() is not None


_OVER = text("""
select count(*) from action a where (a.key = :key or a.key like :key || ':%')
  and a.state in ('refused', 'failed', 'stale', 'undone') and a.moved_at < (
    select max(t.at) from trail t where t.subject = :task and t.by like 'user:%'
      and t.what in ('task.moved', 'task.edited') and t.body -> 'row' ->> 'state' = 'queued')
""")


async def over_before(db: Db, task_id: str, key: str) -> int:
    """How many actions of this key had ended undone when a person last had their task begin again."""
    return int((await db.execute(_OVER, {"task": task_id, "key": key})).scalar_one())


async def ask(db: Db, values: Mapping[str, Any], note: Note, *, hours: float) -> None:
    """Write a new approval that lasts so many hours from now, by the database's clock."""
    until = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, hours * 3600)
    await trail.born(db, Approval, {**values, "expires_at": until}, note)


async def decide(db: Db, one: Held, state: str, note: Note, reason: str = "") -> bool:
    """End an approval that waits, for the arguments as they stand; an approval only before its time is up."""
    conditions = [Approval.state == "pending", Approval.digest == one.digest]
    if state == "approved":
        conditions.append(Approval.expires_at > func.clock_timestamp())
    now = {"state": state, "decided_by": note.by, "decided_at": func.clock_timestamp(), "reason": reason}
    return await trail.moved(db, Approval, one.id, now, note, where=conditions) is not None


async def move_action(db: Db, one: Held, values: Mapping[str, Any], note: Note) -> bool:
    """Change an action that is only proposed, and still with the arguments that were read."""
    conditions = [Action.state == "proposed", Action.digest == one.args_digest]
    changed = {**values, "moved_at": func.clock_timestamp()}
    return await trail.moved(db, Action, one.action_id, changed, note, where=conditions) is not None


async def vote(db: Db, approval_id: str, person: str, mail: str, choice: str) -> bool:
    """Count one person; False when they, or another account of their mailbox, were counted before."""
    said = insert(Vote).values(approval_id=approval_id, person=person, mail=mail, choice=choice)
    return (await db.execute(said.on_conflict_do_nothing().returning(Vote.person))).first() is not None


async def voters(db: Db, approval_id: str) -> list[tuple[str, str]]:
    """Who said yes, by id and handle, in their order."""
    asked = (
        select(Vote.person, func.coalesce(Person.handle, ""))
        .outerjoin(Person, Person.id == Vote.person)
        .where(Vote.approval_id == approval_id, Vote.choice == "approve")
        .order_by(Vote.at)
    )
    return [(row[0], row[1]) for row in await db.execute(asked)]


async def authors(db: Db, one: Held) -> list[tuple[str, str]]:
    """Who brought an action about, by id and digest of their mailbox.

    That is who asked for it or for its task or a task that led to that one, and who edited one of these, a rule that
    routed them or the schedule behind.
    """
    task = select(Task.id, Task.parent_id, Task.requester, Task.rule, Task.source).where(Task.id == one.task_id)
    line = task.cte("line", recursive=True)
    above = select(Task.id, Task.parent_id, Task.requester, Task.rule, Task.source)
    line = line.union(above.join(line, Task.id == line.c.parent_id))
    shaped = union(*(select(name) for name in (line.c.id, line.c.source, func.concat("rule:", line.c.rule))))
    edited = or_(Trail.subject == one.requester, Trail.subject.in_(shaped))
    editors = select(Trail.by).where(edited, Trail.what.like("%.edited"))
    people = union(select(line.c.requester), editors)
    known = {str(row[0]).removeprefix("user:") for row in await db.execute(people)}
    ids = sorted({*known, one.requester.removeprefix("user:")})
    mails = {row[0]: row[1] for row in await db.execute(select(Person.id, Person.mail).where(Person.id.in_(ids)))}
    return [(user, mails.get(user, "")) for user in ids]


async def handles(db: Db, people: Sequence[str]) -> dict[str, str]:
    """The handles of people by `user:ID` or id, as far as they are known."""
    ids = [one.removeprefix("user:") for one in people]
    found = {row[0]: row[1] for row in await db.execute(select(Person.id, Person.handle).where(Person.id.in_(ids)))}
    return {one: found[user] for one, user in zip(people, ids, strict=True) if found.get(user)}


async def over(db: Db) -> list[str]:
    """Approvals whose time is up and that nobody decided."""
    asked = select(Approval.id).where(Approval.state == "pending", Approval.expires_at <= func.clock_timestamp())
    return list((await db.execute(asked.order_by(Approval.expires_at).limit(500))).scalars())


_LATE = func.make_interval(0, 0, 0, 0, 0, 1)


def _older(minutes: int) -> Any:
    return Approval.created_at <= func.clock_timestamp() - minutes * _LATE


async def unreminded(db: Db, minutes: int) -> list[Held]:
    """What waits for so long that somebody should be reminded, and was not yet."""
    asked = _HELD.where(Approval.state == "pending", Approval.reminded_at.is_(None), _older(minutes))
    return [Held(*row) for row in (await db.execute(asked.order_by(Approval.id).limit(100))).all()]


async def unheard(db: Db, minutes: int) -> list[Held]:
    """What waits although somebody was reminded so long ago."""
    since = Approval.reminded_at <= func.clock_timestamp() - minutes * _LATE
    asked = _HELD.where(Approval.state == "pending", since).order_by(Approval.id).limit(100)
    return [Held(*row) for row in (await db.execute(asked)).all()]


async def remind(db: Db, one: Held, note: Note) -> bool:
    """Note that somebody was reminded; False when it was noted or decided before."""
    conditions = [Approval.state == "pending", Approval.reminded_at.is_(None)]
    return (
        await trail.moved(db, Approval, one.id, {"reminded_at": func.clock_timestamp()}, note, where=conditions)
        is not None
    )


async def missed(db: Db, boot_id: str) -> list[tuple[Held, str]]:
    """What waits on cards that Slack took before this boot began, and the hour it began in."""
    began = select(Executor.started_at).where(Executor.id == boot_id).scalar_subquery()
    asked = (
        _HELD.add_columns(func.to_char(func.timezone("UTC", began), "YYYY-MM-DD-HH24").label("since"))
        .join(Outbox, Outbox.key == func.concat("approval:", Approval.id))
        .where(Approval.state == "pending", Outbox.delivered_at < began)
        .order_by(Approval.id)
        .limit(100)
    )
    return [(Held(*row[:-1]), row[-1]) for row in (await db.execute(asked)).all()]


async def posted_in(db: Db, key: str) -> str:
    """The channel a message was meant for."""
    return str((await db.execute(select(Outbox.channel).where(Outbox.key == key))).scalar() or "")
