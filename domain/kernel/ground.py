"""What a text may rest on: figures with their rows, what they are called, and what else may be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from domain.kernel.metric import Unit

ALL = "all"
NOW = "now"


@dataclass(frozen=True)
class Origin:
    """The metric rows a figure rests on: key, dimension, days, how many facts, and when they were collected."""

    key: str
    dimension: str
    first: date
    last: date
    rows: int
    as_of: datetime | None = None


@dataclass(frozen=True)
class Period:
    """A stretch of time: the phrases that mean it, and those that mean the stretch it is compared with."""

    key: str
    names: tuple[str, ...]
    prior_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One number that may be said, with what it may be compared with; `whole` is what it is a part of."""

    metric: str
    names: tuple[str, ...]
    unit: Unit
    value: Decimal
    period: str = NOW
    dimension: str = ALL
    prior: Decimal | None = None
    target: Decimal | None = None
    whole: Decimal | None = None
    whole_of: str = ""
    higher_is_better: bool | None = None
    origins: tuple[Origin, ...] = ()

    @property
    def change(self) -> Decimal | None:
        """Value less prior."""
        return None if self.prior is None else self.value - self.prior

    @property
    def change_percent(self) -> Decimal | None:
        """The change in per cent of a prior above zero."""
        if self.prior is None or self.prior <= 0:
            return None
        return (self.value - self.prior) / self.prior * 100

    @property
    def gap(self) -> Decimal | None:
        """Value less target."""
        return None if self.target is None else self.value - self.target

    @property
    def gap_percent(self) -> Decimal | None:
        """The gap in per cent of a target above zero."""
        if self.target is None or self.target <= 0:
            return None
        return (self.value - self.target) / self.target * 100

    @property
    def share(self) -> Decimal | None:
        """The value in per cent of the whole."""
        return self.value / self.whole * 100 if self.whole else None


@dataclass(frozen=True)
class Driver:
    """An exact share of a figure's change: the pieces of one `split` add up to the change of `effect`."""

    split: str
    effect: str
    cause: str
    names: tuple[str, ...]
    value: Decimal
    period: str


@dataclass(frozen=True)
class Group:
    """Things that are counted: members by their names, and which of them are in which state."""

    key: str
    names: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    states: Mapping[str, frozenset[str]]
    """By the phrase that means it: `needs attention`, `stale`."""


@dataclass(frozen=True)
class Ground:
    """All of it; a sentence that says more than this is refused."""

    currency: str
    figures: tuple[Figure, ...] = ()
    periods: tuple[Period, ...] = ()
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drivers: tuple[Driver, ...] = ()
    groups: tuple[Group, ...] = ()
    phrases: tuple[str, ...] = ()
    """Fixed expressions without a claim in them."""
