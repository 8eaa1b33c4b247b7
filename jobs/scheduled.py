"""Work by the clock: one job for each [[work.scheduled]] of the policy."""

from __future__ import annotations

from datetime import timedelta

from domain.kernel.policy_work import Work
from domain.tasks import scheduled as work
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


@slotted("jobs.scheduled")
async def scheduled(slot: Slot) -> Done:
    """Hand it in; the task goes its own way."""
    name = str(slot.args["name"])
    task = await step("hand in", work.hand_in, name, f"{slot.day.isoformat()}:{slot.slot}")
    if task is None:
        return Done(f"the policy has no scheduled work {name!r} any more", state="skipped")
    return Done(detail={"task": task})


def jobs(work: Work) -> tuple[Job, ...]:
    """A job for everything the policy schedules."""
    return tuple(
        Job(
            name=f"task-{one.name}",
            purpose=f"Hands in “{one.words[:80]}” for @{one.by.removeprefix('@')}.",
            flow=scheduled,
            queue="orchestrator",
            at=one.at,
            weekdays=one.weekdays,
            limit=timedelta(minutes=5),
            args={"name": one.name},
        )
        for one in work.scheduled
    )
