"""What was told and waits: reminded of, handed on, put off for silence, told again after a rest, closed when well."""

from __future__ import annotations

from domain.escalations import cards, escalation
from domain.escalations.escalation import BY, key_of
from domain.kernel import point
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from models import escalation as rows
from models import escalation_flow as flow
from models.base import Db
from models.escalation import Change, Episode


async def attend(ops: Ops, db: Db, room: int) -> int:
    """Do what is due about everything that waits, with at most `room` replies; how many were said."""
    wishes, said = ops.policy.escalations, 0
    for one, needs in await flow.attention(db, quiet=wishes.quiet_after_minutes, remind=wishes.remind_minutes):
        if needs == "well":
            await over(db, one, "it was well for long enough")
        elif needs == "silence":
            await _silent(ops, db, one)
        elif one.posted != 1:
            await _unsaid(db, one, needs)
        elif said < room:
            await _speak(ops, db, one, needs)
            said += 1
    return said


async def over(db: Db, one: Episode, why: str) -> None:
    """Close it without a person; its message says so."""
    await rows.move(db, one.id, Change("closed"), Note("escalation.closed", one.id, BY, f"Closed by itself: {why}"))
    point.reach("closed")
    await escalation.show(db, one.id)


async def _silent(ops: Ops, db: Db, one: Episode) -> None:
    """Nobody answered, or who took it did not end it: what was declared for that happens."""
    why = "it was taken, and not closed in time" if one.state == "acked" else "nobody answered in time"
    if one.on_silence == "close":
        await over(db, one, why)
        return
    note = Note("escalation.put_off", one.id, BY, f"{why}; told again in the morning")
    await rows.move(db, one.id, escalation.put_off(ops, escalation.until_morning(ops)), note)
    await escalation.show(db, one.id)


async def _unsaid(db: Db, one: Episode, needs: str) -> None:
    """What was told among others has no thread; after its rest it is told anew, within the cap as before."""
    change = Change("staged", asked=0) if needs == "awake" else Change(asked=one.asked + 1)
    await rows.move(db, one.id, change, Note(f"escalation.{_WORDS[needs]}", one.id, BY, "among others"))


async def _speak(ops: Ops, db: Db, one: Episode, needs: str) -> None:
    """One reply below the card, once for each deadline, and what it changes."""
    said, change = _reply(ops, one, needs)
    await rows.move(db, one.id, change, Note(f"escalation.{_WORDS[needs]}", one.id, BY, said.conclusion))
    key = f"{key_of(one.id)}:{needs}:{one.deadline_at or one.first_at:%Y%m%dT%H%M%S}"
    await escalation.say(ops, db, key, said, key_of(one.id))
    await escalation.show(db, one.id)


def _reply(ops: Ops, one: Episode, needs: str) -> tuple[Card, Change]:
    match needs:
        case "remind":
            return cards.reminder(one, one.deadline_at or one.first_at), Change(asked=1)
        case "deputy":
            return cards.handed_on(one, ops.policy.escalations.deputy), Change(asked=2)
        case _:
            return cards.told_again(one, "its time of rest is over."), Change("open", asked=0)


_WORDS = {"remind": "reminded", "deputy": "handed_on", "awake": "awoke"}
