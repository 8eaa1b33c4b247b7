"""Escalations: who takes one, who else should, how long it may rest, what was done; and the list of what waits."""

from __future__ import annotations

from collections.abc import Mapping

from domain.escalations import escalation
from domain.escalations.escalation import Person
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.trust import authorize
from domain.trust.authorize import Deed, Subject
from handlers.surface import Action, Answer, Ask, Dialog, Field, Sub, Surface, View


async def acknowledge(ops: Ops, ask: Ask) -> Answer:
    """The person takes it."""
    return Answer(await escalation.acknowledge(ops, ask.value, await _by(ops, ask)))


async def assign(ops: Ops, ask: Ask) -> Dialog:
    """Ask who should have it."""
    await _by(ops, ask)
    field = Field("who", "Who should answer it?", "person")
    return Dialog("escalation.assign", "Assign", "Assign", (field,), ask.value, instead=f"/ops escalations {ask.value}")


async def assigned(ops: Ops, ask: Ask) -> Answer:
    """Somebody else is to answer."""
    by = await _by(ops, ask)
    who = await ops.people.look(ask.values["who"])
    if who is None or who.stranger:
        raise InputError("An escalation can only be given to a member of this workspace whom Slack knows now.")
    return Answer(await escalation.assign(ops, ask.value, Person(who.id, who.handle), by))


async def snooze(ops: Ops, ask: Ask) -> Dialog:
    """Ask for how long."""
    await _by(ops, ask)
    spans = escalation.snoozes(ops.policy)
    field = Field("span", "For how long?", "choice", options=spans, initial=spans[0][0])
    return Dialog("escalation.snooze", "Snooze", "Snooze", (field,), ask.value, instead=f"/ops escalations {ask.value}")


async def snoozed(ops: Ops, ask: Ask) -> Answer:
    """It rests for a while."""
    return Answer(await escalation.snooze(ops, ask.value, ask.values["span"], await _by(ops, ask)))


async def close(ops: Ops, ask: Ask) -> Dialog:
    """Ask what was done."""
    await _by(ops, ask)
    field = Field("done", "What was done about it?", "lines", most=400)
    return Dialog("escalation.close", "Close", "Close", (field,), ask.value, instead=f"/ops escalations {ask.value}")


async def closed(ops: Ops, ask: Ask) -> Answer:
    """It is over."""
    return Answer(await escalation.close(ops, ask.value, ask.values["done"], await _by(ops, ask)))


async def listed(ops: Ops, ask: Ask) -> Answer:
    """What waits, or one of them with its buttons, to the person alone."""
    words = ask.text.split()
    return Answer(await escalation.card(ops, words[0].upper()) if words else await escalation.listed(ops))


async def guide(ops: Ops, ask: Ask) -> Answer:
    """What the runbook says, to the person alone: it is no secret, and asks no leave."""
    return Answer(await escalation.guide(ops, (ask.value or ask.text).strip()))


async def opened(_ops: Ops, _ask: Ask) -> None:
    """The page opens by itself."""


async def _by(ops: Ops, ask: Ask) -> Person:
    """Who acts; InputError, and a row of the trail, when this person may not.

    Whoever has an escalation may answer it; all others need leave to say how the house behaves.
    """
    asker = await authorize.known(ops, ask.person.id)
    async with ops.db.begin() as db:
        handle = asker.who.handle if asker.who else ""
        mine = bool(handle) and await escalation.owner(db, ask.value) == handle
        deed: Deed = "task" if mine else "manage"
        verdict = await authorize.authorize(ops, db, asker, deed, Subject(ask.value), cause=f"ask:{ask.key}")
    if not verdict.allowed:
        raise InputError(verdict.why)
    return Person(ask.person.id, handle)


def _said(values: Mapping[str, str]) -> dict[str, str]:
    return {} if values.get("done", "").strip() else {"done": "Please say what was done about it."}


def _any(_values: Mapping[str, str]) -> dict[str, str]:
    return {}


SUBS = (
    Sub("escalations", "what waits for a person; with an id, that one and its buttons", "/ops escalations", listed),
    Sub("runbook", "what to do about an alert, by its id or its cause", "/ops runbook check:disk", guide),
)
SURFACE = Surface(
    "escalations",
    "What the house could not settle by itself, and who has it.",
    actions=(
        Action("escalation.ack", "takes an escalation", acknowledge),
        Action("escalation.assign", "gives an escalation to somebody", assign),
        Action("escalation.snooze", "puts an escalation off", snooze),
        Action("escalation.close", "ends an escalation, with what was done", close),
        Action("runbook.open", "opens the runbook", opened),
        Action("escalation.guide", "says what to do about an escalation", guide),
    ),
    views=(
        View("escalation.assign", _any, assigned),
        View("escalation.snooze", _any, snoozed),
        View("escalation.close", _said, closed),
    ),
)
