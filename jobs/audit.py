"""Every night: is the trail whole, do the tables follow it, does every promise hold; and the head of the trail is told.

The head is told where nobody is disturbed and nothing of ours can change it: below one message a month in the channel
for escalations, and only when the trail grew. Who has an old head finds a cut or rewritten trail by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from domain.escalations import escalation, failures
from domain.escalations.failures import Failure
from domain.kernel import outbox
from domain.kernel.card import Card, Prose
from domain.kernel.ports import Ops
from domain.watch import audit, invariants
from domain.watch.invariants import Held
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

_BY = "job:audit"


async def looked(ops: Ops) -> dict[str, Any]:
    """Hold everything against its promise, the trail also against its last good head; raise what is broken."""
    async with ops.db.begin() as db:
        before = await audit.last_head(db)
    found = await audit.verify(ops, before)
    held = [*await invariants.asked(ops), invariants.of_trail(found), await invariants.of_replay(ops)]
    async with ops.db.begin() as db:
        await failures.raised(ops, db, troubles(held), by=_BY)
        await escalation.well(db, [_cause(one) for one in held if not one.broken], "it holds again", by=_BY)
    good = before if found.broken and before else found.head
    return {
        "rows": found.rows,
        "head": str(good),
        "grew": good != before and found.rows > 0,
        "broken": [one.sentence for one in held if one.broken],
    }


def _cause(one: Held) -> str:
    return f"promise:{one.name}"


def troubles(held: Sequence[Held]) -> list[Failure]:
    """What a person must look at, one trouble to a promise."""
    return [
        Failure(
            cause=_cause(one),
            kind="systemic",
            detail=one.sentence,
            title="A promise of the house does not hold",
            trying=f"Keep this true at every moment: {one.promise}.",
            tried="Nothing was changed: what happened must stay as it was found.",
            needed="Find out who changed the database past the house; until then do not trust what is named here.",
            job="audit",
            link={"look": "python -m bot check invariants"},
        )
        for one in held
        if one.broken
    ]


async def told(ops: Ops, day: str, found: dict[str, Any]) -> bool:
    """Tell the head of this night when the trail grew, below the message of its month; whether it was told now."""
    if not found["grew"]:
        return False
    month = f"trail:{day[:7]}"
    root = Card(
        f"The trail in {date.fromisoformat(day):%B %Y}",
        "Its head stands below, once for every night in which it grew.",
        (Prose("Keep one, and python -m bot audit verify --head finds any change to what happened before it."),),
    )
    channel = ops.policy.channels.escalations
    async with ops.db.begin() as db:
        await outbox.say(db, channel=channel, card=root, key=month, as_department="orchestrator")
        card = Card(f"The trail on {day}", f"{found['rows']:,} rows, head {found['head']}")
        return await outbox.say(db, channel=channel, card=card, key=f"trail:{day}", thread_key=month)


@slotted("jobs.audit")
async def auditing(slot: Slot) -> Done:
    """One walk along the chain, one replay, one question for each promise."""
    found = await step("look", looked)
    new = await step("tell", told, slot.day.isoformat(), found)
    return Done(detail={**found, "post": f"trail:{slot.day}"} if new else found)


JOB = Job(
    name="audit",
    purpose="The trail is verified and replayed, every promise is checked, and the trail's head is told.",
    flow=auditing,
    queue="orchestrator",
    at=(time(2, 50),),
    limit=timedelta(minutes=30),
)
