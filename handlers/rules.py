"""/ops rules: which rules say where work goes, and what would become of one sentence."""

from __future__ import annotations

from domain.kernel.ports import Ops
from domain.tasks import told
from handlers.surface import Answer, Ask, Sub


async def shown(ops: Ops, ask: Ask) -> Answer:
    """Every rule; with words after it, the decision about them."""
    if not ask.text:
        return Answer(told.rules(ops.policy.tasks))
    return Answer(await told.tried(ops, ask.text, ask.person.id))


SUBS = (Sub("rules", "which rules say where work goes, or what would become of a sentence", "/ops rules", shown),)
