"""Beside a worker: alarms Slack does not take in time leave by the second road, and a Slack that is shut is told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.escalations import escalation, failures
from domain.kernel import point
from domain.kernel.ports import Ops
from domain.watch import alarm, fleet, ledger
from domain.watch.alarm import Roads
from jobs import troubles

EVERY_S = 5.0
_BY = "job:alarm"
_log = logging.getLogger(__name__)


class Gate:
    """Whether Slack takes anything: told when it does not, at once or after a while, and when it does again."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._since: float | None = None
        self._told = False

    async def look(self, ops: Ops) -> None:
        """Raise the check of Slack when it is shut; whoever restarts meanwhile raises the same trouble again."""
        shut, now = await fleet.shut_now(ops), asyncio.get_running_loop().time()
        if not shut.known:
            return
        if not shut.why:
            if self._told:
                await self._well(ops)
            self._since, self._told = None, False
            return
        self._since = self._since or now
        if not self._told and (shut.surely or now - self._since >= ops.policy.alarm.second_road_after_seconds):
            async with ops.db.begin() as db:
                await failures.raised(ops, db, troubles.checked({"slack": shut.why}), by=_BY)
            self._told = True

    async def _well(self, ops: Ops) -> None:
        async with ops.db.begin() as db:
            await escalation.well(db, ["check:slack"], "Slack takes posts again", by=_BY)


def attending(roads: Roads, *, every: float = EVERY_S) -> Callable[[Ops], Awaitable[None]]:
    """What a worker does beside its queues, over any time the database is away."""

    async def attend(ops: Ops) -> None:
        gate = Gate()
        while True:
            try:
                await gate.look(ops)
                await alarm.sweep(ops, roads)
            except Exception as error:  # noqa: BLE001 - whatever is wrong now, the next alarm must be looked at
                if ledger.passing(error):
                    _log.warning("cannot look for alarms: the database does not answer")
                else:
                    _log.exception("alarms could not be looked after")
            await asyncio.sleep(every / point.faster())

    return attend
