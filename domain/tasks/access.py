"""Who may do what with a task: every member hands work in; who handed it in, owns it or runs the house changes it."""

from __future__ import annotations

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.tasks import desk
from domain.tasks.lifecycle import By
from domain.trust import authorize
from domain.trust.authorize import Subject
from models import directory, trail
from models.task_work import TaskRow


async def hand_in(ops: Ops, person: str, cause: str) -> By:
    """Who hands in; InputError says why this person may not."""
    verdict = await authorize.may(ops, person, "task", Subject("task"), cause=cause)
    if not verdict.allowed:
        raise InputError(verdict.why)
    return desk.by(person, cause=cause)


async def by_handle(ops: Ops, handle: str, cause: str) -> str:
    """The id of a person who may hand work in; InputError for a handle that nobody has, or one that may not."""
    async with ops.db.begin() as db:
        who = await directory.person_named(db, handle)
    if who is None:
        raise InputError(f"Nobody in this workspace is called @{handle.removeprefix('@')}.")
    await hand_in(ops, who.id, cause)
    return who.id


async def change(ops: Ops, person: str, task: TaskRow, cause: str) -> By:
    """Who looks at or changes a task; InputError, and a row of the trail, when this person may not."""
    who, subject = desk.by(person, cause=cause), Subject(task.id)
    asker = await authorize.known(ops, person)
    verdict = authorize.judge(ops.policy, asker, "task", subject)
    if verdict.allowed and person in (task.requester, task.owner):
        return who
    if verdict.allowed and authorize.judge(ops.policy, asker, "manage", subject).allowed:
        return who
    why = verdict.why or f"{task.id} belongs to somebody else: who handed it in or took it over may do that."
    async with ops.db.begin() as db:
        await trail.record(db, Note("task.denied", task.id, who.who, why, cause))
    raise InputError(why)
