"""/ops drill: an alarm that is none takes the second road, so that everybody knows it works before it is needed."""

from __future__ import annotations

from domain.kernel.card import Card
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.trust import authorize
from domain.trust.authorize import Subject
from domain.watch import drill
from handlers.surface import Answer, Ask, Sub


async def begun(ops: Ops, ask: Ask) -> Answer:
    """Begin one as if Slack were away; with `last`, how the alarms of late left the house."""
    if ask.text.strip().lower() == "last":
        return Answer(drill.told(await drill.listed(ops, most=5)))
    verdict = await authorize.may(ops, ask.person.id, "approve", Subject("alarm.drill"), cause=f"ask:{ask.key}")
    if not verdict.allowed:
        raise InputError(verdict.why)
    await drill.begin(ops, "slack", f"user:{ask.person.id}")
    seconds = ops.policy.alarm.second_road_after_seconds
    told = f"Slack is not asked for it; within {seconds:g} seconds and a few more it must come over the second road."
    return Answer(Card("The drill has begun", f"{told} /ops drill last tells whether it did."))


SUBS = (Sub("drill", "tries the second road as if Slack were away; for approvers", "/ops drill", begun),)
