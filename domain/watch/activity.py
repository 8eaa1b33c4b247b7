"""When each job and source last did something that counted, and four ways of falling silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.kernel import freshness
from domain.kernel.freshness import Source
from domain.kernel.ports import Ops
from models import connector, outbox, slot
from models.connector import StreamState
from models.slot import SlotRow

Silence = Literal["never fired", "ran empty", "shape changed", "done but unused"]
_DAY = timedelta(days=1)
_WEEK = timedelta(days=8)
_EMPTY_RUNS = 4
_UNSENT = timedelta(hours=1)


@dataclass(frozen=True)
class Quiet:
    """Something that fell silent, how, and since when it last counted."""

    name: str
    how: Silence
    text: str
    since: datetime | None = None


async def quiet(ops: Ops) -> list[Quiet]:
    """Everything that is silent now."""
    now = ops.clock.now()
    async with ops.db.begin() as db:
        rows = await slot.recent(db, now - _WEEK)
        known = await slot.known(db, now - _DAY)
        sources = await freshness.seen(ops, db)
        states = await connector.states(db)
        mail = await outbox.standing(db)
    found = never_fired(known, rows, now) + ran_empty(rows) + shape_changed(sources, states)
    if mail.oldest_at and now - mail.oldest_at > _UNSENT:
        text = f"{mail.waiting} messages were written and not posted"
        found.append(Quiet("messages", "done but unused", text, mail.last_delivered_at))
    return found


def never_fired(known: Sequence[tuple[str, datetime]], rows: Sequence[SlotRow], now: datetime) -> list[Quiet]:
    """Jobs of the timetable without a single slot in a week."""
    fired = {row.key.job for row in rows}
    return [
        Quiet(job, "never fired", f"the job {job} has had no slot for a week")
        for job, since in known
        if job not in fired and now - since > _WEEK
    ]


def ran_empty(rows: Sequence[SlotRow]) -> list[Quiet]:
    """Jobs that brought rows before and brought none in their last runs."""
    found = []
    for job in sorted({row.key.job for row in rows}):
        runs = [row for row in rows if row.key.job == job and row.state == "ran" and "rows" in row.detail]
        last, before = runs[-_EMPTY_RUNS:], runs[:-_EMPTY_RUNS]
        full = [row for row in before if row.detail["rows"]]
        if len(last) == _EMPTY_RUNS and full and not any(row.detail["rows"] for row in last):
            text = f"the job {job} has brought nothing in its last {_EMPTY_RUNS} runs"
            found.append(Quiet(job, "ran empty", text, full[-1].ended_at))
    return found


def shape_changed(sources: Sequence[Source], states: Sequence[StreamState]) -> list[Quiet]:
    """Sources whose answers are no longer understood."""
    good = {f"{state.connector}.{state.stream}": state.last_ok_at for state in states}
    return [
        Quiet(source.key, "shape changed", f"{source.name}: {source.fault_text}", good.get(source.key))
        for source in sources
        if source.fault in ("shape", "currency")
    ]
