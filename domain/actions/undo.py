"""A person takes an action back: asked for once, begun at once, refused where the world has moved on."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import action as actions
from domain.kernel.card import Card, Line, Lines, Mark
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import authorize, cards
from domain.trust.authorize import Subject
from models import action as rows
from models.action import Kept
from models.base import Db

_MARKS: dict[str, Mark] = {"done": "ok", "undone": "off", "refused": "off", "failed": "bad", "unclear": "bad"}
_NOT: dict[str, str] = {
    "undoing": "It is being undone already.",
    "undone": "It was undone already.",
    "unclear": "Nobody can tell whether it was done; a person has to look at the vendor.",
}


@dataclass(frozen=True)
class Said:
    """Whether it is being undone now, and what to tell who pressed the button when not."""

    begun: bool
    why: str = ""


async def wanted(ops: Ops, action_id: str, person: str, *, cause: str = "") -> Said:
    """Begin to take an action back, for somebody who may; whether it still can be is looked up at the vendor then."""
    asker = await authorize.known(ops, person)
    async with ops.db.begin() as db:
        row = await rows.find(db, action_id)
        if row is None:
            return Said(False, f"I know of no action {action_id[:20]!r}.")
        verdict = await authorize.authorize(ops, db, asker, "undo", Subject(row.id, row.kind), cause=cause)
        why = _hindered(ops, row) if verdict.allowed else verdict.why
        return Said(False, why) if why else await _begun(ops, db, row, Note("", row.id, f"user:{person}", "", cause))


def _hindered(ops: Ops, row: Kept) -> str:
    if row.state != "done":
        return _NOT.get(row.state, "It was not done, so there is nothing to undo.")
    try:
        _, _, declared = actions.found(ops.departments, row.kind)
    except InputError as error:
        return error.detail
    return "" if declared.undo else f"{declared.title} cannot be undone."


async def _begun(ops: Ops, db: Db, row: Kept, by: Note) -> Said:
    note = Note("action.undoing", row.id, by.by, "taken back by a person", by.cause)
    if not await rows.move(db, row.id, "undoing", note, was=("done",), error=""):
        return Said(False, _NOT["undoing"])
    await rows.ring(db, row.department)
    await cards.show(ops, db, row.id)
    return Said(True)


async def listed(ops: Ops) -> Card:
    """What was done lately, the newest first."""
    async with ops.db.begin() as db:
        found = await rows.recent(db, 15)
    if not found:
        return Card("Actions", "Nothing was done at a vendor yet.")
    lines = tuple(Line(_MARKS.get(one.state, "warn"), f"{one.id} {one.state}", _line(ops, one)) for one in found)
    number = sum(one.state == "done" for one in found)
    return Card("Actions", f"The last {len(found)}; {number} of them stand as they were done.", (Lines(lines),))


def _line(ops: Ops, row: Kept) -> str:
    title = actions.title(ops.departments, row.kind)
    kept = "Not undone." if row.error and row.state == "done" else ""
    return " ".join(filter(None, (f"{title}, {row.moved_at:%d %b %H:%M} UTC.", kept, row.error or row.reason)))
