"""Every night the metrics of five weeks are computed anew from the facts; any difference is named and mended."""

from __future__ import annotations

from datetime import date, time, timedelta

from domain.kernel.card import Line
from domain.kernel.ports import Ops
from domain.watch import notices, recompute
from jobs.collect import READ
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

DAYS = 35
_AT_ONCE = 7


async def tell(ops: Ops, day: str, number: int, examples: list[str]) -> bool:
    """Name the differences once for this night."""
    return await notices.listed(
        ops,
        f"recompute:{day}",
        "Stored metrics were not what the facts give",
        f"{number} stored values differed from the facts and were computed anew.",
        [Line("warn" if place else "bad", "Difference", text) for place, text in enumerate(examples)],
    )


@slotted("jobs.nightly")
async def nightly(slot: Slot) -> Done:
    """A week at a time, so that no transaction is long."""
    days = recompute.stretch(date.fromordinal(slot.day.toordinal() - 1), DAYS)
    number, examples = 0, []
    for first in range(0, DAYS, _AT_ONCE):
        found = await step(f"week {first // _AT_ONCE + 1}", recompute.mended, days[first : first + _AT_ONCE])
        number += found["differences"]
        examples += found["examples"]
    if number:
        await step("tell", tell, slot.day.isoformat(), number, examples[:10])
    return Done(detail={"days": DAYS, "differences": number, "examples": examples[:10]})


JOB = Job(
    name="nightly",
    purpose="Metrics of the last 35 days computed anew from the facts; differences are named and mended.",
    flow=nightly,
    queue="orchestrator",
    at=(time(2, 20),),
    limit=timedelta(minutes=30),
    needs=READ,
)
