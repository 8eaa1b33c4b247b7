"""Beside a worker: alarms Slack does not take in time are sent over the second road, and a shut Slack is told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.kernel.ports import Ops
from domain.watch import alarm, ledger
from domain.watch.alarm import Roads

EVERY_S = 15.0
_log = logging.getLogger(__name__)


def attending(roads: Roads, *, every: float = EVERY_S) -> Callable[[Ops], Awaitable[None]]:
    """What a worker does beside its queues, over any time the database is away."""

    async def attend(ops: Ops) -> None:
        while True:
            try:
                await alarm.sweep(ops, roads)
            except Exception as error:  # noqa: BLE001 - whatever is wrong now, the next alarm must be looked at
                if ledger.passing(error):
                    _log.warning("cannot look for alarms: the database does not answer")
                else:
                    _log.exception("alarms could not be looked after")
            await asyncio.sleep(every)

    return attend
