"""Sums over stored metric rows as figures: value, the days before, the plan, and the rows each rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from domain.kernel.calendar import Days
from domain.kernel.ground import ALL, NOW, Figure, Origin
from domain.kernel.metric import METRICS
from domain.kernel.numbers import rounded
from domain.kernel.policy import Policy
from models.metric import Reading, Scope, Total

Totals = Mapping[tuple[str, str], Total]


def scope(policy: Policy, *, loading: bool = False) -> Scope:
    """How many key SKUs the policy follows, and over how many days their pace is taken."""
    return Scope(policy.score.key_skus, policy.score.cover_window_days, loading)


FLOWS = tuple(key for key, metric in METRICS.items() if metric.kind == "flow" and metric.dimension != "sku")
LEVELS = tuple(key for key, metric in METRICS.items() if metric.kind == "level")


@dataclass(frozen=True)
class Stretch:
    """The totals of a stretch of days; `known`: whether all of it is stored, so that a missing row means nothing."""

    days: Days
    totals: Totals
    known: bool = True


@dataclass(frozen=True)
class Sum:
    """A metric over a stretch: its value and where it comes from."""

    value: Decimal
    origin: Origin


def dimensions(*stretches: Stretch | None) -> list[str]:
    """Every dimension but all that any of the stretches has."""
    found = {dimension for one in stretches if one for _, dimension in one.totals}
    return sorted(found - {ALL})


def total(stretch: Stretch | None, key: str, dimension: str = ALL) -> Sum | None:
    """The metric over the stretch; None when it is not stored, or a ratio over nothing."""
    if stretch is None or not stretch.known:
        return None
    metric = METRICS[key]
    if metric.over is None:
        return _sum(stretch, key, dimension)
    above, below = (_sum(stretch, part, dimension) for part in metric.over)
    if above is None or below is None or not below.value:
        return None
    origin = Origin(
        key, dimension, stretch.days.first, stretch.days.last, above.origin.rows + below.origin.rows, above.origin.as_of
    )
    return Sum(rounded(above.value / below.value, 4), origin)


def _sum(stretch: Stretch, key: str, dimension: str) -> Sum | None:
    days, found = stretch.days, stretch.totals.get((key, dimension))
    if found is None:
        family = key.partition(".")[0] + "."
        spoken = any(other.startswith(family) for other, _ in stretch.totals)
        return Sum(Decimal(0), Origin(key, dimension, days.first, days.last, 0)) if spoken else None
    return Sum(rounded(found.value, 4), Origin(key, dimension, days.first, days.last, found.source_rows, found.as_of))


def flow(
    key: str,
    period: str,
    now: Stretch | None,
    before: Stretch | None = None,
    *,
    dimension: str = ALL,
    target: Decimal | None = None,
) -> Figure | None:
    """The figure of a flow or ratio over a stretch, against the stretch before."""
    found = total(now, key, dimension)
    if found is None:
        return None
    prior = total(before, key, dimension)
    metric = METRICS[key]
    return Figure(
        metric=key,
        names=metric.names,
        unit=metric.unit,
        value=found.value,
        period=period,
        dimension=dimension,
        prior=prior.value if prior else None,
        target=target,
        higher_is_better=metric.higher_is_better,
        origins=(found.origin, prior.origin) if prior else (found.origin,),
    )


def level(reading: Reading, *, target: Decimal | None = None) -> Figure:
    """The figure of a level as it stands."""
    metric = METRICS[reading.key]
    return Figure(
        metric=reading.key,
        names=metric.names,
        unit=metric.unit,
        value=rounded(reading.value, 4),
        period=NOW,
        dimension=reading.dimension,
        target=target,
        higher_is_better=metric.higher_is_better,
        origins=(origin_of(reading),),
    )


def origin_of(reading: Reading) -> Origin:
    """Where one stored row comes from."""
    return Origin(reading.key, reading.dimension, reading.day, reading.day, reading.source_rows, reading.as_of)


def whole_days(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
