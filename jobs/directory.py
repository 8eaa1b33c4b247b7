"""Twice a day: do the channels and people that ops.toml names still exist in Slack, and is the bot in them?"""

from __future__ import annotations

import hashlib
from datetime import time
from typing import Any

from domain.kernel.card import Line
from domain.kernel.ports import Ops
from domain.watch import directory as places
from domain.watch import notices
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def resolved(ops: Ops, day: str) -> dict[str, Any]:
    """Hold the policy's names against what was last read from Slack; the same list is told once a day."""
    found = await places.missing(ops)
    if found.problems:
        names = sorted(one.text for one in found.problems)
        mark = hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]
        title, first = "Slack does not have what ops.toml names", found.problems[0].text
        lines = [Line("warn", one.name, one.text) for one in found.problems]
        await notices.listed(ops, f"directory:{day}:{mark}", title, first, lines)
    return {"read": found.read, "problems": [one.text for one in found.problems]}


@slotted("jobs.directory")
async def directory(slot: Slot) -> Done:
    """Before the bot has read Slack there is nothing to compare with."""
    found = await step("resolve", resolved, slot.day.isoformat())
    if not found["read"]:
        return Done("the bot has not read Slack's channels yet", state="skipped")
    return Done(detail=found)


JOB = Job(
    name="directory",
    purpose="Channels and people named in ops.toml, held against Slack.",
    flow=directory,
    queue="orchestrator",
    at=(time(5, 0), time(17, 0)),
)
