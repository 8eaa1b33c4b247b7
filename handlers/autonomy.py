"""How far the house goes without asking: shown, raised and lowered by /ops autonomy, and accepted on a card."""

from __future__ import annotations

from domain.kernel.card import Card
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.trust import autonomy, ledger
from domain.trust.authorize import Verdict
from handlers.surface import Action, Answer, Ask, Sub, Surface

_WAYS = {"raise": True, "lower": False}


async def told(ops: Ops, ask: Ask) -> Answer:
    """Every level, one kind's record, or a level changed by one."""
    words = ask.text.split()
    if not words:
        return Answer(await ledger.card(ops))
    if len(words) == 1:
        return Answer(await ledger.card_of(ops, words[0]))
    if len(words) > 2 or words[1].lower() not in _WAYS:
        raise InputError("Name one kind and then raise or lower, such as: /ops autonomy meta.pause_ad_set lower")
    verdict, now = await autonomy.turn(ops, ask.person.id, words[0], _WAYS[words[1].lower()], cause=ask.key)
    return _denied(verdict) or Answer(Card("Autonomy", f"{words[0]} stands at “{now}” now."))


async def accept(ops: Ops, ask: Ask) -> Answer | None:
    """Let it be done without asking."""
    return _denied(await ledger.accept(ops, ask.person.id, ask.value, cause=ask.key))


async def decline(ops: Ops, ask: Ask) -> Answer | None:
    """Go on being asked."""
    return _denied(await ledger.decline(ops, ask.person.id, ask.value, cause=ask.key))


def _denied(verdict: Verdict) -> Answer | None:
    return None if verdict.allowed else Answer(Card("You may not decide this", verdict.why))


SUBS = (Sub("autonomy", "what is done without asking, what it is earned by; raise or lower it", "/ops autonomy", told),)
SURFACE = Surface(
    "autonomy",
    "How far the house goes without asking.",
    actions=(
        Action("autonomy.accept", "lets a kind of action be done without asking", accept),
        Action("autonomy.decline", "goes on being asked", decline),
    ),
)
