"""Every night: which version or credential ends in 60, 30 or 7 days, and what breaks then."""

from __future__ import annotations

from datetime import time
from typing import Any

from domain.kernel.card import Line
from domain.kernel.ports import Ops
from domain.watch import credentials as ends
from domain.watch import notices
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def told(ops: Ops) -> dict[str, Any]:
    """Tell each thing once per stage it reaches."""
    due = ends.due(ops)
    for one in due:
        key = f"ends:{one.key}:{one.on}:{one.stage}"
        title = f"{one.what} ends soon" if one.left > 0 else f"{one.what} has ended"
        line = Line("bad" if one.left <= 7 else "warn", "Stops", one.breaks)
        await notices.listed(ops, key, title, one.sentence, [line])
    return {"due": [one.sentence for one in due]}


@slotted("jobs.credentials")
async def credentials(slot: Slot) -> Done:
    """One look at every end."""
    return Done(detail=await step("tell", told))


JOB = Job(
    name="credentials",
    purpose="Ends of vendors' versions and of credentials, told 60, 30 and 7 days before.",
    flow=credentials,
    queue="orchestrator",
    at=(time(4, 40),),
)
