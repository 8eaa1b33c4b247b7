"""Every five minutes a message in Slack is rewritten, and whoever waits outside is called: so silence can be seen."""

from __future__ import annotations

from datetime import timedelta

from domain.kernel.ports import Ops
from domain.watch import heartbeat as hearts
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def beaten(ops: Ops, _at: str) -> dict[str, str]:
    """One beat between two pings; the second says that it failed when Slack took no beat for too long."""
    started = await hearts.ping(ops, "/start")
    taken = await hearts.beat(ops)
    ended = await hearts.ping(ops, "" if taken else "/fail")
    return {name: why for name, why in (("start", started), ("end", ended)) if why}


@slotted("jobs.heartbeat")
async def heartbeat(slot: Slot) -> Done:
    """One beat."""
    refused = await step("beat", beaten, f"{slot.day}:{slot.slot}")
    return Done(detail={"pings_refused": refused} if refused else {})


JOB = Job(
    name="heartbeat",
    purpose="A message in Slack rewritten by way of database, worker and outbox, for the watchdog to read.",
    flow=heartbeat,
    queue="orchestrator",
    every_minutes=5,
    limit=timedelta(minutes=4),
)
