"""What the house tells a person about itself: one message per cause, never twice, never over and over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from domain.kernel import outbox
from domain.kernel.card import Card, Context, Line, Lines, Moment, Prose
from domain.kernel.ports import Ops
from domain.watch.catchup import Missed
from domain.watch.spans import span
from models.base import Db

_WORTH_TELLING = timedelta(minutes=30)


async def tell(ops: Ops, key: str, card: Card) -> bool:
    """Tell the channel for escalations, once for ever under `key`; False when it was told before."""
    async with ops.db.begin() as db:
        return await add(ops, db, key, card)


async def add(ops: Ops, db: Db, key: str, card: Card) -> bool:
    """Tell as `tell` does, in the caller's transaction."""
    channel = ops.policy.channels.escalations
    return await outbox.say(db, channel=channel, card=card, key=key, as_department="orchestrator")


async def listed(ops: Ops, key: str, title: str, conclusion: str, lines: Sequence[Line]) -> bool:
    """Tell a list."""
    return await tell(ops, key, Card(title, conclusion, (Lines(tuple(lines)),)))


async def caught_up(ops: Ops, missed: Missed) -> bool:
    """One message after a time away: what was made up and what was skipped."""
    if missed.away_for < _WORTH_TELLING or not missed.skipped or not missed.since or not missed.until:
        return False
    made_up = ", ".join(dict.fromkeys(one.split(" ")[0] for one in missed.begun)) or "nothing"
    card = Card(
        "The house was away",
        f"Nothing ran for {span(missed.away_for)}.",
        (
            Prose(f"Made up now: {made_up}."),
            Prose(f"Skipped: {missed.skipped} slots, by each job's own rule."),
            Context(("From", Moment(missed.since), "to", Moment(missed.until))),
        ),
    )
    return await tell(ops, f"away:{missed.since:%Y-%m-%dT%H:%M}", card)
