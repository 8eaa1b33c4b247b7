"""How a job did slot by slot: failures in a row are counted where a slot ends; too many of them pause the job."""

from __future__ import annotations

from datetime import timedelta

from domain.kernel import plan as plans
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.watch import timing
from models import job_state
from models.base import Db
from models.job_state import HOUSE, State

attempted = job_state.known
"""A slot has failed at a try: from now on people are told of this job by its slots, not by its tries."""
untold = job_state.untold
all_of = job_state.all_of


async def counted(ops: Ops, db: Db, job: str, state: str) -> None:
    """Count how a slot ended, in the transaction that ends it; a skipped one says nothing about the job."""
    if state == "ran":
        await _ran(db, job)
    elif state == "escalated":
        await _failed(ops, db, job)


async def _ran(db: Db, job: str) -> None:
    note = Note("job.resumed", f"job:{job}", HOUSE, "it was tried again and ran")
    if not await job_state.resume(db, job, note, by=HOUSE):
        await job_state.ran(db, job)


async def _failed(ops: Ops, db: Db, job: str) -> None:
    rules = ops.policy.honesty
    cooldown = timedelta(minutes=rules.cooldown_minutes)
    number = await job_state.failed(db, job, enough=_enough(ops, job), cooldown=cooldown)
    if number >= rules.pause_after:
        why = f"paused by itself after {number} failures"
        await job_state.pause(db, job, HOUSE, why, Note("job.paused", f"job:{job}", HOUSE, why))


def _enough(ops: Ops, job: str) -> int:
    """After how many failures people are told: a job that comes rarely has no second one in good time."""
    rules, plan, now = ops.policy.honesty, plans.named(ops.plans, job), ops.clock.now()
    if plan is None:
        return rules.alert_after
    following = timing.next_after(plan.timing, ops.policy.company.tz, now).instant
    return rules.alert_after if following - now <= timedelta(minutes=rules.cooldown_minutes) else 1


async def resting(ops: Ops, db: Db, job: str) -> str:
    """Why no slot of a job begins now; empty when it does, also to try whether one that paused itself runs again."""
    state = await job_state.read(db, job)
    if state.paused_at is None:
        return ""
    if await job_state.may_try(db, job, timedelta(minutes=ops.policy.honesty.try_again_minutes)):
        return ""
    return state.paused_why


async def paused_by_itself(db: Db) -> list[str]:
    """The jobs that paused themselves and have not gone on."""
    return [one.job for one in (await job_state.all_of(db)).values() if one.paused_by == HOUSE]


async def pause(ops: Ops, job: str, by: str, why: str, *, cause: str = "") -> bool:
    """Let a job rest until somebody resumes it; False when it rests already. `by` is who, `why` is shown."""
    async with ops.db.begin() as db:
        return await job_state.pause(db, job, by, why, Note("job.paused", f"job:{job}", by, why, cause))


async def resume(ops: Ops, job: str, by: str, *, cause: str = "") -> bool:
    """Let a job work again, with nothing held against it; False when it does not rest."""
    async with ops.db.begin() as db:
        return await job_state.resume(db, job, Note("job.resumed", f"job:{job}", by, "resumed by hand", cause))


async def standing(ops: Ops) -> dict[str, State]:
    """Every job something is known of, by name."""
    async with ops.db.begin() as db:
        return await all_of(db)
