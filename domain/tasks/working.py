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
from domain.tasks import acceptance, desk, following, lifecycle, troubles
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


async def begun(ops: Ops, task_id: str, run: int) -> bool:
    """Whether the run begins: it does not when a person stopped it or a later one took its place."""
    async with ops.db.begin() as db:
        return await lifecycle.moved(db, task_id, "running", _by(task_id, run), at_run=run) is not None


async def worked(ops: Ops, paths: Mapping[str, Path], task_id: str, run: int) -> str:
    """Do the work and keep what came out: `checking`, `waiting`, or `left` when a person stopped it meanwhile.

    A report that an earlier run of the same brief left is not made again.
    """
    async with ops.db.begin() as db:
        task = await desk.known(db, task_id)
    if (task.state, task.run) != ("running", run):
        return "left"
    if task.report_id is None:
        found = await _path(paths, task)(ops, task)
        return await _waiting(ops, task, found) if isinstance(found, Waits) else await _kept(ops, task, found)
    async with ops.db.begin() as db:
        return _word(await lifecycle.moved(db, task_id, "checking", _by(task_id, run), at_run=run))


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


async def _kept(ops: Ops, task: TaskRow, found: Report) -> str:
    report_id = ids.of("R", f"{task.id}:{task.run}")
    values = {"id": report_id, "task_id": task.id, "run": task.run, "summary": found.text, "body": dict(found.body)}
    criteria = briefs.of(task.brief).acceptance
    checks = [asdict(one) for one in acceptance.held(found, criteria)]
    async with ops.db.begin() as db:
        who = _by(task.id, task.run)
        row = await lifecycle.moved(db, task.id, "checking", who, at_run=task.run, report_id=report_id)
        if row is not None:
            await task_work.keep_report(db, values | {"checks": checks})
        return _word(row)


def _word(row: TaskRow | None) -> str:
    return row.state if row is not None else "left"


def _by(task_id: str, run: int, why: str = "") -> By:
    return By(_HOUSE, why, f"task:{task_id}:{run}")


async def ended(ops: Ops, task_id: str, run: int) -> str:
    """Call the work done when its report holds what was asked, and begin what follows; else it failed."""
    async with ops.db.begin() as db:
        task = await desk.known(db, task_id)
        report = await task_work.report(db, task.report_id or "")
        if (task.state, task.run) != ("checking", run) or report is None:
            return "left"
        missed = [one for one in report.checks if not one["ok"]]
        if not missed:
            return await _ended(ops, db, task, "done", "", report)
        why = " ".join(str(one["why"]) for one in missed)
        if (state := await _ended(ops, db, task, "failed", why, report)) == "failed":
            await troubles.told(ops, db, task, "logic", f"The outcome is not what was asked: {why}")
        return state


async def _ended(ops: Ops, db: Db, task: TaskRow, to: str, why: str, report: ReportRow | None) -> str:
    read: dict[str, Any] = {"read_at": task_work.NOW} if to == "done" and _told_at_once(task) else {}
    row = await lifecycle.moved(db, task.id, to, _by(task.id, task.run, why), at_run=task.run, **read)
    if row is not None:
        await desk.say(ops, db, row, report)
        if to == "done":
            await following.begin(ops, db, row)
    return _word(row)


def _told_at_once(task: TaskRow) -> bool:
    """An answer in front of who asked is read, and so is what stands in a channel; a report has to be looked at."""
    return task.path == "answer" or not desk.is_person(task.requester)


async def failed(ops: Ops, task_id: str, run: int, kind: Fault, detail: str) -> dict[str, Any]:
    """Note that a try failed. `after` are the seconds until the next one; without them the task has failed."""
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
        if state == "failed" and verdict.what != "intake":
            await troubles.told(ops, db, task, kind, detail)
        return {"state": state, "after": None}


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
