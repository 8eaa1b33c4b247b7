"""Every minute, and at once for what only a person can mend: people are told, reminded, and told that it is over."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from domain.escalations import batch
from domain.kernel.ports import Ops
from domain.watch import ledger
from jobs import troubles

EVERY = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class Crier:
    """Tells in the round of the clock itself: 1,440 slots a day would drown those that say how the house works."""

    def __init__(self, ops: Ops) -> None:
        """Nothing is told yet."""
        self._ops = ops
        self._told_at: datetime | None = None

    async def look(self, now: datetime) -> int:
        """Tell when it is time or something urgent waits; how many causes. A database that is away is asked later."""
        since = abs(now - self._told_at) if self._told_at else EVERY
        try:
            if since < EVERY and not await batch.urgent(self._ops):
                return 0
            await troubles.undelivered(self._ops)
            await troubles.paused(self._ops)
            told = await batch.flush(self._ops)
        except Exception as error:
            if not ledger.passing(error):
                raise
            _log.warning("cannot tell of troubles: the database does not answer")
            return 0
        self._told_at = now
        return told
