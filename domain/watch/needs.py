"""What a job needs and lacks now: streams that are missing or stale, jobs that did not do their part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel import freshness
from domain.kernel import plan as plans
from domain.kernel.freshness import Source
from domain.kernel.plan import Need, Plan
from domain.kernel.ports import Ops
from domain.watch import sources, timing
from models import job_state, slot
from models.base import Db

_LOOK_BACK = (timedelta(days=1), timedelta(days=8))


@dataclass(frozen=True)
class Lack:
    """Something a job needs and does not have, and why; `patient`: it may still come."""

    need: Need
    why: str
    patient: bool = True


async def lacking(ops: Ops, db: Db, plan: Plan) -> list[Lack]:
    """What of a job's needs is missing or stale now, in the order in which it declares them."""
    if not plan.needs:
        return []
    read = {one.key: one for one in await freshness.seen(ops, db)}
    found = [await _lack(ops, db, need, read.get(need.on)) for need in plan.needs]
    return [one for one in found if one]


async def without(ops: Ops, job: str) -> dict[str, str]:
    """What a job that runs all the same lacks now, and why, by the name of the need."""
    plan = plans.named(ops.plans, job)
    if plan is None:
        return {}
    async with ops.db.begin() as db:
        return {one.need.on: one.why for one in await lacking(ops, db, plan)}


async def of_stream(ops: Ops, db: Db, stream: str) -> str:
    """Why a stream is of no use now; empty when it is fresh."""
    found = {one.key: one for one in await freshness.seen(ops, db)}
    lack = await _lack(ops, db, Need(stream), found.get(stream))
    return lack.why if lack else ""


async def _lack(ops: Ops, db: Db, need: Need, source: Source | None) -> Lack | None:
    if need.job:
        why = await _of_job(ops, db, need.job)
        return Lack(need, why) if why else None
    if source is None:
        return Lack(need, _unread(ops, need.on), patient=False)
    why = _of_stream(source, ops.clock.now())
    return Lack(need, why) if why else None


def _unread(ops: Ops, stream: str) -> str:
    connector, _ = sources.find(ops, stream)
    return sources.resting(ops, connector) or f"{connector.name} is not asked"


def _of_stream(source: Source, at: datetime) -> str:
    """Only its age counts: what a vendor answered badly just now is still known from the time before."""
    if source.as_of is None:
        return f"{source.name} were not read yet"
    if source.hours(at) <= source.stale_after_hours:
        return ""
    number, unit = source.age(at)
    return f"the last good value is {number:.0f} {unit} old"


async def _of_job(ops: Ops, db: Db, job: str) -> str:
    """A job that rests by the company's wish keeps nobody waiting."""
    plan = plans.named(ops.plans, job)
    if plan is None:
        return ""
    state = await job_state.read(db, job)
    if state.paused_at:
        return f"the job {job} is {state.paused_why}"
    last = next(iter(await slot.last_ended(db, job, 1)), None)
    if last is None:
        return f"the job {job} has not run yet"
    if last.state != "ran":
        return f"the job {job} failed when it ran last"
    if last.planned_at < _latest_due(ops, plan):
        return f"the job {job} has not run since {last.planned_at.astimezone(ops.policy.company.tz):%d %B %H:%M}"
    return ""


def _latest_due(ops: Ops, plan: Plan) -> datetime:
    """The last moment for which the job has had its time to run by now."""
    until = ops.clock.now() - plan.limit
    for back in _LOOK_BACK:
        if due := list(timing.between(plan.timing, ops.policy.company.tz, until - back, until)):
            return due[-1].instant
    return until - _LOOK_BACK[-1]
