"""/ops why and /ops audit: the story of one id, and whether the trail that tells it is whole."""

from __future__ import annotations

from domain.kernel.ports import Ops
from domain.watch import audit, explain
from handlers.surface import Answer, Ask, Sub


async def told(ops: Ops, ask: Ask) -> Answer:
    """The story of one id, to the person alone."""
    return Answer(await explain.card(ops, ask.text))


async def verified(ops: Ops, ask: Ask) -> Answer:
    """The trail verified now, against a head told earlier when one is given."""
    return Answer(audit.card(await audit.verify(ops, audit.read(ask.text) if ask.text else None)))


SUBS = (
    Sub("why", "from an id to who asked, who allowed it and what was known then", "/ops why A-7K2QJ5MB3X", told),
    Sub("audit", "whether the trail is whole, or whole since a head told earlier", "/ops audit", verified),
)
