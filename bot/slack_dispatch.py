"""Behind the acknowledgement: rows are worked on by Bolt, a few at a time, and finished in groups."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack_intake import Arrival
from models import inbox, wire
from models.db import Database
from models.inbox import Unfinished
from models.wire import LOST

AT_ONCE = 4
MOST_QUEUED = 5_000
"""What does not fit waits in the database."""
YIELD_S = 0.25
"""How long work steps back for acknowledgements."""
SWEEP_S = 30.0
AGAIN_S = 11.0
"""Work that was interrupted is claimable again after ten seconds."""
FLUSH_S = 0.05
Send = Callable[[dict[str, Any] | None], Awaitable[object]]

log = structlog.get_logger()


@dataclass(slots=True)
class Work:
    """One row to work on; `send` carries the acknowledgement that waits for it, `outcome` how it ended."""

    key: str
    kind: str
    payload: dict[str, Any]
    received_at: datetime
    send: Send | None = None
    outcome: str = ""


class Dispatch:
    """Hands rows to Bolt, keeps hold of every task, and takes over what a dead process left."""

    def __init__(self, app: AsyncApp, database: Database, owner: int) -> None:
        self._app = app
        self._database = database
        self._owner = owner
        self._queue: deque[Work] = deque()
        self._held: set[str] = set()
        self._ended: list[tuple[str, str]] = []
        self._bell = asyncio.Event()
        self._endings = asyncio.Event()
        self._sweep_now = asyncio.Event()
        self._stopping = False
        self._workers: list[asyncio.Task[None]] = []
        self._dialogs: set[asyncio.Task[None]] = set()
        self.quiet: Callable[[], Awaitable[None]] = _at_once
        self.settle: Callable[[], Awaitable[None]] = _at_once
        self.give_up: Callable[[Work], Awaitable[None]] = _forget

    def submit(self, arrival: Arrival) -> None:
        """Work on a row that was just written."""
        found = arrival.envelope
        send = arrival.acknowledge if found.late else None
        if send is None and len(self._queue) >= MOST_QUEUED:
            return
        self._push(Work(found.key, found.kind, found.payload, datetime.now(UTC), send))

    def _push(self, work: Work) -> None:
        self._held.add(work.key)
        if work.send is None:
            self._queue.append(work)
            self._bell.set()
            return
        task = asyncio.create_task(self._one(work), name="slack-dialog")  # somebody waits in front of it
        self._dialogs.add(task)
        task.add_done_callback(self._dialogs.discard)

    async def run(self) -> None:
        """Work, finish and sweep for as long as the process lives."""
        self._workers = [asyncio.create_task(self._work(), name=f"slack-work-{n}") for n in range(AT_ONCE)]
        await asyncio.gather(*self._workers, self._finish(), self._sweep())

    async def _work(self) -> None:
        while not self._stopping:
            if not self._queue:
                self._bell.clear()
                await self._bell.wait()
                continue
            work = self._queue.popleft()
            with suppress(TimeoutError):  # acknowledgements go first, but not for ever
                async with asyncio.timeout(YIELD_S):
                    await self.quiet()
            await self._one(work)

    async def _one(self, work: Work) -> None:
        request = AsyncBoltRequest(
            mode="socket_mode", body=work.payload, context={"work": work}, headers={"x-inbox-key": [work.key]}
        )
        try:
            answer = await self._app.async_dispatch(request)
            if work.send is not None:
                await work.send(_payload(answer))
            broke = answer.status >= 500
        except Exception:  # no row ends the process, nor is it held by nobody
            log.exception("slack.dispatch_broke", key=work.key)
            broke = True
        if broke and not work.outcome:  # interrupted: the row stays open, the sweep takes it up again
            self._held.discard(work.key)
            asyncio.get_running_loop().call_later(AGAIN_S, self.sweep_soon)
        else:
            self._end(work.key, work.outcome or "not served")

    def _end(self, key: str, outcome: str) -> None:
        self._ended.append((key, outcome))
        self._endings.set()

    async def _finish(self) -> None:
        """Close rows in groups; while the database is away they wait here."""
        while True:
            await self._endings.wait()
            await asyncio.sleep(FLUSH_S)
            self._endings.clear()
            await self.flush()

    async def flush(self) -> None:
        """Close the rows whose work has ended."""
        ended, self._ended = self._ended, []
        if not ended:
            return
        try:
            async with self._database.begin() as db:
                await inbox.finish(db, ended)
        except LOST as error:
            log.warning("slack.rows_not_finished", rows=len(ended), error=type(error).__name__)
            self._ended = ended + self._ended
            self._endings.set()
            await asyncio.sleep(1.0)
        else:
            self._held.difference_update(key for key, _ in ended)

    def sweep_soon(self) -> None:
        """Look for left-over rows now."""
        self._sweep_now.set()

    async def _sweep(self) -> None:
        while True:
            await self._sweep_now.wait()
            while True:
                self._sweep_now.clear()
                try:
                    await self._take_over()
                except LOST as error:
                    log.warning("slack.inbox_not_swept", error=type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_S):
                        await self._sweep_now.wait()

    async def _take_over(self) -> None:
        await self.settle()
        async with self._database.begin() as db:
            rows = await inbox.claim(db, owner=self._owner, kind=wire.INBOX, busy=self._held)
        for row in rows:
            await self._again(row)

    async def _again(self, row: Unfinished) -> None:
        work = Work(row.key, row.kind, row.payload, row.received_at)
        if row.attempts > inbox.TRIES:
            await self._give_up(work, row.attempts)
            return
        log.warning("slack.row_taken_up", key=row.key, attempts=row.attempts)
        self._push(work)

    async def _give_up(self, work: Work, attempts: int) -> None:
        """Tell the person; one who cannot be told stands in nobody's way, and without a database is told later."""
        log.error("slack.row_given_up", key=work.key, attempts=attempts)
        try:
            await self.give_up(work)
        except LOST as error:
            log.warning("slack.inbox_not_swept", error=type(error).__name__)
            return
        except Exception:  # whatever made it fail twice may do so again
            log.exception("slack.not_told", key=work.key)
        self._end(work.key, "given up")

    async def stop(self, seconds: float) -> None:
        """Finish what has begun, within a bound; the rest stays in the inbox for the next start."""
        self._stopping = True
        self._bell.set()
        tasks = [*self._workers, *self._dialogs]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await self.flush()

    def waiting(self) -> int:
        """How many rows wait for a worker."""
        return len(self._queue)


async def _at_once() -> None:
    """Nothing has to be done first."""


async def _forget(_work: Work) -> None:
    """Nobody wants to know."""


def _payload(answer: BoltResponse) -> dict[str, Any] | None:
    """What Bolt wants to say in the acknowledgement of a dialog."""
    if answer.status != 200 or not answer.body:
        return None
    found = json.loads(answer.body)
    return found if isinstance(found, dict) else None
