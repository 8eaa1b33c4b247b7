"""Every five minutes: close what nobody decided in time, remind of what waits; every night: propose what was earned."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from domain.kernel.ports import Ops
from domain.tasks import proposing
from domain.trust import approvals, autonomy, ledger, waiting
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


async def kept(ops: Ops) -> dict[str, Any]:
    """One round; what waited for a question goes on, and a vendor whose breaker is open takes what was earned away."""
    return {
        "expired": await approvals.expire(ops),
        "unblocked": await proposing.unblocked(ops),
        "reminded": await waiting.remind(ops),
        "fallen": await autonomy.kept_watch(ops),
    }


async def proposed(ops: Ops) -> dict[str, Any]:
    """Every kind that has earned to be done without asking."""
    return {"proposed": await ledger.propose(ops)}


@slotted("jobs.approvals")
async def keep(slot: Slot) -> Done:
    """What waits for people."""
    return Done(detail=await step("keep", kept))


@slotted("jobs.autonomy")
async def earn(slot: Slot) -> Done:
    """What the record of decisions speaks for."""
    return Done(detail=await step("propose", proposed))


JOBS: tuple[Job, ...] = (
    Job(
        name="approvals",
        purpose="Questions that wait: closed when their time is up, reminded of before.",
        flow=keep,
        queue="orchestrator",
        every_minutes=5,
        limit=timedelta(minutes=4),
    ),
    Job(
        name="autonomy",
        purpose="Kinds of action that have earned to be done without asking are proposed.",
        flow=earn,
        queue="orchestrator",
        at=(time(9, 10),),
    ),
)
