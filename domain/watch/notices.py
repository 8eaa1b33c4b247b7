"""What the house tells a person about itself: one message per cause, never twice, never over and over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from domain.kernel import outbox
from domain.kernel.card import Card, Context, Line, Lines, Moment, Prose
from domain.kernel.ports import Ops
from domain.watch.catchup import Missed
from models import slot
from models.base import Db

_AFTER = 2
"""Failures in a row after which a job is told of; once an hour at most."""
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


async def failing(ops: Ops, job: str) -> bool:
    """Tell of a job that failed twice in a row, at most once an hour; False when there is nothing to tell."""
    async with ops.db.begin() as db:
        last = await slot.last_ended(db, job, _AFTER)
        if len(last) < _AFTER or any(row.state != "escalated" for row in last):
            return False
        card = Card(
            f"The job {job} keeps failing",
            f"{job} failed {_AFTER} times in a row; it goes on trying by its timetable.",
            (Prose(last[0].reason), Prose("Look at /health for its source, and mend what the reason names.")),
        )
        return await add(ops, db, f"failing:{job}:{ops.clock.now():%Y-%m-%dT%H}", card)


async def caught_up(ops: Ops, missed: Missed) -> bool:
    """One message after a time away: what was made up and what was skipped."""
    if missed.away_for < _WORTH_TELLING or not missed.skipped or not missed.since or not missed.until:
        return False
    made_up = ", ".join(dict.fromkeys(one.split(" ")[0] for one in missed.begun)) or "nothing"
    card = Card(
        "The house was away",
        f"Nothing ran for {missed.away_for / timedelta(hours=1):.1f} hours.",
        (
            Prose(f"Made up now: {made_up}."),
            Prose(f"Skipped: {missed.skipped} slots, by each job's own rule."),
            Context(("From", Moment(missed.since), "to", Moment(missed.until))),
        ),
    )
    return await tell(ops, f"away:{missed.since:%Y-%m-%dT%H:%M}", card)
