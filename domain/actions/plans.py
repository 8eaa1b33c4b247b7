"""Plans: actions that belong together, done in order once all are approved, taken back in reverse when one fails.

Each step is an action with its own card and its own approval, so that nobody allows what they did not see; the first
begins when the last is approved. What was done stays done only if everything could be.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.actions import alarm
from domain.kernel import action as actions
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from models import action as rows
from models.action import Kept
from models.base import Db

_OVER = ("refused", "failed", "stale")
BY = "job:act"


async def hindrance(db: Db, row: Kept) -> str:
    """Why a step is not begun: another of its plan was refused or could not be done; empty when nothing hinders."""
    steps = await rows.plan(db, row.plan_id) if row.plan_id else []
    over = [one for one in steps if one.state in _OVER]
    return (
        f"Step {over[0].step} of its plan ({over[0].id}) is {over[0].state}, so nothing of it is done." if over else ""
    )


async def turned(ops: Ops, db: Db, row: Kept, state: str) -> list[str]:
    """What a step's end means for its plan: the next is rung, or those before are taken back, the last done first.

    `row` is the step as it was, `state` what it became. The ids of the steps that are being taken back now.
    """
    if row.plan_id is None:
        return []
    steps = await rows.plan(db, row.plan_id, lock=True)
    for department in {one.department for one in steps if one.state == "approved"}:
        await rows.ring(db, department)
    over = [one.id for one in steps if one.state in _OVER]
    begins = over == [row.id]  # of a plan that is over already only what is being taken back goes on
    if state == "unclear" or not over or not (begins or row.state == "undoing"):
        return []
    back = _next_back(ops, steps, row.step)
    if back is None:
        await alarm.plan_ended(ops, db, steps)
        return []
    note = Note("action.undoing", back.id, BY, "A later step of its plan could not be done.", row.id)
    await rows.move(db, back.id, "undoing", note, was=("done",))
    await rows.ring(db, back.department)
    return [back.id]


def _next_back(ops: Ops, steps: Sequence[Kept], below: int) -> Kept | None:
    """The last done step before `below` that can be undone."""
    return next(
        (one for one in reversed(steps) if one.step < below and one.state == "done" and _undoes(ops, one)), None
    )


def _undoes(ops: Ops, row: Kept) -> bool:
    """Whether it can be undone; what a new version does not know any more cannot."""
    try:
        return actions.found(ops.departments, row.kind)[2].undo is not None
    except InputError:
        return False
