"""The APScheduler door: it brings each job's moment, and hands over which moment; the slot row does the rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from domain.escalations import failures
from domain.kernel.plan import Plan
from domain.kernel.ports import Ops
from domain.watch import catchup, ledger, machine, notices, slots, timing
from domain.watch.jumps import Jumps
from jobs import troubles
from jobs.escalate import Crier

LOOK_SECONDS = 5.0
SETTLE_SECONDS = 600.0
SWEEP_EVERY = timedelta(minutes=3)
_log = logging.getLogger(__name__)


class Handing(AsyncIOExecutor):  # type: ignore[misc]
    """Runs a job's coroutine once per fire time and hands it over, which the library keeps to itself."""

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        async def run() -> list[Any]:
            for fired_at in run_times:
                await job.func(*job.args, fired_at=fired_at.astimezone(UTC))
            return []

        def done(task: asyncio.Task[list[Any]]) -> None:
            self._pending_futures.discard(task)
            if task.cancelled():
                return
            if error := task.exception():
                self._run_job_error(job.id, error, error.__traceback__)
            else:
                self._run_job_success(job.id, task.result())

        task = self._eventloop.create_task(run())
        self._pending_futures.add(task)
        task.add_done_callback(done)


class Trigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the moments of a job's timing: the same arithmetic the sweep uses, so they cannot disagree."""

    def __init__(self, plan: Plan, zone: ZoneInfo) -> None:
        """`zone` is the company's."""
        self._plan = plan
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first moment after the last one fired, or after now."""
        return timing.next_after(self._plan.timing, self._zone, previous_fire_time or now).instant


class Clockwork:
    """The triggers of one process; any number of processes may run one."""

    def __init__(self, ops: Ops, plans: Sequence[Plan], *, monotonic: Callable[[], float]) -> None:
        """`monotonic` counts seconds and never jumps."""
        self._ops = ops
        self._plans = plans
        self._jumps = Jumps(ops.clock.now(), monotonic())
        self._crier = Crier(ops)
        self._monotonic = monotonic
        self._triggers: AsyncIOScheduler | None = None
        self._swept_at: datetime | None = None
        self._jumped_at: float | None = None
        self.last_jump: timedelta | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Bring every moment until `stop` is set; catch up at start and every few minutes."""
        self._begin()
        try:
            while not stop.is_set():
                await self.look()
                try:
                    await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
                except TimeoutError:
                    continue
        finally:
            self.end()

    async def look(self) -> None:
        """Restart the triggers when the clock jumped; sweep when it is time."""
        now = self._ops.clock.now()
        jump = self._jumps.seen(now, self._monotonic())
        if jump:
            _log.warning("the clock jumped by %s; the triggers start afresh", jump)
            self.last_jump, self._jumped_at = jump, self._monotonic()
            self.end()
            self._begin()
            await self._name(jump)
        if jump or self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            await self._sweep(now, "the clock jumped" if jump else "downtime")
        await self._crier.look(now)

    async def _sweep(self, now: datetime, why: str) -> None:
        try:
            if not self._settling():
                for row in await slots.end_overdue(self._ops, self._tell):
                    _log.warning("slot %s escalated: %s", row.key, slots.why_overdue(row))
            missed = await catchup.sweep(self._ops, self._plans, why=why)
            await notices.caught_up(self._ops, missed)
        except Exception as error:
            if not ledger.passing(error):
                raise
            _log.warning("cannot look for missed slots: the database does not answer")
            return
        self._swept_at = now
        if missed.begun or missed.skipped:
            _log.info("caught up: begun %s, skipped %d", ", ".join(missed.begun) or "nothing", missed.skipped)

    def _settling(self) -> bool:
        """Whether a jump is so fresh that what was at work then seems to have run out of time."""
        return self._jumped_at is not None and self._monotonic() - self._jumped_at < SETTLE_SECONDS

    async def _name(self, jump: timedelta) -> None:
        """At once: after a clock was set back no slot comes for as long, that of the self-check neither."""
        told = troubles.checked({"clock.steady": f"The clock of the scheduler {machine.jumped_by(jump)}."})
        try:
            async with self._ops.db.begin() as db:
                await failures.raised(self._ops, db, told, by="job:clock")
        except Exception as error:
            if not ledger.passing(error):
                raise

    async def _tell(self, db: Any, rows: list[Any]) -> None:
        await failures.raised(self._ops, db, troubles.overdue(rows), by="job:clock")

    async def _fired(self, plan: Plan, *, fired_at: datetime | None = None) -> None:
        if fired_at is None:
            return
        try:
            await slots.tick(self._ops, plan, fired_at)
        except Exception as error:
            if not ledger.passing(error):
                raise
            # No row was written, so the next sweep brings this slot.
            _log.warning("%s at %s waits for the next sweep: the database does not answer", plan.job, fired_at)

    def _begin(self) -> None:
        triggers = AsyncIOScheduler(
            timezone=UTC, jobstores={"default": MemoryJobStore()}, executors={"default": Handing()}
        )
        for plan in self._plans:
            triggers.add_job(
                self._fired,
                Trigger(plan, self._ops.policy.company.tz),
                args=[plan],
                id=plan.job,
                misfire_grace_time=None,
                coalesce=False,
                max_instances=100,
            )
        triggers.start()
        self._triggers = triggers

    def end(self) -> None:
        """Take the triggers away."""
        if self._triggers is not None:
            self._triggers.shutdown(wait=False)
            self._triggers = None
