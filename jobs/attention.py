"""After the readings: figures far beyond their target are asked about, and stock that runs out is put forward."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from domain.escalations import batch, escalation
from domain.escalations.failures import Failure
from domain.kernel import numbers
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.trust import proposals
from domain.trust.proposals import Origin
from domain.watch import attention
from domain.watch.attention import Miss, Thin
from jobs import pulse
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

REORDER = "shipbob.create_receiving_order"
_BY = "job:attention"


async def looked(ops: Ops) -> dict[str, Any]:
    """Ask about every figure beyond its target, and say of the others that they are well; what stock is thin."""
    found = await attention.look(ops)
    async with ops.db.begin() as db:
        await escalation.raise_(ops, db, [_asked(ops, one) for one in found.misses], by=_BY)
        well = [f"target:{key}" for key in found.met]
        await escalation.well(db, well, "the figure is within bounds again", by=_BY)
    return {"missed": [one.metric.key for one in found.misses], "thin": [one.sku for one in found.thin]}


def _asked(ops: Ops, one: Miss) -> Failure:
    told = attention.told(one, ops.policy.company.currency)
    return Failure(
        cause=one.cause,
        kind="logic",
        title=f"{one.metric.name[:1].upper()}{one.metric.name[1:]} far from target",
        trying=f"Keep {one.metric.name} ({one.metric.described}) at its target.",
        detail=told,
        tried="The figure was read anew from its source and is counted from stored rows; nothing was changed.",
        needed="Look at what stands behind the figure, and say here what was done; or move the target in ops.toml.",
        department=one.metric.department,
        subject=one.metric.key,
    )


async def put_forward(ops: Ops) -> dict[str, str]:
    """Put a receiving order forward for the thinnest articles; what became of each, by its SKU."""
    found = (await attention.look(ops)).thin[: ops.policy.attention.at_once]
    return {one.sku: await _put(ops, one) for one in found}


async def _put(ops: Ops, one: Thin) -> str:
    """Once in each span of `again_after_days`; what the warehouse awaits already is not announced twice."""
    today, wishes = ops.today(), ops.policy.attention
    arrives = attention.arrives(ops.policy, today).isoformat()
    span = today.toordinal() // wishes.again_after_days
    try:
        ready = await proposals.prepare(ops, REORDER, {"sku": one.sku, "quantity": one.units, "arrives": arrives})
    except InputError as error:
        return error.detail
    if ready.before["awaiting"] >= one.units:
        return f"{ready.before['awaiting']:,} units are awaited already"
    origin = Origin(
        key=f"reorder:{one.sku}:{span}",
        requester=_BY,
        reason=_why(one, ops),
        rule=f"attention.reorder_below_days = {wishes.reorder_below_days:g}",
        figures=(_figure(one),),
    )
    async with ops.db.begin() as db:
        put = await proposals.propose(ops, db, ready, origin)
    return put.action_id if put.new else f"{put.action_id} was put forward before"


def _why(one: Thin, ops: Ops) -> str:
    days = numbers.write(one.cover, "days")
    target = numbers.write(Decimal(str(ops.policy.score.cover_days_target)), "days")
    name = f" ({one.name})" if one.name else ""
    return (
        f"{one.sku}{name} has {numbers.write(one.on_hand, 'count')} units, which last {days} at "
        f"{numbers.write(one.pace, 'count')} a day. {one.units:,} units bring it to {target} of cover on arrival."
    )


def _figure(one: Thin) -> dict[str, Any]:
    row = one.as_of
    told = {"metric": row.key, "dimension": row.dimension, "day": row.day.isoformat(), "value": str(row.value)}
    return {**told, "as_of": row.as_of.isoformat(), "source_rows": row.source_rows}


@slotted("jobs.attention")
async def look(slot: Slot) -> Done:
    """One look, when the sources have been read."""
    ready = await step("prepare", pulse.prepared, slot.day.isoformat())
    if ready["over"]:
        return Done("its day is over", state="skipped")
    found = await step("look", looked)
    put = await step("put forward", put_forward) if found["thin"] else {}
    await step("tell", batch.flush)
    return Done(detail={**found, "put_forward": put})


JOB = Job(
    name="attention",
    purpose="Figures far beyond their target become questions, key articles that run out become proposed orders.",
    flow=look,
    queue="orchestrator",
    at=(time(7, 15), time(13, 15), time(18, 15)),
    at_first=True,
    limit=timedelta(minutes=30),
)
