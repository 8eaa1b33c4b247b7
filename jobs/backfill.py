"""The past of the shop: window by window, newest first, until it is complete; any stop in between loses nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.kernel.errors import OpsError
from domain.kernel.ports import Ops
from domain.watch import sources
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def names(ops: Ops) -> list[str]:
    """The sources whose past can be read."""
    return sources.with_history(ops)


@slotted("jobs.backfill")
async def backfill(slot: Slot) -> Done:
    """Fill every source's history; one that fails does not keep the others waiting."""
    found: dict[str, Any] = {}
    failures: list[OpsError] = []
    for name in await step("names", names):
        try:
            found[name] = await step(f"fill {name}", sources.fill, name)
        except OpsError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    if all("resting" in one for one in found.values()):
        return Done("; ".join(one["resting"] for one in found.values()) or "no source has a history", state="skipped")
    return Done(detail=found)


JOB = Job(
    name="backfill",
    purpose="History of the connected sources, newest first, until it is complete.",
    flow=backfill,
    queue="logistics",
    every_minutes=60,
    at_first=True,
    limit=timedelta(hours=3),
)
