"""Everything a pulse was made of, frozen: the same snapshot gives the same score, words and card, byte for byte."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter

from domain.kernel.freshness import JobsSeen, Source
from domain.kernel.ground import ALL, Driver, Figure, Period
from domain.kernel.policy import Score

VERSION = 1


@dataclass(frozen=True)
class Article:
    """A key SKU: stock on hand, units a day, days of cover, and the day it runs out at that pace."""

    sku: str
    name: str
    on_hand: Decimal
    pace: Decimal
    cover: Decimal
    out: date | None


@dataclass(frozen=True)
class OpenDays:
    """Open days: of the month so far and in all, of the trend's stretch and of the one before."""

    so_far: int
    in_month: int
    trend: int
    trend_before: int


@dataclass(frozen=True)
class Event:
    """A day that one order or one customer dominates; `given_back` when its money went back."""

    day: date
    subject: str
    kind: Literal["order", "customer"]
    given_back: bool


@dataclass(frozen=True)
class Snapshot:
    """The facts of one morning. `through` is the last day that is complete in the orders.

    `unstocked`: key SKUs whose days of cover nobody knows. `history`: the first day stored while older ones that the
    plan or a comparison needs are not; None when nothing lacks. `begun`: the first day with orders, where the figures
    may lack something before it; `filling`: older orders are still being read.
    """

    version: int
    day: date
    through: date
    at: datetime
    company: str
    zone: str
    currency: str
    rules: Score
    plan_basis: Literal["policy", "last year", ""]
    open_days: OpenDays
    figures: tuple[Figure, ...] = ()
    periods: tuple[Period, ...] = ()
    drivers: tuple[Driver, ...] = ()
    sources: tuple[Source, ...] = ()
    unconnected: tuple[str, ...] = ()
    jobs: JobsSeen = field(default_factory=JobsSeen)
    articles: tuple[Article, ...] = ()
    events: tuple[Event, ...] = ()
    previous_score: Decimal | None = None
    unstocked: tuple[str, ...] = ()
    history: date | None = None
    begun: date | None = None
    filling: bool = False

    def figure(self, metric: str, period: str, dimension: str = ALL) -> Figure | None:
        """One figure, or None when it is not known."""
        for figure in self.figures:
            if (figure.metric, figure.period, figure.dimension) == (metric, period, dimension):
                return figure
        return None

    def in_period(self, metric: str, period: str) -> list[Figure]:
        """The figures of a metric in every dimension but all."""
        return [f for f in self.figures if f.metric == metric and f.period == period and f.dimension != ALL]


_SNAPSHOT: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)


def canonical(value: Any) -> str:
    """JSON in one form only: sorted keys, no spaces, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_json(snapshot: Snapshot) -> str:
    """The snapshot in canonical JSON."""
    return canonical(_SNAPSHOT.dump_python(snapshot, mode="json"))


def from_json(text: str) -> Snapshot:
    """A kept snapshot read back."""
    return _SNAPSHOT.validate_json(text)


def digest(text: str) -> str:
    """The sha256 of a canonical JSON text."""
    return hashlib.sha256(text.encode()).hexdigest()


def substance(snapshot: Snapshot) -> str:
    """A digest of what a snapshot says, whatever the time: equal for the same figures, marks and events."""
    marks = {source.key: source.mark(snapshot.at) for source in snapshot.sources}
    figures = [
        (f.metric, f.period, f.dimension, f.value, f.prior, f.target, f.whole)
        for f in snapshot.figures
    ]  # fmt: skip
    said = [snapshot.day, snapshot.through, figures, marks, snapshot.drivers, snapshot.events, snapshot.rules]
    said += [snapshot.unstocked, snapshot.history, snapshot.begun, snapshot.filling]
    return digest(canonical(TypeAdapter(list[Any]).dump_python(said, mode="json")))
