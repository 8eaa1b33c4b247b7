"""Why something was done: from any id to who asked, who allowed it, which rule, what was known and what came of it."""

from __future__ import annotations

from domain.kernel import trail
from domain.kernel.card import Card, Line, Lines
from domain.kernel.ports import Ops


async def card(ops: Ops, word: str) -> Card:
    """The story of one id as a card."""
    subject = word.strip().upper()
    async with ops.db.begin() as db:
        found = await trail.of(db, subject) if subject else []
    if not found:
        return Card("Nothing is known of that id", f"“{word}” is not the id of a task, action, approval or escalation.")
    lines = tuple(Line("ok", one.what, " ".join(filter(None, (f"by {one.by}", one.why)))) for one in found)
    return Card(f"Why {subject}", f"{len(found)} things happened to it.", (Lines(lines, "What happened"),))
