"""Every night: the house compared with what is declared of it; what drifted is told, and over when it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

from domain.escalations import escalation
from domain.kernel.finding import Finding
from domain.kernel.ports import Ops
from domain.watch import drifted
from jobs import troubles
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

_PREFIX = "drift:"


async def looked(ops: Ops, _day: str) -> dict[str, list[str]] | None:
    """Examine and keep; what is bad is one trouble each, and over when it was looked at and is well."""
    if ops.examine is None:
        return None

    async def tell(db: Any, bad: Sequence[Finding], unseen: Sequence[str]) -> None:
        told = [one for one in troubles.drifted(bad) if one.cause != troubles.POLICY]  # that is told within minutes
        not_seen = [troubles.POLICY, *(f"{_PREFIX}{name}" for name in unseen)]
        await escalation.only(ops, db, told, (_PREFIX,), by="job:drift", unseen=not_seen)

    return await drifted.keep(ops, await ops.examine(ops), tell)


@slotted("jobs.drift")
async def drift(slot: Slot) -> Done:
    """One comparison."""
    found = await step("look", looked, slot.day.isoformat())
    return Done("Nobody here can look.", state="skipped") if found is None else Done(detail=found)


JOB = Job(
    name="drift",
    purpose="Variables, policy, files, stores, scopes, channels, people and credentials, as found against as declared.",
    flow=drift,
    queue="orchestrator",
    at=(time(4, 50),),
    limit=timedelta(minutes=5),
)
