"""A job as the clock sees it: when it is due, how long it may take, and what must be there for it to make sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Literal

from domain.kernel.policy import Weekday

_DAY = timedelta(days=1)
JOB = "job:"
"""What the name of a need begins with when it is another job and not a stream."""
Missed = Literal["all", "latest", "skip"]
Overlap = Literal["skip", "queue"]
WhenMissing = Literal["wait", "degraded", "skip"]


@dataclass(frozen=True)
class Timing:
    """Either `at` (wall-clock times) or `every` (counted from local midnight), on all days or on named weekdays."""

    at: tuple[time, ...] = ()
    every: timedelta | None = None
    weekdays: tuple[Weekday, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a timing that says nothing, or two things."""
        if bool(self.at) == bool(self.every):
            raise ValueError("a timing has either times of the day or an interval")
        if self.every is not None and not timedelta(seconds=1) <= self.every <= _DAY:
            raise ValueError("an interval lies between a second and a day")


@dataclass(frozen=True)
class Need:
    """What a job rests on: a stream such as `shopify.orders`, or another job such as `job:nightly`.

    While that is missing or stale the slot may `wait`, run `degraded` and say so, or be `skip`ped with the reason.
    """

    on: str
    when_missing: WhenMissing = "degraded"

    @property
    def job(self) -> str:
        """The job this is about; empty when it is a stream."""
        return self.on.removeprefix(JOB) if self.on.startswith(JOB) else ""


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
    """How long a claimed slot may wait for a process to take it, and for what the job needs."""
    at_first: bool = False
    """Whether a house that meets this job for the first time runs its last slot at once."""
    needs: tuple[Need, ...] = ()
    purpose: str = ""
    quiet_after: timedelta | None = None
    """Without a slot for so long it is silent; None: by its timetable."""
    may_be_empty: int | None = None
    """So many runs in a row may bring nothing; None: as many as there are in three days."""
    used_within: timedelta | None = None
    """Within so long somebody makes use of the house, else what this posts reaches nobody; None: not held to it."""


def named(plans: Sequence[Plan], job: str) -> Plan | None:
    """The plan of a job; None when it rests, or nobody knows it."""
    return next((one for one in plans if one.job == job), None)
