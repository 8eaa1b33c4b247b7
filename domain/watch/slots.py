"""Every slot of every job: claimed once with its flow, opened, and ended as ran, skipped (why) or escalated (why)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain.kernel import plan as plans
from domain.kernel import trail
from domain.kernel.plan import Plan
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.watch import honesty, needs, timing
from domain.watch.timing import Due
from models import slot
from models.base import Db
from models.slot import Key, SlotRow

End = Literal["ran", "skipped", "escalated"]
Taken = Literal["begun", "skipped", "known"]
"""What became of a slot that was due: its flow began, it was ended at once, or somebody had it already."""

_SPARE_SECONDS = 60.0
"""A slot that waits for what it needs ends so long before its time is up, and says why."""


async def tick(ops: Ops, plan: Plan, fired_at: datetime) -> int:
    """Claim what is due at the moment the clock fired; returns how many slots were new."""
    moment = timedelta(milliseconds=1)
    due = timing.between(plan.timing, ops.policy.company.tz, fired_at - moment, fired_at)
    new = 0
    for one in due:
        async with ops.db.begin() as db:
            new += await claim(ops, db, plan, one) != "known"
    return new


async def claim(ops: Ops, db: Db, plan: Plan, due: Due) -> Taken:
    """Claim one slot and begin its flow in the same transaction.

    A slot of a job that is paused is ended here as skipped, and so is one whose predecessor has not ended, when the
    job does not queue.
    """
    key = Key(plan.job, due.day, due.slot)
    if resting := await honesty.resting(ops, db, plan.job):
        return "skipped" if await slot.skip(db, [(key, due.instant)], resting) else "known"
    return await _claim(ops, db, plan, key, due.instant)


async def by_hand(ops: Ops, plan: Plan, label: str, note: Note) -> Taken:
    """Begin a slot of a job now because a person asked, paused or not; `label` is theirs alone, and twice is once."""
    async with ops.db.begin() as db:
        taken = await _claim(ops, db, plan, Key(plan.job, ops.today(), label), ops.clock.now())
        if taken == "begun":
            await trail.record(db, note)
    return taken


async def _claim(ops: Ops, db: Db, plan: Plan, key: Key, planned_at: datetime) -> Taken:
    if plan.overlap == "skip" and (before := await slot.open_before(db, key, planned_at)):
        new = await slot.skip(db, [(key, planned_at)], f"overlap: the slot {before} has not ended")
        return "skipped" if new else "known"
    if not await slot.claim(db, key, planned_at, queue=plan.queue, limit=plan.wait):
        return "known"
    await ops.flows.start(plan.flow, str(key), arguments(plan, key), queue=plan.queue, db=db)
    return "begun"


def arguments(plan: Plan, key: Key) -> dict[str, Any]:
    """What the flow of a slot is handed: which slot, how long it may take, and the job's own arguments."""
    return {
        "job": key.job,
        "day": key.day.isoformat(),
        "slot": key.slot,
        "limit": plan.limit.total_seconds(),
        "overlap": plan.overlap,
        "args": dict(plan.args),
    }


def key_of(args: Mapping[str, Any]) -> Key:
    """Which slot the arguments of a flow speak of."""
    return Key(str(args["job"]), date.fromisoformat(str(args["day"])), str(args["slot"]))


async def opened(ops: Ops, args: dict[str, Any]) -> str:
    """Mark the slot as running: `go`; `wait` behind an earlier slot or for what it needs; `over` when it has ended."""
    key = key_of(args)
    async with ops.db.begin() as db:
        row = await slot.read(db, key)
        if row is None or row.ended_at is not None:
            return "over"
        if args["overlap"] == "queue" and await slot.open_before(db, key, row.planned_at):
            return "wait"
        if row.state == "claimed" and (word := await _missing(ops, db, key)):
            return word
        await slot.start(db, key, limit=timedelta(seconds=float(args["limit"])))
    return "go"


async def _missing(ops: Ops, db: Db, key: Key) -> str:
    """Wait for what the job needs, or end the slot as skipped; empty when it may begin, be it without something."""
    plan = plans.named(ops.plans, key.job)
    lacks = await needs.lacking(ops, db, plan) if plan else []
    hard = next((one for one in lacks if one.need.when_missing != "degraded"), None)
    if hard is None:
        return ""
    if hard.need.when_missing == "wait" and hard.patient and await slot.left(db, key) > _SPARE_SECONDS:
        return "wait"
    await _end(ops, db, key, "skipped", f"it needs {hard.need.on}: {hard.why}", {"without": {hard.need.on: hard.why}})
    return "over"


async def ended(ops: Ops, args: dict[str, Any], state: End, reason: str, detail: dict[str, Any]) -> bool:
    """End the slot; False when it had ended before."""
    async with ops.db.begin() as db:
        return await _end(ops, db, key_of(args), state, reason, detail)


async def end_of_flow(ops: Ops, flow_id: str, reason: str) -> bool:
    """Escalate the slot of a flow that was given up; False when the flow has none, or it had ended."""
    if (key := _key_in(flow_id)) is None:
        return False
    async with ops.db.begin() as db:
        return await _end(ops, db, key, "escalated", reason)


async def _end(ops: Ops, db: Db, key: Key, state: End, reason: str, detail: dict[str, Any] | None = None) -> bool:
    """End a slot and count how it ended, in one transaction."""
    if not await slot.end(db, key, state, reason, detail):
        return False
    await honesty.counted(ops, db, key.job, state)
    return True


async def overtaken(db: Db, flow_id: str) -> bool:
    """Whether a flow's slot has ended and a later slot does its work: both at once would overlap."""
    key = _key_in(flow_id)
    return key is not None and await slot.overtaken(db, key)


def _key_in(flow_id: str) -> Key | None:
    """The slot whose flow has this id; None for the flow of no slot."""
    parts = flow_id.split(":", 2)
    try:
        return Key(parts[0], date.fromisoformat(parts[1]), parts[2])
    except (IndexError, ValueError):
        return None


Row = SlotRow
why_overdue = slot.overdue


async def left(ops: Ops, args: Mapping[str, Any]) -> float:
    """How many seconds of its limit a slot has left, by the clock of the database; 0 when it has ended."""
    async with ops.db.begin() as db:
        return await slot.left(db, key_of(args))


async def end_overdue(ops: Ops, tell: Callable[[Db, list[SlotRow]], Awaitable[None]] | None = None) -> list[SlotRow]:
    """Escalate every open slot past its limit, so that no slot stays open; returns them as they stood.

    They are told in the transaction that ends them.
    """
    async with ops.db.begin() as db:
        rows = await slot.late(db)
        for row in rows:
            if row.state == "claimed":  # nobody worked on it: that says nothing about the job
                await slot.end(db, row.key, "escalated", why_overdue(row))
            else:
                await _end(ops, db, row.key, "escalated", why_overdue(row))
        if rows and tell:
            await tell(db, rows)
    return rows
