"""The processes of the house beat; what a dead one left unfinished is handed to a living one, a few times only."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psutil

from domain.kernel.errors import TransientError
from domain.kernel.ports import Ops
from domain.watch import ledger, slots
from domain.watch.jumps import Jumps
from domain.watch.vitals import Vitals
from models import executor, flow

BEAT_SECONDS = 5.0
SILENT = timedelta(seconds=20)
"""Who has not beaten for this long is taken for dead."""
MOST_TAKEOVERS = 5
STILL = timedelta(minutes=5)
_CHOKED = 2
"""Beats in a row without a free file descriptor after which a process ends, for one that has some."""
Detail = Callable[[], Mapping[str, Any]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reaped:
    """What one round found: flows taken over, given up, and ended because a later slot does their work."""

    resumed: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()
    overtaken: tuple[str, ...] = ()


class Heart:
    """The beat of this process, and since when it has been regular."""

    def __init__(self, ops: Ops, role: str, detail: Detail, every: float) -> None:
        """Nothing beats yet."""
        self._ops = ops
        self._role = role
        self._detail = detail
        self._every = every
        self._last: float | None = None
        self._steady_since = 0.0
        self._began = asyncio.get_running_loop().time()
        self._jumps = Jumps(ops.clock.now(), self._began)
        self._jump: tuple[timedelta, float] | None = None
        self.vitals = Vitals()

    async def beat(self) -> None:
        """Beat once, and tell how this process and its clock are."""
        await beat(self._ops, self._role, {**self._detail(), **self.vitals.read(), "clock": self._clock()})
        now = asyncio.get_running_loop().time()
        if self._last is None or now - self._last > 3 * self._every + 1:
            self._steady_since = now
        self._last = now

    def _clock(self) -> dict[str, float | None]:
        """`jump_s`: how far the clock of this machine last jumped, None when it did not; `steady_s`: since when not."""
        self._look_at_clock()
        jump, at = self._jump or (None, self._began)
        steady = asyncio.get_running_loop().time() - at
        return {"jump_s": jump.total_seconds() if jump else None, "steady_s": round(steady, 1)}

    def _look_at_clock(self) -> None:
        """After a jump everybody seems to have been silent for as long."""
        now = asyncio.get_running_loop().time()
        if jump := self._jumps.seen(self._ops.clock.now(), now):
            self._jump, self._steady_since = (jump, now), now

    async def beat_on(self) -> None:
        """Beat until cancelled, over any time the database is away; TransientError when no file can be opened."""
        quiet = False
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.beat()
                quiet = False
            except Exception as error:
                if not ledger.passing(error):
                    raise
                if not quiet:
                    _log.warning("%s cannot beat: the database does not answer", self._role)
                quiet = True
            if self.vitals.choked >= _CHOKED:
                raise TransientError(f"{self._role} can open no further file, and ends to be started again.")

    def steady_for(self) -> timedelta:
        """How long this beat has been regular. After an outage everybody else was silent too, not dead."""
        self._look_at_clock()
        return timedelta(seconds=asyncio.get_running_loop().time() - self._steady_since)


@asynccontextmanager
async def alive(ops: Ops, role: str, detail: Detail = dict, *, every: float = BEAT_SECONDS) -> AsyncIterator[Heart]:
    """Beat as `role` for as long as this is open; the row is there before the body begins, and dead after it ended.

    A beat that ends for a reason that does not pass ends the body too: others would take over what still runs here.
    """
    heart = Heart(ops, role, detail, every)
    await heart.beat()
    heart.vitals.begin()
    body = asyncio.current_task()
    beating = asyncio.create_task(heart.beat_on())

    def ended(_: asyncio.Task[None]) -> None:
        if body is not None:
            body.cancel()

    beating.add_done_callback(ended)
    try:
        yield heart
    except asyncio.CancelledError:
        if body is None or not beating.done():  # somebody else ended the body
            raise
        body.uncancel()
    finally:
        beating.remove_done_callback(ended)
        beating.cancel()
        heart.vitals.end()
        (why,) = await asyncio.gather(beating, return_exceptions=True)
        await die(ops)
    if isinstance(why, Exception):
        raise why


async def beat(ops: Ops, role: str, detail: Mapping[str, Any]) -> None:
    """Say that this process lives."""
    async with ops.db.begin() as db:
        await executor.beat(db, ops.boot_id, role, (place(), os.getpid()), dict(detail))


def place() -> str:
    """Where process ids mean the same processes: this machine, or this container of it."""
    try:
        return f"{platform.node()}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return platform.node()


def gone(pid: int) -> bool:
    """Whether no process runs under this id any more."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


async def die(ops: Ops) -> None:
    """Say that this process has ended; a database that is away learns it from the silence."""
    try:
        async with ops.db.begin() as db:
            await executor.die(db, ops.boot_id)
    except Exception as error:
        if not ledger.passing(error):
            raise


async def reap(
    ops: Ops,
    resume: Callable[[str, str], Awaitable[None]],
    cancel: Callable[[str], Awaitable[None]],
    *,
    silent: timedelta | None = SILENT,
) -> Reaped:
    """Take over what dead processes left, one reaper at a time; a flow that has ended too many is given up.

    After a long time away a flow's slot may have ended and a later one have begun: then the flow ends where it stands.
    Dead is who said so, who is gone from this machine, and who has been `silent` for so long (None: nobody).
    """
    resumed: list[str] = []
    given_up: list[str] = []
    overtaken: list[str] = []
    async with ops.db.begin() as db:
        if not await flow.lone_reaper(db):
            return Reaped()
        for boot_id, pid in await executor.living_at(db, place()):
            if gone(pid):
                await executor.die(db, boot_id)
        for one in await flow.abandoned(db, silent):
            if await slots.overtaken(db, one.id):
                await cancel(one.id)
                overtaken.append(one.id)
            elif await flow.take_over(db, one.id, most=MOST_TAKEOVERS):
                await resume(one.id, one.queue)
                resumed.append(one.id)
            else:
                await cancel(one.id)
                given_up.append(one.id)
    for flow_id in given_up:
        await slots.end_of_flow(ops, flow_id, f"given up: its process ended {MOST_TAKEOVERS + 1} times while it ran")
    return Reaped(tuple(resumed), tuple(given_up), tuple(overtaken))


async def orphans(ops: Ops, running: Collection[str], *, since: timedelta) -> list[flow.Stray]:
    """Flows the engine believes this process runs, although it does not."""
    async with ops.db.begin() as db:
        return [one for one in await flow.held_by(db, ops.boot_id, since=since) if one.id not in running]


async def standing_still(ops: Ops) -> list[flow.Stray]:
    """Flows with a living process and no new step for minutes, outside a declared wait and the slot's own limit."""
    async with ops.db.begin() as db:
        return await flow.standing_still(db, STILL, waits_in=[ledger.WAITING])


async def processes(ops: Ops) -> list[executor.ExecutorRow]:
    """The last boot of every role."""
    async with ops.db.begin() as db:
        return await executor.latest(db)


async def foreign(ops: Ops, version: str) -> dict[str, int]:
    """Unfinished flows of another version of the program, by version: nobody here will run them."""
    async with ops.db.begin() as db:
        return await flow.foreign_versions(db, version)
