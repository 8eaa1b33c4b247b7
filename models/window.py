"""Back-fill in windows: which stretches of a stream's history are stored, so that a stop in between loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import DateTime, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Db


class HistoryWindow(Base):
    """Days `first` to `last`, both included, of one stream; `done_at` once all of it is stored."""

    __tablename__ = "history_window"

    connector: Mapped[str] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[date]
    expected: Mapped[int]
    rows: Mapped[int]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Window(NamedTuple):
    """A stretch of history: `expected` rows by the vendor's own count (0: not told), `rows` stored."""

    first: date
    last: date
    expected: int = 0
    rows: int = 0
    done: bool = False


async def plan(db: Db, connector: str, stream: str, windows: Sequence[Window]) -> None:
    """Note windows to be filled; those already noted stay as they are."""
    await db.execute(
        text(
            "insert into history_window (connector, stream, first, last, expected, rows) "
            "values (:connector, :stream, :first, :last, :expected, 0) on conflict do nothing"
        ),
        [
            {"connector": connector, "stream": stream, "first": w.first, "last": w.last, "expected": w.expected}
            for w in windows
        ],
    )


async def windows(db: Db, connector: str, stream: str) -> list[Window]:
    """Every window of a stream, newest first."""
    rows = await db.execute(
        text(
            "select first, last, expected, rows, done_at is not null from history_window "
            "where connector = :connector and stream = :stream order by first desc"
        ),
        {"connector": connector, "stream": stream},
    )
    return [Window(*row) for row in rows]


async def done(db: Db, connector: str, stream: str, first: date, *, rows: int, at: datetime) -> None:
    """A window is stored; belongs into the transaction that stored its last rows."""
    await db.execute(
        text(
            "update history_window set done_at = :at, rows = :rows "
            "where connector = :connector and stream = :stream and first = :first"
        ),
        {"connector": connector, "stream": stream, "first": first, "rows": rows, "at": at},
    )


def reach(known: Sequence[Window]) -> date | None:
    """How far back history is stored without a gap: `date.min` when all of it is, None when nothing is.

    `known` are a stream's windows, newest first.
    """
    since: date | None = None
    for window in known:
        if not window.done or (since is not None and window.last < since - timedelta(days=1)):
            return since
        since = window.first
    return date.min if known else None
