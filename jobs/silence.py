"""Every morning: jobs that never fired, sources that run empty or changed their shape, messages nobody got."""

from __future__ import annotations

from datetime import time
from typing import Any

from domain.kernel.ports import Ops
from domain.watch import activity
from jobs import troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def listened(ops: Ops, _day: str) -> dict[str, Any]:
    """Name what is silent: one trouble each, over when it speaks again."""
    quiet = await activity.quiet(ops)
    await troubles.silent(ops, quiet)
    return {"silent": [one.text for one in quiet]}


@slotted("jobs.silence")
async def silence(slot: Slot) -> Done:
    """One look at the last meaningful output of everything."""
    return Done(detail=await step("listen", listened, slot.day.isoformat()))


JOB = Job(
    name="silence",
    purpose="Last meaningful output of each job and source; what has fallen silent is named.",
    flow=silence,
    queue="orchestrator",
    at=(time(8, 5),),
)
