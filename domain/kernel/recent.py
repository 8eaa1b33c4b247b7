"""What was composed for one person a moment ago is shown to the next as well, while nothing new is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from domain.kernel import card as cards
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from models import stamp

SECONDS = 20
"""How old a card may be that is shown again; what is not stored, such as a process that died, is told that late."""


async def card(ops: Ops, name: str, make: Callable[[Ops], Awaitable[Card]]) -> Card:
    """The card `name` as it was made a moment ago for the same day and the same rows, else made anew.

    It lives in Redis alone: while Redis is gone every card is made anew.
    """
    async with ops.db.begin() as db:
        key = f"card:{name}:{ops.today()}:{await stamp.now(db)}"
    if kept := await ops.cache.get(key):
        return cards.from_json(kept)
    made = await make(ops)
    await ops.cache.put(key, cards.to_json(made), SECONDS)
    return made
