"""Health 0 to 100: five weighted parts over stored figures; exact decimals, so the same rows give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

from domain.kernel.policy import Part, Score, ScorePart
from domain.pulse.snapshot import Snapshot
from models.metric import SEASON

PARTS: tuple[Part, ...] = (
    "revenue_velocity",
    "order_trend",
    "stock_cover",
    "marketing_efficiency",
    "system_reliability",
)
NAMES: dict[Part, str] = {
    "revenue_velocity": "Revenue against plan",
    "order_trend": "Order trend",
    "stock_cover": "Key SKU cover",
    "marketing_efficiency": "Marketing efficiency",
    "system_reliability": "System reliability",
}
_KINDS: dict[Part, tuple[str, ...]] = {
    "revenue_velocity": ("orders",),
    "order_trend": ("orders",),
    "stock_cover": ("inventory",),
    "marketing_efficiency": ("ads", "orders"),
    "system_reliability": (),
}
_TENTH = Decimal("0.1")
_FINE = Decimal("0.0001")


@dataclass(frozen=True)
class Input:
    """What a part is judged by: its value, the age of its source, why there is none; `known`: how much of its basis."""

    value: Decimal | None
    as_of: datetime | None = None
    missing: str = ""
    known: Decimal = Decimal(1)


@dataclass(frozen=True)
class PartScore:
    """A part as judged. `weight` is the policy's, `share` what it weighs among the parts present, `points` its share of
    the total; a part that is missing or stale has neither share nor points, only perhaps its last good value.
    `known`, from 0 to 1, is how much of what it should rest on is stored."""

    key: Part
    state: Literal["present", "stale", "missing"]
    weight: Decimal
    value: Decimal | None = None
    score: Decimal | None = None
    share: Decimal = Decimal(0)
    points: Decimal = Decimal(0)
    as_of: datetime | None = None
    reason: str = ""
    known: Decimal = Decimal(1)


@dataclass(frozen=True)
class Health:
    """The score (None: no part is present), its parts, and its confidence: the weights it rests on in per cent, each as
    far as the part's basis is known."""

    score: Decimal | None
    confidence: Decimal
    parts: tuple[PartScore, ...]

    def part(self, key: Part) -> PartScore:
        """One part."""
        return next(part for part in self.parts if part.key == key)

    @property
    def shown(self) -> int | None:
        """The score in whole points, as it is told."""
        return None if self.score is None else int(self.score.quantize(Decimal(1), ROUND_HALF_UP))


def curve(points: tuple[tuple[float, float], ...], value: Decimal) -> Decimal:
    """The score of a value on straight lines between the points, flat outside; in tenths."""
    exact = [(Decimal(str(x)), Decimal(str(y))) for x, y in points]
    if value <= exact[0][0]:
        return exact[0][1].quantize(_TENTH)
    for (x0, y0), (x1, y1) in pairwise(exact):
        if value <= x1:
            return (y0 + (y1 - y0) * (value - x0) / (x1 - x0)).quantize(_TENTH, ROUND_HALF_UP)
    return exact[-1][1].quantize(_TENTH)


def score(inputs: dict[Part, Input], rules: Score, at: datetime) -> Health:
    """Judge every part, leave out those without a fresh value, and spread their weight over the others."""
    judged = [
        _judge(key, inputs.get(key, Input(None, missing="unknown")), rules, at) for key in PARTS if key in rules.parts
    ]
    present = [part for part in judged if part.state == "present" and part.weight > 0]
    whole = sum((part.weight for part in present), Decimal(0))
    sure = sum((part.weight * part.known for part in present), Decimal(0))
    confidence = (sure * 100).quantize(Decimal(1), ROUND_HALF_UP)
    if not present:
        return Health(None, Decimal(0), tuple(judged))
    total = sum((part.weight * (part.score or 0) for part in present), Decimal(0)) / whole
    total = total.quantize(_TENTH, ROUND_HALF_UP)
    return Health(total, confidence, tuple(_shared(judged, whole, total)))


def _judge(key: Part, found: Input, rules: Score, at: datetime) -> PartScore:
    rule = rules.parts[key]
    weight = Decimal(str(rule.weight))
    if found.value is None:
        return PartScore(key, "missing", weight, as_of=found.as_of, reason=found.missing or "unknown")
    value = found.value.quantize(_FINE, ROUND_HALF_UP)
    stale = _stale(rule, found.as_of, at)
    judged = curve(rule.curve, value)
    state: Literal["present", "stale"] = "stale" if stale else "present"
    return PartScore(key, state, weight, value, judged, as_of=found.as_of, reason=stale, known=found.known)


def _stale(rule: ScorePart, as_of: datetime | None, at: datetime) -> str:
    if as_of is None or at - as_of <= timedelta(hours=rule.stale_after_hours):
        return ""
    return "its source is stale"


def _shared(parts: list[PartScore], whole: Decimal, total: Decimal) -> list[PartScore]:
    """Points in tenths that add up to the total exactly: the largest remainders get what rounding left over."""
    exact = {p.key: p.weight * (p.score or 0) / whole for p in parts if p.state == "present" and p.weight > 0}
    floors = {key: value.quantize(_TENTH, "ROUND_FLOOR") for key, value in exact.items()}
    left = int((total - sum(floors.values(), Decimal(0))) / _TENTH)
    lifted = sorted(exact, key=lambda key: (floors[key] - exact[key], key))[: max(left, 0)]
    points = {key: floors[key] + (_TENTH if key in lifted else 0) for key in floors}
    return [_with(part, points[part.key], whole) if part.key in points else part for part in parts]


def _with(part: PartScore, points: Decimal, whole: Decimal) -> PartScore:
    share = (part.weight / whole).quantize(_FINE, ROUND_HALF_UP)
    return replace(part, share=share, points=points)


# --- what the parts are judged by -----------------------------------------------------------------------------------


def inputs(snapshot: Snapshot) -> dict[Part, Input]:
    """The values of the five parts, from the figures of a snapshot."""
    return {
        "revenue_velocity": _revenue(snapshot),
        "order_trend": _orders(snapshot),
        "stock_cover": _cover(snapshot),
        "marketing_efficiency": _marketing(snapshot),
        "system_reliability": _systems(snapshot),
    }


def _as_of(snapshot: Snapshot, part: Part) -> datetime | None:
    """The oldest of the last good answers that a part rests on."""
    known = [source.as_of for source in snapshot.sources if source.kind in _KINDS[part]]
    return min((at for at in known if at is not None), default=None)


def _revenue(snapshot: Snapshot) -> Input:
    found, as_of = snapshot.figure("sales.revenue.net", "mtd"), _as_of(snapshot, "revenue_velocity")
    if found is None:
        return Input(None, as_of, "its days are not stored yet" if snapshot.history else "no orders are stored")
    if not found.target:
        return Input(None, as_of, "last year is not stored yet" if snapshot.history else "the plan is unknown")
    return Input(found.value / found.target, as_of)


def _orders(snapshot: Snapshot) -> Input:
    found, as_of = snapshot.figure("sales.orders.count", "trend"), _as_of(snapshot, "order_trend")
    days = snapshot.open_days
    if found is None or not found.prior:
        return Input(None, as_of, "the days before are not stored")
    if not days.trend or not days.trend_before:
        return Input(None, as_of, "the company was closed")
    return Input(found.value / days.trend / (found.prior / days.trend_before), as_of)


def _cover(snapshot: Snapshot) -> Input:
    found, as_of = snapshot.figure("logistics.stock.covered", "now"), _as_of(snapshot, "stock_cover")
    if found is None or found.share is None:
        return Input(None, as_of, "no stock levels are stored")
    return Input(found.share / 100, as_of, known=_stocked(snapshot))


def _stocked(snapshot: Snapshot) -> Decimal:
    """The share of the key SKUs whose cover is known, times the share of the season they were chosen by."""
    there = len(snapshot.articles)
    share = Decimal(there) / max(there + len(snapshot.unstocked), 1)
    days = (snapshot.day - snapshot.history).days if snapshot.history else SEASON
    return (share * min(max(days, 0), SEASON) / SEASON).quantize(_FINE, ROUND_HALF_UP)


def _marketing(snapshot: Snapshot) -> Input:
    found = next((f for f in snapshot.figures if f.metric == "marketing.mer.ratio"), None)
    as_of = _as_of(snapshot, "marketing_efficiency")
    if found is None:
        return Input(None, as_of, "no ad spend is stored")
    if not found.target:
        return Input(None, as_of, "the target is unknown")
    return Input(found.value / found.target, as_of)


def _systems(snapshot: Snapshot) -> Input:
    """The mean of two shares: job slots that ran, and sources that are fresh and without a fault."""
    shares = []
    if snapshot.jobs.ended:
        shares.append(Decimal(snapshot.jobs.ran) / snapshot.jobs.ended)
    if snapshot.sources:
        fresh = sum(source.mark(snapshot.at) == "fresh" for source in snapshot.sources)
        shares.append(Decimal(fresh) / len(snapshot.sources))
    if not shares:
        return Input(None, None, "nothing has run yet")
    return Input(sum(shares, Decimal(0)) / len(shares), snapshot.at)
