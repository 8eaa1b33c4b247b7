"""A job: a name, a timetable and a flow; its slot is opened before the work and ended after it, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from domain.kernel.errors import OpsError, RefusedError
from domain.kernel.plan import Missed, Need, Overlap, Plan, Timing
from domain.kernel.policy import JobPolicy, Policy, Weekday
from domain.watch import ledger, slots
from domain.watch.slots import End
from jobs import flows, troubles
from jobs.flows import Workflow, step

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slot:
    """The slot a body works for: `day` is the company's date it belongs to."""

    job: str
    day: date
    slot: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """How a body ended: `ran` (what it did, in `detail`) or `skipped` (why, in `reason`); a failure is raised."""

    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    state: End = "ran"


Body = Callable[[Slot], Awaitable[Done]]


@dataclass(frozen=True)
class Job:
    """One entry of the timetable. Times are the company's; `limit` and `wait` bound how long a slot stays open.

    `quiet_after`, `may_be_empty` and `used_within` say when it has fallen silent; see Plan.
    """

    name: str
    purpose: str
    flow: Workflow
    queue: str
    at: tuple[time, ...] = ()
    every_minutes: int | None = None
    weekdays: tuple[Weekday, ...] = ()
    missed: Missed = "latest"
    overlap: Overlap = "skip"
    limit: timedelta = timedelta(minutes=20)
    wait: timedelta = timedelta(minutes=30)
    at_first: bool = False
    args: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    quiet_after: timedelta | None = None
    may_be_empty: int | None = None
    used_within: timedelta | None = None

    def plan(self, wish: JobPolicy) -> Plan | None:
        """The job with the company's wishes applied; None when it rests."""
        if not wish.enabled:
            return None
        if wish.at and wish.every_minutes:
            raise RefusedError(f"jobs.{self.name}: give either `at` or `every_minutes`, not both.")
        at, every = self.at, self.every_minutes
        if wish.at:
            at, every = wish.at, None
        elif wish.every_minutes:
            at, every = (), wish.every_minutes
        missed = wish.missed or self.missed
        return Plan(
            job=self.name,
            timing=Timing(at, timedelta(minutes=every) if every else None, self.weekdays),
            flow=self.flow.name,
            queue=self.queue,
            args=self.args,
            missed=missed,
            overlap="queue" if missed == "all" else self.overlap,  # made-up slots follow one another
            limit=self.limit,
            wait=self.wait,
            at_first=self.at_first,
            needs=self.needs,
            purpose=self.purpose,
            quiet_after=self.quiet_after,
            may_be_empty=self.may_be_empty,
            used_within=self.used_within,
        )


def plans(timetable: tuple[Job, ...], policy: Policy) -> tuple[Plan, ...]:
    """The timetable as the clock sees it; RefusedError names a job of ops.toml that nobody knows."""
    known = {job.name for job in timetable}
    if unknown := sorted(set(policy.jobs) - known):
        raise RefusedError(f"ops.toml: nobody knows the job {unknown[0]!r}; there are: {', '.join(sorted(known))}.")
    found = (job.plan(policy.job(job.name)) for job in timetable)
    return tuple(plan for plan in found if plan)


def slotted(name: str) -> Callable[[Body], Workflow]:
    """Make a body the flow `name` of a job: opened, worked, ended as ran, skipped or escalated."""

    def made(body: Body) -> Workflow:
        async def run(args: dict[str, Any]) -> str:
            patience = 1.0
            while (word := await step("open", slots.opened, args)) == "wait":
                await flows.pause(patience)
                patience = min(patience * 2, 30.0)
            if word == "over":
                return "over"
            done = await _tried(body, args)
            await step("end", troubles.ended, args, done.state, done.reason, dict(done.detail))
            return done.state

        return Workflow(name, run)

    return made


async def _tried(body: Body, args: dict[str, Any]) -> Done:
    """Work until it succeeds, or until its kind of failure or the slot's limit forbids one more try."""
    attempt = 1
    while True:
        with flows.limited(float(args["limit"])):
            done = await _worked(body, args)
        if done.state != "escalated" or (attempt == 1 and not await flows.changed("judged")):
            return done
        wait = await step("judge", troubles.judged, args, attempt, done.reason, dict(done.detail))
        if wait is None:
            return done
        await flows.pause(wait)
        attempt += 1


async def _worked(body: Body, args: Mapping[str, Any]) -> Done:
    slot = Slot(str(args["job"]), date.fromisoformat(str(args["day"])), str(args["slot"]), dict(args["args"]))
    try:
        return await body(slot)
    except OpsError as error:
        return Done(error.detail, {"source": error.source, "kind": error.kind}, "escalated")
    except Exception as error:
        if ledger.passing(error):
            raise
        # A defect of ours must not leave the slot open: a person gets its name, the log gets the rest.
        _log.exception("the job %s failed in a way nobody foresaw", slot.job)
        return Done(f"unforeseen: {type(error).__name__}", {}, "escalated")
