"""The ways in which work is done: answered from the figures, reported, or put forward as an action."""

from __future__ import annotations

from collections.abc import Mapping

from domain.brain import answers
from domain.kernel.card import Card, Prose
from domain.kernel.ports import Ops
from domain.pulse import recall
from domain.tasks import proposing, reporting
from domain.tasks.acceptance import Report
from domain.tasks.working import Path, Task


async def answer(ops: Ops, task: Task) -> Report:
    """What the stored figures say to the question."""
    card = await answers.answer(ops, task.objective, recall.of)
    return Report(_text(card), {"title": card.title})


def _text(card: Card) -> str:
    return "\n".join((card.conclusion, *(part.text for part in card.parts if isinstance(part, Prose))))


PATHS: Mapping[str, Path] = {"answer": answer, "figures": reporting.figures, "propose": proposing.propose}
