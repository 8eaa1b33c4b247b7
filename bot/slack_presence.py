"""One session of the database that says: this process lives, and one of them sends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from models import wire
from models.db import Database
from models.outbox import BELL
from models.wire import LOST, Wire

POLL_S = 10.0
TRY_S = 2.0

log = structlog.get_logger()


class Presence:
    """Holds the lock of this process in the inbox, tries for the lock of the sender, and hears the bell."""

    def __init__(self, database: Database, owner: int, *, bell: asyncio.Event, leads: asyncio.Event) -> None:
        self._database = database
        self._owner = owner
        self._bell = bell
        self._leads = leads
        self.on_lead: Callable[[], Awaitable[None]] | None = None
        self.on_connect: Callable[[], None] | None = None

    async def run(self) -> None:
        """Stay connected for as long as the process lives."""
        pause = 0.5
        while True:
            try:
                line = await Wire.open(self._database, name="slack-presence")
            except LOST as error:
                log.warning("slack.presence_lost", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(10.0, pause * 2)
                continue
            pause = 0.5
            try:
                await self._stay(line)
            except LOST as error:
                log.warning("slack.presence_lost", error=type(error).__name__)
            finally:
                self._leads.clear()
                with suppress(*LOST):
                    await line.close()

    async def _stay(self, line: Wire) -> None:
        present = await line.lock(wire.INBOX, self._owner)
        await line.listen(BELL)
        if self.on_connect is not None:
            self.on_connect()
        while True:
            present = present or await line.lock(wire.INBOX, self._owner)  # a session that was lost may hold it still
            if not self._leads.is_set() and await line.lock(wire.OUTBOX, 1):
                if self.on_lead is not None:
                    await self.on_lead()
                self._leads.set()
                self._bell.set()
            if await line.wait(POLL_S if present and self._leads.is_set() else TRY_S):
                self._bell.set()
