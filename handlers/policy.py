"""The policy in force: /ops policy shows it and what waits for a yes, with the two answers."""

from __future__ import annotations

from domain.kernel.ports import Ops
from domain.trust import policies
from handlers.surface import Action, Answer, Ask, Sub, Surface


async def shown(ops: Ops, _: Ask) -> Answer:
    """What is in force, and what was changed on disk."""
    return Answer(await policies.card(ops))


async def accept(ops: Ops, ask: Ask) -> Answer:
    """Put what the file says in force."""
    return Answer((await policies.decide(ops, ask.person.id, ask.value, yes=True, cause=ask.key))[1])


async def refuse(ops: Ops, ask: Ask) -> Answer:
    """Leave in force what is."""
    return Answer((await policies.decide(ops, ask.person.id, ask.value, yes=False, cause=ask.key))[1])


SUBS = (Sub("policy", "which policy is in force, and what was changed on disk since", "/ops policy", shown),)
SURFACE = Surface(
    "policy",
    "The rules of the house, and who put them in force.",
    actions=(
        Action("policy.accept", "puts a changed policy in force", accept),
        Action("policy.refuse", "leaves the policy in force as it is", refuse),
    ),
)
