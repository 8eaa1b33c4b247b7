"""What was composed for one person a moment ago is shown to the next as well, while nothing new is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from domain.kernel import card as cards
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from models import stamp
from models.wire import LOST

SECONDS = 20
"""How old a card may be that is shown again; what is not stored, such as a process that died, is told that late."""


async def card(ops: Ops, name: str, make: Callable[[Ops], Awaitable[Card]]) -> Card:
    """The card `name` as this boot made it a moment ago for the same day and the same rows, else made anew.

    It lives in Redis alone: while Redis is gone every card is made anew, as it is while the database is away.
    """
    try:
        async with ops.db.begin() as db:
            key = f"card:{name}:{ops.boot_id}:{ops.today()}:{await stamp.now(db)}"
    except LOST:
        return await make(ops)
    if kept := await ops.cache.get(key):
        return cards.from_json(kept)
    made = await make(ops)
    await ops.cache.put(key, cards.to_json(made), SECONDS)
    return made
