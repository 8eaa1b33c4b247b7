"""Every half hour: work and flows that stand still, and unfinished flows of another version of the program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.kernel.ports import Ops
from domain.tasks import stalled
from domain.watch import executors
from jobs import flows, troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def stuck(ops: Ops, _day: str) -> dict[str, Any]:
    """Tasks and flows nobody moves: one trouble each, over when a round does not find them any more."""
    for_minutes = executors.STILL.seconds // 60
    still = {
        one.id: f"{one.id}: no new step for {for_minutes} minutes, held by {one.executor}."
        for one in await executors.standing_still(ops)
    }
    foreign = await executors.foreign(ops, flows.VERSION)
    told = {
        version: f"{number} unfinished flows belong to version {version}, this program is version {flows.VERSION}."
        for version, number in foreign.items()
    }
    await troubles.standing(ops, still, told)
    return {"still": list(still), "foreign": foreign, "tasks": await stalled.round(ops)}


@slotted("jobs.patrol")
async def patrol(slot: Slot) -> Done:
    """One round."""
    return Done(detail=await step("round", stuck, slot.day.isoformat()))


JOB = Job(
    name="patrol",
    purpose="Work that stands still, is late, unread or not followed; flows that nobody moves or of another version.",
    flow=patrol,
    queue="orchestrator",
    every_minutes=30,
    limit=timedelta(minutes=5),
)
