"""Every half hour the house looks inward: disk, memory, stores, processes, queues; what turned bad is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from domain.escalations import escalation
from domain.kernel.ports import Ops
from domain.watch import checks
from jobs import troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

_BY = "job:selfcheck"


async def looked(ops: Ops, _at: str) -> dict[str, int]:
    """Run and keep every check, and tell what was found."""
    return {"bad": len(checks.bad(await checks.run(ops, partial(tell, ops))))}


async def tell(ops: Ops, db: Any, results: Sequence[Any]) -> None:
    """What is bad is one trouble each, and over when a look finds it well; what is not known is neither."""
    bad = troubles.checked({one.name: one.text for one in checks.bad(results)})
    unseen = [f"check:{one.name}" for one in results if one.state == "unknown"]
    await escalation.only(ops, db, bad, ("check:",), by=_BY, unseen=unseen)


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
