"""Every half hour: flows that stand still, and unfinished flows of another version of the program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.kernel.card import Line
from domain.kernel.ports import Ops
from domain.watch import executors, notices
from jobs import flows
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def stuck(ops: Ops, day: str) -> dict[str, Any]:
    """Flows nobody moves: named once a day each."""
    still = await executors.standing_still(ops)
    foreign = await executors.foreign(ops, flows.VERSION)
    for one in still:
        text = f"no new step for {executors.STILL.seconds // 60} minutes, held by {one.executor}"
        line = Line("warn", one.name, text)
        await notices.listed(ops, f"still:{one.id}:{day}", "A flow stands still", f"{one.id}: {text}.", [line])
    for version, number in foreign.items():
        text = f"{number} unfinished flows belong to version {version}, this program is version {flows.VERSION}"
        title = "Flows of another version wait"
        await notices.listed(ops, f"foreign:{version}:{day}", title, f"{text}.", [Line("bad", "Version", text)])
    return {"still": [one.id for one in still], "foreign": foreign}


@slotted("jobs.patrol")
async def patrol(slot: Slot) -> Done:
    """One round."""
    return Done(detail=await step("round", stuck, slot.day.isoformat()))


JOB = Job(
    name="patrol",
    purpose="Flows that stand still or belong to another version of the program.",
    flow=patrol,
    queue="orchestrator",
    every_minutes=30,
    limit=timedelta(minutes=5),
)
