"""A worker: it beats, runs the flows of its queues, takes over what dead workers left, and ends in good order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from domain.kernel.ports import Ops
from domain.watch import executors, ledger
from jobs import flows
from jobs.flows import Queue, Workflow

REAP_SECONDS = 5.0
_GRACE = timedelta(seconds=20)  # a supervisor waits 25 seconds before it kills
_FRESH = timedelta(seconds=15)  # a flow just claimed may not have entered its coroutine yet
_log = logging.getLogger(__name__)


async def work(
    ops: Ops,
    *,
    role: str,
    queues: Sequence[Queue],
    workflows: Sequence[Workflow],
    stop: asyncio.Event,
    config: Mapping[str, Any] | None = None,
) -> None:
    """Run the flows of `queues` until `stop` is set, then finish what runs within twenty seconds."""
    foreign: dict[str, int] = {}
    async with executors.alive(ops, role, lambda: {"running": len(flows.running()), "foreign": foreign}):
        foreign.update(await executors.foreign(ops, flows.VERSION))
        for version, number in foreign.items():
            _log.error("%d unfinished flows belong to version %r of this program; drain or move them", number, version)
        await flows.launch(ops, queues=queues, workflows=workflows, config=config)
        attending = asyncio.create_task(_attend(ops))
        await asyncio.wait({asyncio.ensure_future(stop.wait()), attending}, return_when=asyncio.FIRST_COMPLETED)
        attending.cancel()
        await flows.land(_GRACE)
        if attending.done() and not attending.cancelled():
            attending.result()


async def _attend(ops: Ops) -> None:
    """Look after flows that nobody runs, for as long as this worker lives."""
    while True:
        await asyncio.sleep(REAP_SECONDS)
        try:
            await attend_once(ops)
        except Exception as error:
            if not ledger.passing(error):
                raise
            _log.warning("cannot look after flows: the database does not answer")


async def attend_once(ops: Ops, *, silent: timedelta = executors.SILENT, fresh: timedelta = _FRESH) -> executors.Reaped:
    """One round: flows of dead executors, and flows of this one that it does not run."""
    reaped = await executors.reap(ops, flows.resume, flows.cancel, silent=silent)
    for one in await executors.orphans(ops, flows.running(), since=fresh):
        _log.warning("flow %s is open here and nobody runs it; begun again from its last step", one.id)
        await flows.resume(one.id, one.queue)
    for flow_id in reaped.resumed:
        _log.warning("flow %s was left by a dead process; taken over", flow_id)
    for flow_id in reaped.given_up:
        _log.error("flow %s is given up: it ended its process too often", flow_id)
    return reaped
