"""Every night yesterday's rows are held against the vendor's own count; a gap of more than one percent is named."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from domain.kernel.card import Line
from domain.kernel.plan import Need
from domain.kernel.ports import Ops
from domain.watch import notices, sources
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def names(ops: Ops) -> list[str]:
    """The sources that tell a count of their own."""
    return sources.countable(ops)


async def compared(ops: Ops, name: str, day: str) -> dict[str, Any]:
    """Compare one source for one day; a gap is told once."""
    found = await sources.reconcile(ops, name, date.fromisoformat(day))
    if gap := found.get("gap"):
        title, lines = "A source does not add up", [Line("warn", name, gap)]
        await notices.listed(ops, f"gap:{name}:{day}", title, f"{gap}.", lines)
    return found


@slotted("jobs.reconcile")
async def reconcile(slot: Slot) -> Done:
    """Every source for the day before this slot's."""
    yesterday = date.fromordinal(slot.day.toordinal() - 1).isoformat()
    found = {name: await step(f"compare {name}", compared, name, yesterday) for name in await step("names", names)}
    if not found:
        return Done("no connected source tells a count of its own", state="skipped")
    return Done("; ".join(one["gap"] for one in found.values() if one.get("gap")), found)


JOB = Job(
    name="reconcile",
    purpose="Yesterday's rows against the vendor's own count; a gap over one percent is named.",
    flow=reconcile,
    queue="logistics",
    at=(time(4, 10),),
    needs=(Need("shopify.orders", "wait"),),
)
