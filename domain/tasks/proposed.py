"""What a task put forward and nobody has decided is taken back when somebody does not want the work any more."""

from __future__ import annotations

from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.tasks.lifecycle import By
from domain.trust import approvals
from models import asking, task_work
from models.base import Db


async def withdraw(ops: Ops, db: Db, task_id: str, who: By) -> None:
    """Close every question of a task that is open; what was allowed goes its way."""
    for action_id in await task_work.undecided(db, task_id):
        newest = await asking.newest(db, action_id)
        held = await asking.held(db, newest.id) if newest else None
        if held is not None and held.state == "pending":
            note = Note("", held.id, who.who, f"{task_id} does not want it any more", task_id)
            await approvals.end(ops, db, held, "withdrawn", note)
