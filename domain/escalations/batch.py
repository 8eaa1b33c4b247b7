"""What has gathered is told: one card a cause, never more messages than the cap, the rest in one digest."""

from __future__ import annotations

from datetime import timedelta

from domain.escalations import cards, escalation, waiting
from domain.escalations.escalation import BY, key_of
from domain.kernel import outbox, point
from domain.kernel.ports import Ops
from models import escalation_flow as flow
from models.base import Db
from models.escalation import Episode

_OF_SLACK = ("outbox", "check:outbox", "check:slack")
"""Causes by which Slack itself fails: nothing is gained by waiting for it."""
_OF_THE_SECOND_ROAD = "check:alarm."
_URGENT = ("check:", "watchdog:", "supervisor:")


async def flush(ops: Ops) -> int:
    """Count, tell, remind and close what is due, in one transaction and one process at a time; how many were told."""
    async with ops.db.begin() as db:
        if not await flow.lone(db):
            return 0
        window = timedelta(minutes=ops.policy.escalations.window_minutes)
        own, digest = await flow.messages(db, window)
        room = ops.policy.escalations.cap_messages - 1 - own  # the last place belongs to the digest
        await flow.adopt(db)
        grown = await flow.grow(db, BY)
        room -= await waiting.attend(ops, db, room)
        told = await _tell(ops, db, room, digest)
        for one in grown:
            if one.posted == 1:  # new numbers change the message that stands there; they are no message
                await escalation.show(db, one.id)
    return told


async def urgent(ops: Ops) -> bool:
    """Whether something waits that only a person can mend and nothing is gained by gathering."""
    async with ops.db.begin() as db:
        return await flow.urgent(db)


async def _tell(ops: Ops, db: Db, room: int, digest: str) -> int:
    due = await flow.due(db)
    if not due:
        return 0
    alone = due[: max(room, 0)]
    for one in await flow.post(db, [one.id for one in alone], 1, BY):
        await escalation.say(ops, db, key_of(one.id), cards.own(one), critical=cannot_wait(one))
        if one.cause.startswith(_OF_SLACK):
            await outbox.at_once(db, key_of(one.id))
    rest = due[len(alone) :]
    if rest:
        await flow.post(db, [one.id for one in rest], 2, BY)
        key = digest or f"escalation:digest:{ops.clock.now():%Y%m%dT%H%M%S%f}"
        await _gather(ops, db, key, critical=any(cannot_wait(one) for one in rest))
    point.reach("batched")
    return len(due)


def cannot_wait(one: Episode) -> bool:
    """Whether the second road takes it when Slack does not; never a trouble of that road itself."""
    if one.cause.startswith(_OF_THE_SECOND_ROAD):
        return False
    return one.kind == "systemic" or one.cause.startswith(_URGENT)


async def _gather(ops: Ops, db: Db, key: str, *, critical: bool) -> None:
    """One message for everything told together within the window; more of it changes the message."""
    window = timedelta(minutes=ops.policy.escalations.window_minutes)
    several = cards.digest(await flow.together(db, window))
    if not await escalation.say(ops, db, key, several, critical=critical):
        await outbox.update(db, key=key, card=several)
        if critical:
            await outbox.urgent(db, key, seconds=ops.policy.alarm.second_road_after_seconds)
