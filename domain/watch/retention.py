"""Working rows are deleted when their days are over, most of them by the policy; facts, metrics and pulses are kept."""

from __future__ import annotations

from datetime import timedelta

from domain.kernel.ports import Ops
from models import check, escalation_flow, executor, flow, inbox, outbox, raw_page, receipt, slot, thread

_EXECUTORS = timedelta(days=7)
_FLOWS_AT_ONCE = 500


async def forget(ops: Ops) -> dict[str, int]:
    """Delete what is past its days, in a few short transactions; how many rows of each."""
    keep, now = ops.policy.retention, ops.clock.now()
    found: dict[str, int] = {}
    async with ops.db.begin() as db:
        found["raw_pages"] = await raw_page.forget(db, now - timedelta(days=keep.raw_pages))
    async with ops.db.begin() as db:
        found["inbox"] = await inbox.prune(db, days=keep.inbox)
    async with ops.db.begin() as db:
        found["outbox"] = await outbox.prune(db, days=keep.outbox)
        found["receipts"] = await receipt.forget(db, days=keep.outbox)
        found["failures"] = await escalation_flow.forget(db, days=keep.outbox)
        found["threads"] = await thread.prune(db, days=keep.outbox)
    async with ops.db.begin() as db:
        found["slots"] = await slot.forget(db, now - timedelta(days=keep.slots))
        found["checks"] = await check.forget(db, now - timedelta(days=keep.workflows))
        found["executors"] = await executor.forget(db, _EXECUTORS)
    return found


async def ended_flows(ops: Ops) -> list[str]:
    """Flows that ended so long ago that they are deleted, some hundreds at a time."""
    before = ops.clock.now() - timedelta(days=ops.policy.retention.workflows)
    async with ops.db.begin() as db:
        return await flow.ended_ids(db, before, _FLOWS_AT_ONCE)


async def forget_flows(ops: Ops, ids: list[str]) -> int:
    """Delete our own notes of flows that the engine has forgotten; how many."""
    async with ops.db.begin() as db:
        await flow.forget(db, ids)
    return len(ids)
