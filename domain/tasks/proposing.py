"""Work that changes something at a vendor: put forward as an action, waited for, and reported when it has ended."""

from __future__ import annotations

from typing import Any

from domain.kernel import action as actions
from domain.kernel import ids, point
from domain.kernel.errors import InputError, LogicError
from domain.kernel.ports import Ops
from domain.kernel.vendor_errors import DriftError
from domain.tasks import desk, working
from domain.tasks.acceptance import Report
from domain.tasks.working import Waits
from domain.trust import proposals
from domain.trust.proposals import Origin
from models import action as action_rows
from models import asking, task_work
from models.action import Kept
from models.base import Db
from models.task_work import TaskRow

_WAITS = ("proposed", "approved", "running", "undoing")
_ENDED = {
    "refused": "was not allowed",
    "failed": "failed",
    "stale": "was out of date",
    "unclear": "may or may not have happened",
    "undone": "was taken back",
}


async def propose(ops: Ops, task: TaskRow) -> Report | Waits:
    """Put the action of its category forward, once for the same arguments; its end is the outcome of the work.

    What ended without being done is put forward once more when a person has the task begin again. A task that somebody
    stopped or changed while the vendor was looked at puts nothing forward.
    """
    kind, raw = _asked(ops, task)
    key = f"task:{task.id}:{actions.digest(kind, raw)[:12]}"
    async with ops.db.begin() as db:
        over = await asking.over_before(db, task.id, key)
        key = f"{key}:{over}" if over else key
        row = await action_rows.find(db, ids.of("A", key))
    if row is not None:
        return _ended(ops, row)
    ready = await proposals.prepare(ops, kind, raw)
    async with ops.db.begin() as db:
        if not await asking.wanted(db, task.id, task.run):
            return Waits("it was stopped or changed meanwhile")
        found = await proposals.propose(ops, db, ready, _origin(task, key))
    point.reach("proposed")
    return Waits(f"the action {found.action_id} is put forward")


def _asked(ops: Ops, task: TaskRow) -> tuple[str, dict[str, Any]]:
    """The kind of action, and those inputs of the brief that it takes."""
    category = ops.policy.tasks.categories.get(task.category or "")
    if category is None or not category.action:
        raise LogicError(f"{task.id} is to propose an action, and its category {task.category!r} has none.")
    _, _, action = actions.found(ops.departments, category.action)
    given = dict(task.brief["inputs"])
    return category.action, {name: given[name] for name in action.args.model_fields if name in given}


def _origin(task: TaskRow, key: str) -> Origin:
    who = desk.by(task.requester).who
    return Origin(key=key, requester=who, reason=task.objective, cause=task.id, task_id=task.id, rule=task.rule or "")


def _ended(ops: Ops, row: Kept) -> Report | Waits:
    if row.state in _WAITS:
        return Waits(f"the action {row.id} is {row.state}")
    if row.state == "done":
        told = f"Done, and found in place ({row.id}). {_what(ops, row)}"
        return Report(told, {"in_place": True, "action": row.id})
    why = f": {row.error}" if row.error else ""
    raise InputError(f"The action {row.id} {_ENDED.get(row.state, row.state)}{why}")


def _what(ops: Ops, row: Kept) -> str:
    """What stands there now; why it was asked, when a new version cannot tell."""
    try:
        _, _, action = actions.found(ops.departments, row.kind)
        changes = action.preview(action.told(row.args), row.before or {})
    except (InputError, DriftError):
        return row.reason
    return "; ".join(f"{one.label}: {one.becomes}" for one in changes)


async def unblocked(ops: Ops) -> int:
    """Begin the next run of every task whose action has ended; how many. Harmless to do often."""
    async with ops.db.begin() as db:
        found = await task_work.answered_waits(db, _WAITS)
        return sum([await _on(ops, db, task_id, action_id) for task_id, action_id in found])


async def _on(ops: Ops, db: Db, task_id: str, action_id: str) -> bool:
    return await working.went_on(ops, db, task_id, f"the action {action_id} has ended", action_id)
