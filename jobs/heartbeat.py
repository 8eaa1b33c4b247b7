"""Every five minutes a message in Slack is rewritten, and whoever waits outside is called: so silence can be seen."""

from __future__ import annotations

from datetime import timedelta

from domain.escalations import escalation
from domain.kernel.ports import Ops
from domain.watch import heartbeat as hearts
from domain.watch import pings
from jobs import troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def beaten(ops: Ops, _at: str) -> dict[str, str]:
    """One beat between two pings; the second says that it failed when Slack took no beat for too long."""
    started = await hearts.ping(ops, "/start")
    taken = await hearts.beat(ops)
    ended = await hearts.ping(ops, "" if taken else "/fail")
    await missed(ops)
    return {name: why for name, why in (("start", started), ("end", ended)) if why}


async def missed(ops: Ops) -> None:
    """Tell who should have been heard of from outside and was not: sooner than the self-check would."""
    async with ops.db.begin() as db:
        found = pings.judge(ops.clock.now(), await pings.standing(ops.policy.watch, db))
        told = troubles.checked({one.name: one.text for one in found if one.state == "bad"})
        await escalation.only(ops, db, told, ("check:watchdog", "check:ping."), by="job:heartbeat")


@slotted("jobs.heartbeat")
async def heartbeat(slot: Slot) -> Done:
    """One beat."""
    refused = await step("beat", beaten, f"{slot.day}:{slot.slot}")
    return Done(detail={"pings_refused": refused} if refused else {})


JOB = Job(
    name="heartbeat",
    purpose="A message in Slack rewritten by way of database, worker and outbox; and who outside is missed.",
    flow=heartbeat,
    queue="orchestrator",
    every_minutes=5,
    limit=timedelta(minutes=4),
)
