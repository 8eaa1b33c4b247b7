"""Every slot of every job: claimed once with its flow, opened, and ended as ran, skipped (why) or escalated (why)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain.kernel.ports import Ops
from domain.watch import timing
from domain.watch.timing import Due, Timing
from models import slot
from models.base import Db
from models.slot import Key, SlotRow

Missed = Literal["all", "latest", "skip"]
Overlap = Literal["skip", "queue"]
End = Literal["ran", "skipped", "escalated"]
Taken = Literal["begun", "skipped", "known"]
"""What became of a slot that was due: its flow began, it was ended at once, or somebody had it already."""


@dataclass(frozen=True)
class Plan:
    """A job as the clock sees it, with the company's own wishes applied; `limit` is how long a slot may take."""

    job: str
    timing: Timing
    flow: str
    queue: str
    args: Mapping[str, Any] = field(default_factory=dict)
    missed: Missed = "latest"
    overlap: Overlap = "skip"
    limit: timedelta = timedelta(minutes=30)
    wait: timedelta = timedelta(minutes=30)
    """How long a claimed slot may wait for a process to take it."""
    at_first: bool = False
    """Whether a house that meets this job for the first time runs its last slot at once."""


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

    A slot whose predecessor has not ended is ended here as skipped, when the job does not queue.
    """
    key = Key(plan.job, due.day, due.slot)
    if plan.overlap == "skip" and (before := await slot.open_before(db, key, due.instant)):
        new = await slot.skip(db, [(key, due.instant)], f"overlap: the slot {before} has not ended")
        return "skipped" if new else "known"
    if not await slot.claim(db, key, due.instant, queue=plan.queue, limit=plan.wait):
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
    """Mark the slot as running: `go`, or `wait` behind an earlier slot, or `over` when it was ended meanwhile."""
    key = key_of(args)
    async with ops.db.begin() as db:
        row = await slot.read(db, key)
        if row is None or row.ended_at is not None:
            return "over"
        if args["overlap"] == "queue" and await slot.open_before(db, key, row.planned_at):
            return "wait"
        await slot.start(db, key, limit=timedelta(seconds=float(args["limit"])))
    return "go"


async def ended(ops: Ops, args: dict[str, Any], state: End, reason: str, detail: dict[str, Any]) -> bool:
    """End the slot; False when it had ended before."""
    async with ops.db.begin() as db:
        return await slot.end(db, key_of(args), state, reason, detail)


async def end_of_flow(ops: Ops, flow_id: str, reason: str) -> bool:
    """Escalate the slot of a flow that was given up; False when the flow has none, or it had ended."""
    if (key := _key_in(flow_id)) is None:
        return False
    async with ops.db.begin() as db:
        return await slot.end(db, key, "escalated", reason)


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
        rows = await slot.end_overdue(db)
        if rows and tell:
            await tell(db, rows)
    return rows
