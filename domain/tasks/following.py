"""What follows when work is done: declared in ops.toml, begun in the transaction that ends it, a few in a row."""

from __future__ import annotations

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import desk, intake
from domain.tasks.desk import Hand
from models.base import Db
from models.task_work import TaskRow


async def begin(ops: Ops, db: Db, task: TaskRow) -> None:
    """Hand in what follows a task that is done; what cannot be read is found missing by the patrol."""
    for number, one in enumerate(task.next):
        try:
            brief = intake.from_words(str(one["words"]), ops.policy.tasks)
        except InputError:
            continue
        origin = f"next:{task.id}:{number}"
        hand = Hand(brief, origin, "bot", task.requester, task.channel or "", parent=task.id, cause=task.id)
        await desk.enter(ops, db, hand)
