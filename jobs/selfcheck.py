"""Every half hour the house looks inward: disk, memory, stores, processes, queues; what turned bad is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.escalations import escalation
from domain.kernel.ports import Ops
from domain.watch import checks
from jobs import troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

_BY = "job:selfcheck"


async def looked(ops: Ops, _at: str) -> dict[str, int]:
    """Run and keep every check; what is bad is one trouble each, and over when a look finds it well."""

    async def tell(db: Any, bad: list[Any]) -> None:
        told = troubles.checked({one.name: one.text for one in bad})
        await escalation.only(ops, db, told, ("check:",), by=_BY)

    return {"bad": len(checks.bad(await checks.run(ops, tell)))}


@slotted("jobs.selfcheck")
async def selfcheck(slot: Slot) -> Done:
    """One look."""
    return Done(detail=await step("look", looked, f"{slot.day}:{slot.slot}"))


JOB = Job(
    name="selfcheck",
    purpose="Disk, memory, stores, processes, queues and job success; kept for /health, and told when they turn bad.",
    flow=selfcheck,
    queue="orchestrator",
    every_minutes=30,
    limit=timedelta(minutes=5),
)
