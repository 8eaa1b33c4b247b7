"""Back-fill: a stream's past in windows, newest first, resumable after any stop, and how far back it is complete."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from domain.kernel import connector as connectors
from domain.kernel import drift, facts, figures
from domain.kernel.connector import Connector, History, Stream
from domain.kernel.errors import OpsError, TransientError
from domain.kernel.facts import Batch
from domain.kernel.ports import Ops
from domain.kernel.source import Source
from domain.kernel.vendor_errors import CutOffError
from models import connector as rows
from models import metric, window
from models.window import Window

_ALMOST = 0.99
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Progress:
    """How far a back-fill is: `done` rows stored of `of` expected (0: unknown), windows likewise, complete `since`."""

    connector: str
    stream: str
    done: int
    of: int
    windows: int
    of_windows: int
    since: date | None


Tell = Callable[[Progress], None]


async def backfill(ops: Ops, connector: Connector, stream_key: str, progress: Tell) -> Progress:
    """Fill every window that is not filled yet; may be stopped and begun again at any point."""
    stream = connector.stream(stream_key)
    if stream.history is None:
        raise ValueError(f"{connector.key}.{stream_key} has no history to fill")
    try:
        source = connectors.source(ops, connector)
        await _plan(ops, source, stream, stream.history)
        with _seldom_collected():
            return await _fill(ops, source, stream, stream.history, progress)
    except OpsError as error:
        async with ops.db.begin() as db:
            before = await rows.state(db, connector.key, stream.key)
        await connectors.note(ops, connector, stream, error, before)
        raise


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for cyclic garbage seldom: a million rows make none, and looking takes a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def _plan(ops: Ops, source: Source, stream: Stream, history: History) -> None:
    """Note the windows, once; from here on changes come by the cursor."""
    async with ops.db.begin() as db:
        if await window.windows(db, source.key, stream.key):
            return
    oldest = source.today - timedelta(days=ops.policy.connector(source.key).history_days)
    first = await history.first_day(source)
    planned: list[Window] = []
    for start, end in months(max(first, oldest), source.today) if first else []:
        planned += await _sized(source, stream, Window(start, end), history.largest)
    async with ops.db.begin() as db:
        if planned:
            await window.plan(db, source.key, stream.key, planned)
        if stream.cursored and (await rows.state(db, source.key, stream.key)).cursor is None:
            await rows.move(db, source.key, stream.key, source.now.isoformat())


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The stretch from `first` to `last`, both included, cut at the beginnings of months, newest first."""
    found = []
    while last >= first:
        start = max(last.replace(day=1), first)
        found.append((start, last))
        last = start - _DAY
    return found


async def _sized(source: Source, stream: Stream, whole: Window, largest: int) -> list[Window]:
    """The window with the vendor's own count of it, halved until each half is small enough; newest first."""
    if stream.count is None:
        return [whole]
    expected = (await stream.count(source, whole.first, whole.last)).rows
    if expected <= largest or whole.first == whole.last:
        return [whole._replace(expected=expected)]
    middle = whole.first + (whole.last - whole.first) // 2
    newer = await _sized(source, stream, Window(middle + _DAY, whole.last), largest)
    return newer + await _sized(source, stream, Window(whole.first, middle), largest)


async def _fill(ops: Ops, source: Source, stream: Stream, history: History, tell: Tell) -> Progress:
    """Store one window while the next is being read."""
    async with ops.db.begin() as db:
        known = await window.windows(db, source.key, stream.key)
    waiting = [one for one in known if not one.done]
    state = _progress(source, stream, known)
    tell(state)
    reading: asyncio.Task[Batch] | None = None
    try:
        for place, one in enumerate(waiting):
            batch = await (reading or asyncio.create_task(_read(source, stream, history, one)))
            coming = waiting[place + 1] if place + 1 < len(waiting) else None
            reading = asyncio.create_task(_read(source, stream, history, coming)) if coming else None
            await _store(ops, source, stream, one, batch)
            known[known.index(one)] = one._replace(done=True, rows=batch.rows)
            state = _progress(source, stream, known)
            tell(state)
    finally:
        if reading:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    return state


def _progress(source: Source, stream: Stream, known: Sequence[Window]) -> Progress:
    finished = [one for one in known if one.done]
    since = None
    for one in known:
        if not one.done:
            break
        since = one.first
    of = sum(max(one.expected, one.rows) for one in known)
    done = sum(one.rows for one in finished)
    return Progress(source.key, stream.key, done, of, len(finished), len(known), since)


async def _read(source: Source, stream: Stream, history: History, one: Window) -> Batch:
    """All rows of a window as facts; tried three times when the vendor stumbles."""
    for last in (False, False, True):
        try:
            return await _read_once(source, stream, history, one)
        except TransientError as error:
            if last:
                raise
            await asyncio.sleep(error.retry_after or 1.0)
    raise AssertionError("the last try answers or raises")


async def _read_once(source: Source, stream: Stream, history: History, one: Window) -> Batch:
    batch = Batch()
    async for page in drift.guarded(history.pages(source, one.first, one.last)):
        drift.mapped(page.rows, batch, lambda row, into: stream.put(source, row, into), stream.needs)
    if batch.rows < one.expected * _ALMOST:
        raise CutOffError(
            f"{one.first:%-d %B %Y} to {one.last:%-d %B %Y} should have {one.expected:,} rows, {batch.rows:,} came."
        )
    return batch


async def _store(ops: Ops, source: Source, stream: Stream, one: Window, batch: Batch) -> None:
    now = ops.clock.now()
    async with ops.db.begin() as db:
        merged = await facts.store(db, batch, source.today)
        if merged.days:
            scope = figures.scope(ops.policy, loading=True)
            await metric.refresh(db, days=merged.days, kinds={stream.kind}, zone=source.zone, at=now, scope=scope)
        await window.done(db, source.key, stream.key, one.first, rows=batch.rows, at=now)
