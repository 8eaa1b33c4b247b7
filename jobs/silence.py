"""Every half hour: jobs that never fired, sources that run empty or changed their shape, what nobody got or uses."""

from __future__ import annotations

from typing import Any

from domain.kernel.ports import Ops
from domain.watch import activity
from jobs import troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def listened(ops: Ops, _at: str) -> dict[str, Any]:
    """Name what is silent: one trouble each, over when it speaks again."""
    quiet = (await activity.look(ops)).quiet
    await troubles.silent(ops, quiet)
    return {"silent": [one.text for one in quiet]}


@slotted("jobs.silence")
async def silence(slot: Slot) -> Done:
    """One look at the last meaningful output of everything."""
    return Done(detail=await step("listen", listened, f"{slot.day}:{slot.slot}"))


JOB = Job(
    name="silence",
    purpose="Last meaningful output of each bot, job and source; what has fallen silent is named.",
    flow=silence,
    queue="orchestrator",
    every_minutes=30,
)
