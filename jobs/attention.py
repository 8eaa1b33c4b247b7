"""After the readings: figures far from target are asked about; thin stock and cold leads are put forward."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from domain.escalations import batch, escalation
from domain.escalations.failures import Failure
from domain.kernel import numbers
from domain.kernel.errors import InputError, OpsError
from domain.kernel.ports import Ops
from domain.trust import proposals
from domain.trust.proposals import Origin
from domain.watch import attention, needs
from domain.watch.attention import Cold, Miss, Thin
from jobs import pulse
from jobs.collect import READ
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted

RESTOCK = "shipbob.create_receiving_order"
FOLLOW_UP = "hubspot.create_follow_up_task"
_ANSWER_DAYS = 3
_STOCK, _DEALS = "shopify.inventory", "hubspot.deals"
T = TypeVar("T")
_BY = "job:attention"


async def looked(ops: Ops) -> dict[str, Any]:
    """Ask about every figure beyond its target, and say of the others that they are well; what stock is thin."""
    found = await attention.look(ops)
    async with ops.db.begin() as db:
        await escalation.raise_(ops, db, [_asked(ops, one) for one in found.misses], by=_BY)
        well = [f"target:{key}" for key in found.met]
        await escalation.well(db, well, "the figure is within bounds again", by=_BY)
    gone = {"thin": [one.sku for one in found.thin], "cold": [one.id for one in found.cold]}
    return {"missed": [one.metric.key for one in found.misses], **gone}


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
    """Put forward a receiving order for the thinnest articles, a task for the largest cold leads; what became of each.

    Once in each span of `again_after_days`. A vendor that fails keeps nothing of another's back, and is raised last.
    """
    found, most = await attention.look(ops), ops.policy.attention.at_once
    lacks = await needs.without(ops, "attention")
    thin, cold = _known(found.thin[:most], _STOCK, lacks), _known(found.cold, _DEALS, lacks)
    wanted = [*(_restock(ops, one) for one in thin), *(_follow_up(ops, one) for one in cold)]
    put = {one: f"nothing is put forward: {why}" for one, why in lacks.items() if one in (_STOCK, _DEALS)}
    failed: list[OpsError] = []
    for one in wanted:
        try:
            put[one.name] = await _put(ops, one)
        except OpsError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return put


@dataclass(frozen=True)
class _Wish:
    """An action to put forward: of which kind, for what, why, by which rule, resting on which rows."""

    kind: str
    name: str
    args: dict[str, Any]
    reason: str
    rule: str
    figure: dict[str, Any]


def _known(found: Sequence[T], source: str, lacks: Collection[str]) -> Sequence[T]:
    """What was found by readings of a source; nothing when these are missing or stale."""
    return () if source in lacks else found


async def _put(ops: Ops, one: _Wish) -> str:
    """What the warehouse awaits already is not announced twice."""
    span = ops.today().toordinal() // ops.policy.attention.again_after_days
    try:
        ready = await proposals.prepare(ops, one.kind, one.args)
    except InputError as error:
        return error.detail
    if (awaited := ready.before.get("awaiting", 0)) >= one.args.get("quantity", 1):
        return f"{awaited:,} units are awaited already"
    origin = Origin(
        key=f"{one.kind}:{one.name}:{span}", requester=_BY, reason=one.reason, rule=one.rule, figures=(one.figure,)
    )
    async with ops.db.begin() as db:
        put = await proposals.propose(ops, db, ready, origin)
    return put.action_id if put.new else f"{put.action_id} was put forward before"


def _restock(ops: Ops, one: Thin) -> _Wish:
    arrives = attention.arrives(ops.policy, ops.today()).isoformat()
    args = {"sku": one.sku, "quantity": one.units, "arrives": arrives}
    rule = f"attention.reorder_below_days = {ops.policy.attention.reorder_below_days:g}"
    return _Wish(RESTOCK, one.sku, args, _why(one, ops), rule, _figure(one))


def _follow_up(ops: Ops, one: Cold) -> _Wish:
    idle = (ops.clock.now() - one.touched_at).days
    worth = numbers.money(one.amount, one.currency)
    due = (ops.today() + timedelta(days=_ANSWER_DAYS)).isoformat()
    args = {"deal": one.id.rpartition(":")[2], "subject": f"Get back to {one.name}"[:200], "due": due}
    reason = f"{one.name} is worth {worth} and nobody has touched it for {idle} days."
    rule = f"attention.cold_worth = {ops.policy.attention.cold_worth:f}"
    row = {"deal": one.id, "amount": str(one.amount), "touched_at": one.touched_at.isoformat()}
    return _Wish(FOLLOW_UP, one.id, args, reason, rule, row)


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
    put = await step("put forward", put_forward) if found["thin"] or found["cold"] else {}
    await step("tell", batch.flush)
    return Done(detail={**found, "put_forward": put})


JOB = Job(
    name="attention",
    purpose="Figures far from target become questions; thin stock and cold leads become proposed actions.",
    flow=look,
    queue="orchestrator",
    at=(time(7, 15), time(13, 15), time(18, 15)),
    at_first=True,
    limit=timedelta(minutes=30),
    needs=READ,
)
