"""After a restore: looks up at the vendors what was open, again and again, until a person ends the recovery."""

from __future__ import annotations

import asyncio
import logging

from domain.actions import recovered
from domain.kernel.ports import Ops
from domain.watch import ledger

_EVERY_S = 60.0
_log = logging.getLogger(__name__)


async def attend(ops: Ops, every: float = _EVERY_S) -> None:
    """For as long as this process lives; a house that is in no recovery can enter one only while it stands still."""
    while True:
        try:
            if await recovered.current(ops) is None:
                break
            await recovered.look(ops)
        except Exception as error:
            if not ledger.passing(error):
                raise
            _log.warning("the recovery waits: the database does not answer")
        await asyncio.sleep(every)
    await asyncio.Event().wait()
