"""Every morning: read what is due, compose the pulse and say it, once per channel and day."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from domain.kernel import outbox
from domain.kernel.ports import Ops
from domain.pulse import compose
from domain.watch import sources
from jobs.collect import READ
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

_SOURCE_SECONDS = 180.0
_HISTORY_SECONDS = 600.0


async def prepared(ops: Ops, day: str) -> dict[str, Any]:
    """Wait for what a new house still lacks, then read every source not read lately; faults by name, never raised."""
    if date.fromisoformat(day) != ops.today():
        return {"over": True}
    lacking = await sources.awaited(ops, sources.needed_since(ops.policy, ops.today()), _HISTORY_SECONDS)
    faults = await sources.collect_due(ops, _SOURCE_SECONDS)
    return {"over": False, "faults": {**faults, **({"history": lacking} if lacking else {})}}


async def said(ops: Ops, day: str) -> dict[str, Any]:
    """Compose today's pulse and say it with its details in the thread; `new` is False when it was said before."""
    channel = ops.policy.channels.pulse
    key = f"pulse:{channel}:{day}"
    pulse = await compose.today(ops)
    async with ops.db.begin() as db:
        new = await outbox.say(db, channel=channel, card=pulse.card, key=key, as_department="orchestrator")
        for number, card in enumerate(pulse.detail if new else (), 1):
            detail = f"{key}:detail:{number}"
            await outbox.say(db, channel=channel, card=card, key=detail, thread_key=key, as_department="orchestrator")
    score = None if pulse.score is None else str(pulse.score)
    return {"post": key, "new": new, "version": pulse.version, "score": score, "issues": len(pulse.issues)}


@slotted("jobs.pulse")
async def pulse(slot: Slot) -> Done:
    """On time even if sources fail: what is missing is named in the pulse itself."""
    day = slot.day.isoformat()
    ready = await step("prepare", prepared, day)
    if ready["over"]:
        return Done("its day is over", state="skipped")
    found = await step("say", said, day)
    reason = "" if found["new"] else "it was said before"
    return Done(reason, {**found, "faults": ready["faults"]})


JOB = Job(
    name="pulse",
    purpose="How the company is, told each morning in the channel for the pulse.",
    flow=pulse,
    queue="orchestrator",
    at=(time(6, 30),),
    at_first=True,
    used_within=timedelta(days=7),
    limit=timedelta(minutes=30),
    wait=timedelta(hours=12),
    needs=READ,
)
