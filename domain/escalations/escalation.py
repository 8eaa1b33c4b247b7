"""A trouble from its first sign to its end: who has it, until when, and its one message, which changes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.escalations import cards, failures
from domain.escalations.failures import Failure
from domain.kernel import outbox, point, runbook, trail
from domain.kernel.card import Card, Context
from domain.kernel.errors import InputError
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from models import escalation
from models.base import Db
from models.escalation import Change, Episode

AS = "orchestrator"
BY = "job:escalate"
MOST_LISTED = 20
Deed = Literal["acked", "assigned", "snoozed", "closed"]
_FROM = {"escalation.acked": ("staged", "open", "snoozed")}
raise_ = failures.raised
"""What is not a failure but needs a person is raised in the same way: its cause, and the four answers."""


def key_of(escalation_id: str) -> str:
    """The key of the one message of an escalation."""
    return f"escalation:{escalation_id}"


@dataclass(frozen=True)
class Person:
    """Who did something: the id Slack knows, and the handle people read."""

    id: str
    handle: str

    @property
    def name(self) -> str:
        """How the card names them."""
        return f"@{self.handle}" if self.handle else self.id


async def acknowledge(ops: Ops, escalation_id: str, by: Person) -> Card:
    """Somebody has seen it and takes it; the deputy is not asked any more."""
    note = _note("acked", escalation_id, by, f"{by.name} acknowledged it")
    return await _done(ops, Change("acked", owner=by.handle or by.id), note)


async def assign(ops: Ops, escalation_id: str, to: Person, by: Person) -> Card:
    """Somebody else is to answer; the reminders begin anew for them."""
    note = _note("assigned", escalation_id, by, f"{by.name} assigned it to {to.name}")
    change = Change("open", owner=to.handle or to.id, asked=0, deadline=ops.policy.escalations.hours("systemic") * 60)
    return await _done(ops, change, note)


def snoozes(policy: Policy) -> tuple[tuple[str, str], ...]:
    """How long an escalation may be put off: value and label."""
    spans = (
        (f"{hours:g}", f"{hours:g} {'hour' if hours == 1 else 'hours'}") for hours in policy.escalations.snooze_hours
    )
    return (*spans, ("morning", "until the next morning"))


async def snooze(ops: Ops, escalation_id: str, choice: str, by: Person) -> Card:
    """It rests for a while and then is told again; InputError for a span that was not offered."""
    offered = dict(snoozes(ops.policy))
    label = offered.get(choice)
    if label is None:
        raise InputError(f"An escalation can rest for one of these: {', '.join(offered.values())}.")
    span = until_morning(ops) if choice == "morning" else float(choice) * 60
    note = _note("snoozed", escalation_id, by, f"{by.name} put it off: {label}")
    return await _done(ops, put_off(ops, span), note)


async def close(ops: Ops, escalation_id: str, why: str, by: Person) -> Card:
    """It is done; `why` says what was done about it."""
    if not why.strip():
        raise InputError("Please say what was done about it.")
    note = _note("closed", escalation_id, by, f"{by.name} closed it: {failures.plain(why.strip())}")
    return await _done(ops, Change("closed"), note)


def _note(deed: Deed, escalation_id: str, by: Person, why: str) -> Note:
    return Note(f"escalation.{deed}", escalation_id, f"user:{by.id}", why)


async def _done(ops: Ops, change: Change, note: Note) -> Card:
    """Change it and its message; what somebody else did before is told, and nothing changed."""
    async with ops.db.begin() as db:
        before = await _known(db, note.subject)
        moved = await escalation.move(db, note.subject, change, note, only=_FROM.get(note.what, escalation.OPEN))
        past = await trail.of(db, note.subject)
        if not moved:
            last = next(iter(cards.deeds(past)[-1:]), None)
            how = f"{last.label}." if last else f"It is {before.state}."
            return Card("That was done already", f"{before.title}: {how}")
        if change.state == "closed":
            point.reach("closed")
        await show(db, note.subject)
    return Card("Done", f"{note.why}.", (Context((before.title, before.id)),))


async def _known(db: Db, escalation_id: str) -> Episode:
    one = await escalation.read(db, escalation_id)
    if one is None:
        raise InputError(f"There is no escalation {escalation_id[:40]!r}.")
    return one


async def say(ops: Ops, db: Db, key: str, card: Card, thread_key: str | None = None, *, critical: bool = False) -> bool:
    """Post into the channel for escalations, once under `key`; False when it was said before."""
    channel = ops.policy.channels.escalations
    return await outbox.say(
        db, channel=channel, card=card, key=key, thread_key=thread_key, as_department=AS, critical=critical
    )


async def show(db: Db, escalation_id: str) -> None:
    """Bring its message up to date; what is told among others has none of its own."""
    one = await escalation.read(db, escalation_id)
    if one is not None and one.posted == 1:
        await outbox.update(db, key=key_of(one.id), card=cards.own(one, await trail.of(db, one.id)))


async def card(ops: Ops, escalation_id: str) -> Card:
    """How one escalation reads now; InputError when there is none."""
    async with ops.db.begin() as db:
        return cards.own(await _known(db, escalation_id), await trail.of(db, escalation_id))


async def guide(ops: Ops, word: str) -> Card:
    """What the runbook says of an escalation, or of a cause such as `check:disk`; InputError when it knows neither."""
    cause = word
    if word.upper().startswith("E-"):
        async with ops.db.begin() as db:
            cause = (await _known(db, word.upper())).cause
    return runbook.card(cause, ops.policy.escalations.runbook)


async def owner(db: Db, escalation_id: str) -> str:
    """The handle of who has it; empty when nobody does, InputError when there is no such escalation."""
    return (await _known(db, escalation_id)).owner or ""


async def listed(ops: Ops) -> Card:
    """What is not closed."""
    async with ops.db.begin() as db:
        return cards.listed(await escalation.unsettled(db, most=MOST_LISTED), await escalation.number(db))


async def well(db: Db, causes: Sequence[str], why: str, *, by: str) -> None:
    """What these causes stand for works again; an episode closes when it has been so for long enough."""
    if not causes:
        return
    for escalation_id in await escalation.open_of(db, causes):
        note = Note("escalation.well", escalation_id, by, why)
        await escalation.move(db, escalation_id, Change(well=True), note)


async def only(
    ops: Ops, db: Db, told: Sequence[Failure], prefixes: Sequence[str], *, by: str, unseen: Sequence[str] = ()
) -> None:
    """Raise these; whatever else stands open under one of the prefixes was looked at and is well.

    What begins as one of `unseen` was not looked at, and stays as it is.
    """
    await failures.raised(ops, db, told, by=by)
    bad = {one.cause for one in told}
    open_ = [cause for prefix in prefixes for cause in await standing(db, prefix)]
    ended = [cause for cause in open_ if cause not in bad and not cause.startswith(tuple(unseen))]
    await well(db, ended, "it was looked at and is well", by=by)


async def standing(db: Db, prefix: str) -> list[str]:
    """The causes that begin with this and are not closed."""
    return await escalation.open_under(db, prefix)


def until_morning(ops: Ops) -> float:
    """The minutes until people are at work again, by the company's clock."""
    local = ops.clock.now().astimezone(ops.policy.company.tz)
    day = local.date() + timedelta(days=local.time() >= ops.policy.escalations.morning)
    morning = datetime.combine(day, ops.policy.escalations.morning, ops.policy.company.tz)
    return (morning - local) / timedelta(minutes=1)


def put_off(ops: Ops, span: float) -> Change:
    """It rests for so many minutes and then has its time anew."""
    return Change("snoozed", snooze=span, asked=0, deadline=span + ops.policy.escalations.hours("systemic") * 60)
