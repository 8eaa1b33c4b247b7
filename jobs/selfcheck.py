"""Every half hour the house looks inward: disk, memory, stores, processes, queues; what turned bad is told."""

from __future__ import annotations

from datetime import timedelta

from domain.kernel.ports import Ops
from domain.watch import checks
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def looked(ops: Ops, at: str) -> dict[str, int]:
    """Run and keep every check; what has turned bad since the last look is told once."""
    return {"bad": len(await checks.run(ops, f"selfcheck:{at}"))}


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
