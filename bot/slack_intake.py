"""The way in: envelopes become rows, many in one transaction, and only then are they acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.slack_envelope import Envelope, read
from bot.slack_socket import Frame, Line, Link
from domain.kernel import point
from models import inbox
from models.base import Db
from models.db import Database
from models.wire import LOST, UnwritableError

WRITE_S = 1.2
"""How long a batch may take: two of them still fit into the three seconds a person waits."""
MOST_AT_ONCE = 256
LULL_S = 0.015
"""Work behind the acknowledgements begins after so long a pause between them."""
DEGRADED = "I cannot write this down at the moment, so nothing was done. Please try again in a minute."

log = structlog.get_logger()


@dataclass(slots=True)
class Arrival:
    """An envelope, and the line that waits for its acknowledgement; `refusal` is said instead of doing it."""

    link: Link
    line: Line
    envelope: Envelope
    refusal: str | None = None

    async def acknowledge(self, payload: Any = None) -> bool:
        """Tell Slack that it has arrived."""
        done = await self.link.reply(self.line, self.envelope.id, payload)
        self.reach("acked")
        return done

    def reach(self, name: str) -> None:
        """Say which point the way of a person's deed has reached; a click has points of its own."""
        if self.envelope.for_us:
            point.reach(f"click_{name}" if self.envelope.kind == "action" else name)


@dataclass(frozen=True)
class Counts:
    """What came in since the start."""

    taken: int = 0
    doubled: int = 0
    degraded: int = 0
    longest_write_ms: float = 0.0


class Intake:
    """Collects what arrives and writes it in groups: while one group is written, the next one gathers."""

    def __init__(self, database: Database, owner: int, bot_user: str) -> None:
        """`owner` is the number of this process in the inbox."""
        self._database = database
        self._owner = owner
        self._bot_user = bot_user
        self._waiting: list[Arrival] = []
        self._bell = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._last_at = 0.0
        self._open = 0
        self._db: Db | None = None
        self._refused: dict[str, str] = {}
        self._errands: set[asyncio.Task[None]] = set()
        self.counts = Counts()
        self.limit: Callable[[Envelope], str | None] = lambda _envelope: None
        self.work: Callable[[Arrival], None] = lambda _arrival: None
        self.echo: Callable[[str], None] = lambda _ts: None
        self.whisper: Callable[[str, str], Awaitable[None]] | None = None
        self.turn_away: Callable[[Envelope, str], Awaitable[None]] | None = None

    def accept(self, link: Link, line: Line, frame: Frame) -> None:
        """Take a frame from a link."""
        envelope = read(frame, self._bot_user)
        if envelope is None:
            log.warning("slack.unknown_envelope", type=str(frame.get("type"))[:40])
            return
        arrival = Arrival(link, line, envelope)
        arrival.reach("envelope_received")
        if envelope.rewritten:
            self.echo(envelope.rewritten)
        if envelope.for_us:
            arrival.refusal = self.limit(envelope)
        self._last_at = asyncio.get_running_loop().time()
        self._open += 1
        self._waiting.append(arrival)
        self._quiet.clear()
        self._bell.set()

    async def quiet(self) -> None:
        """Wait until nothing waits for its acknowledgement and nothing came within the last moment."""
        while True:
            await self._quiet.wait()
            left = self._last_at + LULL_S - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def run(self) -> None:
        """Write and acknowledge, one group while the next is written, for as long as the process lives."""
        while True:
            await self._bell.wait()
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if not self._waiting:
                self._bell.clear()
            new = await self._written([one for one in batch if one.envelope.for_us])
            self._errand(self._answer(batch, new))

    async def _written(self, ours: Sequence[Arrival]) -> set[str] | None:
        """The keys that were new; None when nothing could be written."""
        if not ours:
            return set()
        began = asyncio.get_running_loop().time()
        try:
            new = await self._write(ours)
        except LOST as error:
            self._lose(len(ours), error)
            return None
        self._count(len(ours), len(new), (asyncio.get_running_loop().time() - began) * 1000)
        return set(new)

    async def _answer(self, batch: Sequence[Arrival], new: set[str] | None) -> None:
        """Acknowledge a group whose rows are written, or say that they are not."""
        for one in batch:
            if not one.envelope.for_us:
                await one.acknowledge()
            elif new is None:
                await self._degrade(one)
            else:
                await self._taken(one, one.envelope.key in new)
                new.discard(one.envelope.key)  # the same key twice in one group is still one deed
        self._open -= len(batch)
        if not self._open:
            self._quiet.set()

    def _count(self, rows: int, new: int, ms: float) -> None:
        was = self.counts
        longest = max(was.longest_write_ms, ms)
        self.counts = Counts(was.taken + new, was.doubled + rows - new, was.degraded, longest)

    async def _taken(self, one: Arrival, new: bool) -> None:
        """The row is there: acknowledge, then work, but only on what is new."""
        one.reach("row_written")
        if one.refusal is not None:
            await one.acknowledge(_refusal(one.envelope, one.refusal))
            self._tell(one, one.refusal)
        elif not (one.envelope.late and new):
            await one.acknowledge()
        if new and one.refusal is None:
            self.work(one)

    async def _write(self, batch: Sequence[Arrival]) -> frozenset[str]:
        rows = {one.envelope.key: _row(one) for one in batch}
        async with asyncio.timeout(WRITE_S):
            db = await self._connection()
            try:
                return await inbox.take(db, list(rows.values()), owner=self._owner)
            except UnwritableError:
                return await self._one_by_one(db, list(rows.values()))

    async def _one_by_one(self, db: Db, rows: Sequence[inbox.Envelope]) -> frozenset[str]:
        """One envelope the database cannot hold harms no other; its key is kept without its words."""
        new: set[str] = set()
        for row in rows:
            try:
                new |= await inbox.take(db, [row], owner=self._owner)
            except UnwritableError as error:
                log.warning("slack.unwritable_envelope", key=row.key, error=type(error).__name__)
                new |= await inbox.take(db, [replace(row, payload="{}")], owner=self._owner)
        return frozenset(new)

    async def _connection(self) -> Db:
        """A connection of our own, so that no other work can make an acknowledgement wait."""
        if self._db is None:
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._db = await engine.connect()
        return self._db

    def _lose(self, rows: int, error: Exception) -> None:
        """Note that a group could not be written, and begin the next one on a fresh connection."""
        db, self._db = self._db, None
        if db is not None:
            self._errand(_drop(db))
        was = self.counts
        self.counts = Counts(was.taken, was.doubled, was.degraded + rows, was.longest_write_ms)
        log.error("slack.inbox_not_written", envelopes=rows, error=type(error).__name__)

    async def _degrade(self, one: Arrival) -> None:
        """No row, no acknowledgement for an event (Slack sends it again); a person is told at once."""
        if one.envelope.kind == "event":
            return
        self._refused[one.envelope.key] = one.envelope.kind
        await one.acknowledge(_refusal(one.envelope, DEGRADED))
        self._tell(one, DEGRADED)

    async def settle(self) -> None:
        """Close what people were told is not done, before anybody takes up the rows of a late commit.

        Raises what LOST names; then it is still to be done.
        """
        refused, self._refused = self._refused, {}
        if not refused:
            return
        try:
            async with self._database.begin() as db:
                await inbox.refuse(db, refused, owner=self._owner)
        except BaseException:
            self._refused = refused | self._refused
            raise

    def _tell(self, one: Arrival, text: str) -> None:
        """The acknowledgement of a click says nothing, its response URL does; that of a question is said below it."""
        url = one.envelope.payload.get("response_url")
        if one.envelope.kind in ("action", "shortcut") and isinstance(url, str) and self.whisper is not None:
            self._errand(self.whisper(url, text))
        elif one.envelope.kind == "event" and self.turn_away is not None:
            self._errand(self.turn_away(one.envelope, text))

    def _errand(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def close(self) -> None:
        """Give the connection back."""
        await asyncio.gather(*self._errands, return_exceptions=True)
        with suppress(*LOST):
            async with asyncio.timeout(2.0):
                await self.settle()
        if self._db is not None:
            await _drop(self._db)
            self._db = None


async def _drop(db: Db) -> None:
    with suppress(*LOST):
        async with asyncio.timeout(2.0):
            await db.invalidate()
            await db.close()


def _row(one: Arrival) -> inbox.Envelope:
    found = one.envelope
    outcome = "limited" if one.refusal is not None else None
    return inbox.Envelope(found.key, found.kind, inbox.compact(found.payload), outcome)


def _refusal(envelope: Envelope, text: str) -> dict[str, Any] | None:
    """What an acknowledgement can say itself: a private text, or an error on the first field of a dialog."""
    if envelope.kind == "command":
        return {"response_type": "ephemeral", "text": text}
    if envelope.kind == "view":
        view = envelope.payload.get("view")
        blocks = view.get("blocks", []) if isinstance(view, dict) else []
        fields = [block.get("block_id") for block in blocks if isinstance(block, dict) and block.get("type") == "input"]
        return {"response_action": "errors", "errors": {fields[0]: text}} if fields else None
    return None
