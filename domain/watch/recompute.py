"""Every night the metrics of the last weeks are computed anew from the facts; what was stored otherwise is named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain.kernel import facts, figures
from domain.kernel.ports import Ops
from models import metric

_NAMED = 5


def stretch(last: date, days: int) -> list[str]:
    """The days up to `last`, written for a flow's step."""
    return [(last - timedelta(days=number)).isoformat() for number in range(days)]


async def mended(ops: Ops, days: list[str]) -> dict[str, Any]:
    """Compare stored and computed metrics of these days and store what the facts give; plain JSON for a flow's step."""
    wanted = [date.fromisoformat(day) for day in days]
    now, zone, kinds = ops.clock.now(), ops.policy.company.tz, set(facts.TABLE_OF)
    scope = figures.scope(ops.policy)
    async with ops.db.begin() as db:
        found = await metric.differences(db, days=wanted, kinds=kinds, zone=zone, at=now, scope=scope)
        if found:
            await metric.refresh(db, days={one.day for one in found}, kinds=kinds, zone=zone, at=now, scope=scope)
    told = [f"{one.key} of {one.day}: stored {one.stored}, the facts give {one.computed}" for one in found[:_NAMED]]
    return {"days": len(wanted), "differences": len(found), "examples": told}
