"""After a night of downtime: what was missed is made up or skipped by each job's own rule, and told in one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel import plan as plans
from domain.kernel.plan import Plan
from domain.kernel.ports import Ops
from domain.watch import slots, timing
from domain.watch.timing import Due
from models import slot
from models.base import Db
from models.slot import Key

_YOUNG = timedelta(seconds=90)
"""A slot this fresh was not missed: the clock is about to bring it, or just did."""


@dataclass(frozen=True)
class Missed:
    """What a sweep found: slots begun late, slots skipped, and since which sweep."""

    begun: tuple[str, ...] = ()
    skipped: int = 0
    since: datetime | None = None
    until: datetime | None = None

    @property
    def away_for(self) -> timedelta:
        """How long nobody looked."""
        return self.until - self.since if self.since and self.until else timedelta()


async def sweep(ops: Ops, plans: Sequence[Plan], *, why: str = "downtime") -> Missed:
    """Claim or skip every slot between the last sweep and now that has no row; one sweep at a time."""
    now = ops.clock.now()
    begun: list[str] = []
    skipped = 0
    async with ops.db.begin() as db:
        if not await slot.lone_sweep(db):
            return Missed()
        since = await slot.last_sweep(db, [plan.job for plan in plans])
        for plan in plans:
            late, missed = await _missed(ops, db, plan, since or now, now)
            for due in late:
                taken = await slots.claim(ops, db, plan, due)
                begun += [f"{plan.job} {due.slot}"] if taken == "begun" else []
                skipped += taken == "skipped"
            skipped += await slot.skip(db, [(Key(plan.job, due.day, due.slot), due.instant) for due in missed], why)
            await slot.sweep_to(db, plan.job, now)
    return Missed(tuple(begun), skipped, since, now)


async def _missed(ops: Ops, db: Db, plan: Plan, since: datetime, now: datetime) -> tuple[list[Due], list[Due]]:
    """The slots to begin late and the slots to skip; while a job rested by the policy, nothing of it was due."""
    zone = ops.policy.company.tz
    if await slot.met(db, plan.job, now):  # a job this house has never seen has missed nothing
        return [Due(now, now.astimezone(zone).date(), "first")] if plan.at_first else [], []
    oldest = now - timedelta(days=ops.policy.retention.slots)
    due = list(timing.between(plan.timing, zone, max(since, oldest), now))
    return split(due, now, plan.missed)


def split(due: Sequence[Due], now: datetime, rule: plans.Missed) -> tuple[list[Due], list[Due]]:
    """Which missed slots a rule begins late, and which it skips; a slot still fresh is always begun."""
    fresh = [one for one in due if one.instant > now - _YOUNG]
    stale = [one for one in due if one.instant <= now - _YOUNG]
    if rule == "all":
        return stale + fresh, []
    if rule == "latest" and stale and not fresh:
        return stale[-1:], stale[:-1]
    return fresh, stale
