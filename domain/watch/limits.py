"""How long a job may be quiet before that is a silence: as it declares, else by its own timetable."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.kernel.plan import Plan
from domain.watch import timing

_AHEAD = timedelta(days=15)
_GRACE = timedelta(hours=2)
_EMPTY_FOR = timedelta(days=3)
"""A weekend without an order is no silence."""
_EMPTY_RUNS = 4


def quiet_after(plan: Plan, zone: ZoneInfo, now: datetime) -> timedelta:
    """Its longest pause and a seventh of it, at least two hours more."""
    if plan.quiet_after is not None:
        return plan.quiet_after
    pause = _pause(plan, zone, now)
    return pause + max(_GRACE, pause / 7)


def empty_runs(plan: Plan, zone: ZoneInfo, now: datetime) -> int:
    """As many as there are in three days, at least four."""
    if plan.may_be_empty is not None:
        return plan.may_be_empty
    every = plan.timing.every
    runs = _EMPTY_FOR // every if every else sum(1 for _ in timing.between(plan.timing, zone, now, now + _EMPTY_FOR))
    return max(_EMPTY_RUNS, runs)


def _pause(plan: Plan, zone: ZoneInfo, now: datetime) -> timedelta:
    """The longest time between two slots."""
    if plan.timing.every and not plan.timing.weekdays:
        return plan.timing.every
    due = [one.instant for one in timing.between(plan.timing, zone, now, now + _AHEAD)]
    return max((later - earlier for earlier, later in itertools.pairwise(due)), default=_AHEAD)
