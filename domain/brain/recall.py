"""What a question may know of a day's pulse; the pulse itself is composed above, and handed in by the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.kernel.ground import Figure
from domain.kernel.ports import Ops


@dataclass(frozen=True)
class Weighed:
    """A part of the score: `weight` from 0 to 1, `score` 0 to 100 or None, `left_out` says why it does not count."""

    name: str
    weight: Decimal
    score: Decimal | None
    points: Decimal
    left_out: str = ""


@dataclass(frozen=True)
class Recalled:
    """A day's pulse; `kept` when it was told then. `through`: its last whole day; `lines`: each department's words."""

    day: date
    at: datetime
    kept: bool
    score: Decimal | None
    confidence: Decimal
    parts: tuple[Weighed, ...]
    through: date
    figures: tuple[Figure, ...]
    plan_basis: str
    lines: Mapping[str, str]

    def figure(self, metric: str) -> Figure | None:
        """The figure of a metric for the month to date."""
        return next((one for one in self.figures if (one.metric, one.period) == (metric, "mtd")), None)


Recall = Callable[[Ops, date], Awaitable[Recalled]]
"""The pulse of a day; InputError for a day of which nothing can be known."""
