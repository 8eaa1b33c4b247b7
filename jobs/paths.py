"""The ways in which work is done: answered from the figures, reported, or put forward as an action."""

from __future__ import annotations

from collections.abc import Mapping

from domain.brain import answers, replies
from domain.kernel import card as cards
from domain.kernel.card import Prose
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.pulse import recall
from domain.tasks import proposing, reporting
from domain.tasks.acceptance import Report
from domain.tasks.working import Path, Task


async def answer(ops: Ops, task: Task) -> Report:
    """What the stored figures say to the question, with their sources; InputError when it is not understood."""
    card = await answers.answer(ops, task.objective, recall.of)
    if replies.refused(card):
        raise InputError(card.conclusion)
    prose = (part.text for part in card.parts if isinstance(part, Prose))
    return Report("\n".join((card.conclusion, *prose)), {"card": cards.to_json(card)})


PATHS: Mapping[str, Path] = {"answer": answer, "figures": reporting.figures, "propose": proposing.propose}
