"""What the flow of a task writes: that it began, what came out, how it was held, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from domain.kernel import ids
from domain.kernel.errors import LogicError
from domain.kernel.policy_failures import Fault
from domain.kernel.ports import Ops
from domain.tasks import acceptance, desk, lifecycle, troubles
from domain.tasks import brief as briefs
from domain.tasks.acceptance import Report
from domain.tasks.lifecycle import By
from models import task_work
from models.base import Db
from models.task_work import ReportRow, TaskRow


@dataclass(frozen=True)
class Waits:
    """A path that cannot go on before something else has ended; whoever ends it calls `went_on`."""

    why: str


Task = TaskRow
Path = Callable[[Ops, Task], Awaitable[Report | Waits]]
"""How one kind of work is done. It may run again after a pause or a death, so it does what was done only once."""

_HOUSE = "house"


async def begun(ops: Ops, task_id: str, run: int, held: list[Task]) -> bool:
    """Whether the run begins: it does not when a person stopped it or a later one took its place.

    A process that dies behind this finds it begun. `held` takes the task as it was begun, for `worked` right after.
    """
    async with ops.db.alone() as db:
        if (row := await lifecycle.moved(db, task_id, "running", _by(task_id, run), at_run=run)) is not None:
            held.append(row)
            return True
        task = await desk.known(db, task_id)
        return (task.state, task.run) == ("running", run)


async def worked(ops: Ops, paths: Mapping[str, Path], task_id: str, run: int, held: list[Task]) -> str:
    """Do the work and hold what came out against what was asked: `done`, `failed` or `waiting`.

    Any other word is where a person put it meanwhile, or `left` when a later run took its place. A report that an
    earlier run of the same brief left behind is not made again. What `held` holds was begun by this process just now.
    """
    fresh = bool(held) and held[-1].report_id is None
    task, stored = (held.pop(), None) if fresh else await _read(ops, task_id)
    if task.run != run:
        return "left"
    if task.state != "running":
        return task.state
    if stored is not None:
        return await _held(ops, task, stored)
    found = await _path(paths, task)(ops, task)
    return await _waiting(ops, task, found) if isinstance(found, Waits) else await _held(ops, task, _made(task, found))


async def _read(ops: Ops, task_id: str) -> tuple[TaskRow, ReportRow | None]:
    async with ops.db.begin() as db:
        task = await desk.known(db, task_id)
        return task, await task_work.report(db, task.report_id) if task.report_id else None


def _path(paths: Mapping[str, Path], task: TaskRow) -> Path:
    if (path := paths.get(task.path or "")) is None:
        raise LogicError(f"Nobody knows how to do work by the path {task.path!r}.")
    return path


async def _waiting(ops: Ops, task: TaskRow, found: Waits) -> str:
    async with ops.db.begin() as db:
        who = _by(task.id, task.run, found.why)
        row = await lifecycle.moved(db, task.id, "waiting", who, at_run=task.run)
        if row is not None:
            await desk.say(ops, db, row)
        return _word(row)


def _made(task: TaskRow, found: Report) -> ReportRow:
    checks = [asdict(one) for one in acceptance.held(found, briefs.of(task.brief).acceptance)]
    name = ids.of("R", f"{task.id}:{task.run}")
    return ReportRow(name, task.id, task.run, found.text, dict(found.body), checks)


async def _held(ops: Ops, task: TaskRow, report: ReportRow) -> str:
    """Keep the report and call the work done when it holds what was asked; of work that is paused it is kept too."""
    async with ops.db.begin() as db:
        who = _by(task.id, task.run)
        if await task_work.reported(db, task.id, task.run, report, who.note("task.moved", task.id)):
            return await _judged(ops, db, task, report)
        kept, note = {"report_id": report.id}, who.note("task.reported", task.id)
        row = await task_work.moved(db, task.id, ("paused",), kept, note, run=task.run)
        return _word(row)


async def _judged(ops: Ops, db: Db, task: TaskRow, report: ReportRow) -> str:
    missed = [str(one["why"]) for one in report.checks if not one["ok"]]
    state = await _ended(ops, db, task, "failed" if missed else "done", " ".join(missed), report)
    if missed:
        await troubles.told(ops, db, task, "logic", f"The outcome is not what was asked: {' '.join(missed)}")
    return state


def _word(row: TaskRow | None) -> str:
    return row.state if row is not None else "left"


def _by(task_id: str, run: int, why: str = "") -> By:
    return By(_HOUSE, why, f"task:{task_id}:{run}")


async def _ended(ops: Ops, db: Db, task: TaskRow, to: str, why: str, report: ReportRow | None) -> str:
    read: dict[str, Any] = {"read_at": task_work.NOW} if to == "done" and _told_at_once(task) else {}
    row = await lifecycle.moved(db, task.id, to, _by(task.id, task.run, why), at_run=task.run, **read)
    if row is not None:
        await desk.say(ops, db, row, report)
        if to == "done":
            await desk.follow(ops, db, row)
    return _word(row)


def _told_at_once(task: TaskRow) -> bool:
    """An answer in front of who asked is read, and so is what stands in a channel; a report has to be looked at."""
    return task.path == "answer" or not desk.is_person(task.requester)


async def failed(ops: Ops, task_id: str, run: int, kind: Fault, detail: str) -> dict[str, Any]:
    """Note that a try failed. `after` are the seconds until the next one; without them the task has failed.

    What was handed in wrongly goes back to who asked; what nobody in Slack handed in goes to a person all the same.
    """
    async with ops.db.begin() as db:
        task = await desk.known(db, task_id)
        if task.run != run:
            return {"state": "left", "after": None}
        verdict, in_time = troubles.judged(ops, task, kind, detail), _in_time(ops, task)
        if verdict.what == "again" and in_time(verdict.after):
            note = _by(task_id, run, detail).note("task.tried", task_id)
            changes = {"attempts": task.attempts + 1, "why": detail}
            row = await task_work.moved(db, task_id, ("running",), changes, note, run=run)
            return {"state": _word(row), "after": verdict.after if row else None}
        state = await _ended(ops, db, task, "failed", detail.rstrip("."), None)
        if state == "failed" and (verdict.what != "intake" or not desk.is_person(task.requester)):
            await troubles.told(ops, db, task, kind, detail)
        return {"state": state, "after": None}


async def given_up(ops: Ops, task_id: str, run: int, detail: str) -> None:
    """No process can do this run: the task has failed, nothing tries it again, and a person is told."""
    async with ops.db.begin() as db:
        task = await desk.known(db, task_id)
        if task.run == run and await _ended(ops, db, task, "failed", detail.rstrip("."), None) == "failed":
            await troubles.told(ops, db, task, "logic", detail, tried="It was handed to another process each time.")


def _in_time(ops: Ops, task: TaskRow) -> Callable[[float], bool]:
    """Whether a try so many seconds from now lies within the time the task has."""
    return lambda after: task.limit_at is None or ops.clock.now() + timedelta(seconds=after) < task.limit_at


async def went_on(ops: Ops, db: Db, task_id: str, why: str, cause: str) -> bool:
    """What a task waited for has ended: begin its next run, in the caller's transaction; False when it had moved."""
    who = By(_HOUSE, why, cause)
    row = await lifecycle.moved(db, task_id, "queued", who, only=("waiting",), run=task_work.NEXT_RUN)
    if row is not None:
        await desk.begin(ops, db, row)
    return row is not None
