"""A worker: it beats, runs the flows of its queues, takes over what dead workers left, and ends in good order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psutil

from domain.kernel.ports import Ops
from domain.watch import executors, ledger
from jobs import flows, troubles
from jobs.flows import Queue, Workflow

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How often a worker looks around, in seconds, and how patient it is."""

    beat: float = executors.BEAT_SECONDS
    look: float = 10.0
    silent: timedelta = executors.SILENT
    fresh: timedelta = timedelta(seconds=15)
    """A flow claimed this lately may not have entered its coroutine yet."""
    grace: timedelta = timedelta(seconds=20)
    """How long running flows may take at the end; a supervisor waits 25 seconds before it kills."""
    grown: int = 40_000_000
    """Bytes gained since the start that an idle worker gives back by ending; its supervisor starts it again."""


@dataclass(frozen=True)
class Worker:
    """One process that runs flows: its role, the queues it listens to, every flow there is, and what it does beside."""

    role: str
    queues: Sequence[Queue]
    workflows: Sequence[Workflow]
    pace: Pace = Pace()
    engine: Mapping[str, Any] = field(default_factory=dict)
    beside: Sequence[Callable[[Ops], Awaitable[None]]] = ()


async def work(ops: Ops, worker: Worker, stop: asyncio.Event) -> None:
    """Run flows until `stop` is set, then finish what runs within the grace and say good-bye."""
    foreign: dict[str, int] = {}

    def detail() -> dict[str, Any]:
        return {"running": len(flows.running()), "foreign": foreign}

    async with executors.alive(ops, worker.role, detail, every=worker.pace.beat) as heart:
        foreign.update(await executors.foreign(ops, flows.VERSION))
        for version, number in foreign.items():
            _log.error("%d unfinished flows belong to version %r of this program; drain or move them", number, version)
        await flows.launch(ops, queues=worker.queues, workflows=worker.workflows, config=worker.engine)
        others = [asyncio.ensure_future(one(ops)) for one in worker.beside]
        attending = asyncio.create_task(_attend(ops, worker.pace, heart))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopping, attending, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopping, attending, *others):
                task.cancel()
            await flows.land(worker.pace.grace)
        for task in (attending, *others):
            with suppress(asyncio.CancelledError):
                await task


async def _attend(ops: Ops, pace: Pace, heart: executors.Heart) -> None:
    """Look after flows that nobody runs, until this worker has grown and nothing runs in it."""
    quiet, began_with = False, _memory()
    while True:
        await asyncio.sleep(pace.look)
        if not flows.running() and _memory() - began_with > pace.grown:
            # A long back-fill leaves arenas behind that the allocator never gives back by itself.
            _log.info("idle, and %d MB larger than at the start: begins afresh", (_memory() - began_with) // 1_000_000)
            return
        silent = pace.silent if heart.steady_for() >= pace.silent else None
        try:
            await attend_once(ops, pace, silent)
            quiet = False
        except Exception as error:
            if not ledger.passing(error):
                raise
            if not quiet:
                _log.warning("cannot look after flows: the database does not answer")
            quiet = True


async def attend_once(ops: Ops, pace: Pace, silent: timedelta | None) -> executors.Reaped:
    """One round: flows of dead executors, and flows of this one that it does not run."""
    reaped = await executors.reap(ops, flows.resume, flows.cancel, silent=silent)
    for one in await executors.orphans(ops, flows.running(), since=pace.fresh):
        _log.warning("flow %s is open here and nobody runs it; begun again from its last step", one.id)
        await flows.resume(one.id, one.queue)
    for flow_id in reaped.resumed:
        _log.warning("flow %s was left by a dead process; taken over", flow_id)
    for flow_id in reaped.given_up:
        _log.error("flow %s is given up: it ended its process too often", flow_id)
    for flow_id in reaped.overtaken:
        _log.warning("flow %s was left by a dead process; ended, because a later slot does its work", flow_id)
    for flow_id in reaped.given_up:
        await troubles.given_up(ops, flow_id)
    return reaped


def _memory() -> int:
    """Bytes this process holds."""
    return int(psutil.Process().memory_info().rss)
