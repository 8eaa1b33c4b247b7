"""Tasks that stand still, run over their time, go in circles, end unread, or are not followed by what was declared."""

from __future__ import annotations

from datetime import timedelta

from domain.escalations import escalation
from domain.kernel.policy_work import Work
from domain.kernel.ports import Ops
from domain.tasks import troubles
from domain.tasks.lifecycle import plain
from domain.tasks.troubles import Trouble
from models import task_patrol
from models.base import Db
from models.task_work import TaskRow

Found = tuple[TaskRow, Trouble]
_HELD = "Its flow has not ended; the workers look after flows that nobody runs."
_LOOK = "Look at it with /task show; pause and resume it, take it over, or cancel it."


async def round(ops: Ops) -> dict[str, list[str]]:  # noqa: A001 - a patrol makes rounds
    """Raise every trouble there is, and end those that are over; the tasks by what is wrong with them."""
    async with ops.db.begin() as db:
        found = await _found(ops, db)
        await escalation.only(ops, db, await troubles.failed(db, found), PREFIXES, by="job:patrol")
    named: dict[str, list[str]] = {}
    for task, trouble in found:
        named.setdefault(trouble.what, []).append(task.id)
    return named


PREFIXES = ("task.stuck:", "task.late:", "task.circling:", "task.unread:", "task.unfollowed:")


async def _found(ops: Ops, db: Db) -> list[Found]:
    work = ops.policy.work
    known = await task_patrol.peers(db, least=work.peers)
    still = await task_patrol.still(db, timedelta(minutes=work.stuck_floor_minutes))
    unread = await task_patrol.unread(db, timedelta(hours=work.unread_hours))
    return [
        *((task, _stuck(task, age)) for task, age in still if age > threshold(work, known.get(task.category or ""))),
        *((task, _late(task)) for task in await task_patrol.late(db)),
        *((task, _circling(task)) for task in await task_patrol.circling(db, work.most_runs)),
        *((task, _unread(task)) for task in unread),
        *((task, _unfollowed(task)) for task in await task_patrol.unfollowed(db, PREFIXES[-1])),
    ]


def threshold(work: Work, took: timedelta | None) -> timedelta:
    """For how long a task may stand still: a multiple of what its finished peers took, and never below the floor."""
    floor = timedelta(minutes=work.stuck_floor_minutes)
    return floor if took is None else max(floor, took * work.stuck_factor)


def _stuck(task: TaskRow, age: timedelta) -> Trouble:
    detail = f"{task.id} has been {plain(task.state)} for {age // timedelta(minutes=1)} minutes."
    return Trouble("stuck", "logic", "A task stands still", detail, _HELD, _LOOK)


def _late(task: TaskRow) -> Trouble:
    detail = f"{task.id} is {plain(task.state)}, and its time was over at {task.limit_at:%Y-%m-%d %H:%M} UTC."
    needed = {"asking": "Answer what it asks, or cancel it.", "waiting": "Decide about its action, or cancel it."}
    return Trouble("late", "logic", "A task is late", detail, "It goes on.", needed.get(task.state, _LOOK))


def _circling(task: TaskRow) -> Trouble:
    detail = f"{task.id} was begun {task.run} times."
    return Trouble("circling", "logic", "A task goes in circles", detail, f"{task.run} runs.", _LOOK)


def _unread(task: TaskRow) -> Trouble:
    detail = f"{task.id} has been done since {task.moved_at:%Y-%m-%d %H:%M} UTC, and nobody has looked at it."
    needed = "Read it with /task show, or mark it read."
    return Trouble("unread", "input", "An outcome is unread", detail, "It was sent to who asked.", needed)


def _unfollowed(task: TaskRow) -> Trouble:
    detail = f"{task.id} is done, and what should follow it was not begun: its words cannot be read as work."
    needed = "Set right [[work.following]] in ops.toml, and hand in by hand what is missing."
    return Trouble("unfollowed", "logic", "A next step is missing", detail, "It was tried when the task ended.", needed)
