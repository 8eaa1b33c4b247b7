"""What was done at a vendor, and the button that takes it back."""

from __future__ import annotations

from domain.actions import undo
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from handlers.surface import Action, Answer, Ask, Sub, Surface


async def pressed(ops: Ops, ask: Ask) -> Answer | None:
    """Take an action back; its card tells how that goes."""
    said = await undo.wanted(ops, ask.value, ask.person.id, cause=ask.key)
    return None if said.begun else Answer(Card("Not undone", said.why))


async def listed(ops: Ops, _ask: Ask) -> Answer:
    """What was done lately, to the person alone."""
    return Answer(await undo.listed(ops))


SUBS = (Sub("actions", "what was done at the vendors lately, and what became of it", "/ops actions", listed),)
SURFACE = Surface(
    "actions",
    "What was done at a vendor.",
    actions=(Action("action.undo", "takes back what was done, unless things have changed since", pressed),),
)
