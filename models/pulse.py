"""Pulses as they were told: score, parts, the facts they rest on, the words, and which rows each figure came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, Db


class PulseRow(Base):
    """One version of a day's pulse; a day told again with other facts gets the next version. `path`: who wrote it."""

    __tablename__ = "pulse"

    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    confidence: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    parts: Mapped[list[Any]] = mapped_column(JSONB)
    facts: Mapped[str]
    sha256: Mapped[str]
    narrative: Mapped[str]
    path: Mapped[str]
    bindings: Mapped[list[Any]] = mapped_column(JSONB)
    card: Mapped[str]
    detail: Mapped[list[Any]] = mapped_column(JSONB)
    created_at: Mapped[At]


@dataclass(frozen=True)
class Told:
    """A pulse to keep or as it was kept; `facts` is canonical JSON, `card` and `detail` cards as JSON text."""

    day: date
    score: Decimal | None
    confidence: Decimal
    parts: str
    facts: str
    sha256: str
    narrative: str
    path: str
    bindings: str
    card: str
    detail: str
    created_at: datetime
    version: int = 0


_COLUMNS = (
    "day, score, confidence, parts::text, facts, sha256, narrative, path, bindings::text, card, detail::text, "
    "created_at, version"
)


async def keep(db: Db, told: Told) -> int:
    """Keep a pulse and return its version; the same facts told again are the version they were."""
    last = await latest(db, told.day)
    if last and last.sha256 == told.sha256:
        return last.version
    await db.execute(
        text(
            "insert into pulse (day, version, score, confidence, parts, facts, sha256, narrative, path, bindings, "
            "card, detail, created_at) values (:day, :version, :score, :confidence, cast(:parts as jsonb), :facts, "
            ":sha256, :narrative, :path, cast(:bindings as jsonb), :card, cast(:detail as jsonb), :created_at) "
            "on conflict do nothing"
        ),
        {**vars(told), "version": (last.version if last else 0) + 1},
    )
    return (last.version if last else 0) + 1


async def latest(db: Db, day: date) -> Told | None:
    """The last version of a day's pulse."""
    found = await db.execute(
        text(f"select {_COLUMNS} from pulse where day = :day order by version desc limit 1"),  # noqa: S608  our names
        {"day": day},
    )
    row = found.one_or_none()
    return Told(*row) if row else None


async def score_before(db: Db, day: date) -> tuple[date, Decimal] | None:
    """The last score told before a day, and of which day."""
    found = await db.execute(
        text(
            "select day, score from pulse where day < :day and score is not null "
            "order by day desc, version desc limit 1"
        ),
        {"day": day},
    )
    row = found.one_or_none()
    return (row.day, row.score) if row else None
