"""Every night working rows past the policy's days are deleted: raw answers, messages, threads, slots, ended flows."""

from __future__ import annotations

from datetime import time, timedelta

from domain.kernel.plan import Need
from domain.kernel.ports import Ops
from domain.watch import retention as rows
from jobs import flows
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def forget_flows(ops: Ops) -> int:
    """Delete some hundreds of flows that ended long ago: what the engine kept, then our note; how many."""
    ids = await rows.ended_flows(ops)
    if ids:
        await flows.forget(ids)
        await rows.forget_flows(ops, ids)
    return len(ids)


@slotted("jobs.retention")
async def retention(slot: Slot) -> Done:
    """Facts, metrics and pulses are kept; only working rows go."""
    found = dict(await step("rows", rows.forget))
    found["flows"] = 0
    while number := await step("flows", forget_flows):
        found["flows"] += number
    return Done(detail=found)


JOB = Job(
    name="retention",
    purpose="Raw answers, messages, threads, slots and ended flows past their days are deleted.",
    flow=retention,
    queue="orchestrator",
    at=(time(3, 10),),
    missed="skip",
    limit=timedelta(minutes=30),
    needs=(Need("job:nightly", "skip"),),  # what the metrics are made of is kept until they are made
)
