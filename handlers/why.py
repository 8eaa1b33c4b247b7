"""/ops why: from any id to who asked, who allowed it, which rule, what was known then and what the vendor said."""

from __future__ import annotations

from domain.kernel.ports import Ops
from domain.watch import explain
from handlers.surface import Answer, Ask, Sub


async def told(ops: Ops, ask: Ask) -> Answer:
    """The story of one id, to the person alone."""
    return Answer(await explain.card(ops, ask.text))


SUBS = (Sub("why", "from an id to who asked, who allowed it and what was known then", "/ops why A-7K2QJ5MB3X", told),)
