"""The states of a task and the moves between them: one table, and every move a row of the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.kernel.errors import InputError
from models import task_work
from models.base import Db
from models.task_work import TaskRow
from models.trail import Note

_OUT = ("paused", "cancelled", "taken_over", "escalated")
MOVES: Mapping[str, tuple[str, ...]] = {
    "asking": ("queued", *_OUT),
    "queued": ("running", "asking", "failed", *_OUT),
    "running": ("queued", "asking", "waiting", "checking", "failed", *_OUT),
    "waiting": ("queued", "asking", "failed", *_OUT),
    "checking": ("queued", "asking", "done", "failed", *_OUT),
    "failed": ("queued", "asking", "cancelled", "taken_over", "escalated"),
    "paused": ("queued", "asking", "cancelled", "taken_over", "escalated"),
    "taken_over": ("queued", "asking", "done", "cancelled", "escalated"),
    "escalated": ("queued", "asking", "cancelled", "taken_over"),
    "done": (),
    "cancelled": (),
}
"""Where each state may lead; an edit asks or begins anew from any open one.

What is paused, failed or with a person goes on as a new run."""
RESUMED = ("paused", "failed", "taken_over", "escalated")
"""What a person may begin again, when a rule says how it is done."""
FROM = {to: tuple(state for state, after in MOVES.items() if to in after) for to in MOVES}
"""From which states each one may be reached."""
PLAIN = {"taken_over": "taken over by a person", "escalated": "with a person", "asking": "waiting for an answer"}
_VERBS = {
    "paused": "paused", "cancelled": "cancelled", "taken_over": "taken over", "queued": "begun again", "done": "ended",
}  # fmt: skip


@dataclass(frozen=True)
class By:
    """Who moves a task, for which reason and by which cause; all three go into the trail."""

    who: str
    why: str = ""
    cause: str = ""

    def note(self, what: str, task_id: str) -> Note:
        """The trail's row for it."""
        return Note(what, task_id, self.who, self.why, self.cause)


def plain(state: str) -> str:
    """A state in words."""
    return PLAIN.get(state, state)


def stands(state: str) -> str:
    """What is said of work in this state: that it is queued, or that it failed."""
    return "failed" if state == "failed" else f"is {plain(state)}"


async def moved(
    db: Db, task_id: str, to: str, by: By, *, at_run: int | None = None, only: Sequence[str] = (), **values: Any
) -> TaskRow | None:
    """Move a task when the table allows it, it is at that run and in one of `only`; None, and nothing written, else."""
    changes = {"state": to, "why": by.why, **values}
    states = [state for state in FROM[to] if not only or state in only]
    return await task_work.moved(db, task_id, states, changes, by.note("task.moved", task_id), run=at_run)


async def move(db: Db, task_id: str, to: str, by: By, *, only: Sequence[str] = (), **values: Any) -> TaskRow:
    """Move a task as a person wishes; InputError says why it cannot be."""
    if (row := await moved(db, task_id, to, by, only=only, **values)) is not None:
        return row
    found = await task_work.read(db, task_id)
    if found is None:
        raise InputError(f"There is no task {task_id}.")
    raise InputError(f"{task_id} is {plain(found.state)}, so it cannot be {_VERBS.get(to, plain(to))}.")
