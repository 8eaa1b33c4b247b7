"""What needs a person: figures far beyond their target, key articles that run out, large leads gone cold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from domain.kernel import numbers
from domain.kernel.metric import METRICS, Metric
from domain.kernel.policy import Policy, Target
from domain.kernel.ports import Ops
from models import fact_market, metric
from models.base import Db
from models.metric import Reading

Cold = fact_market.Cold
_STOCK = ("logistics.stock.on_hand", "logistics.stock.pace", "logistics.stock.cover")
_OLDEST = timedelta(days=2)
"""A level that was told longer ago says nothing about today."""
STALE = timedelta(days=14)
_PACK = 10
"""Units that are ordered together."""


@dataclass(frozen=True)
class Miss:
    """A figure beyond its target by more than the policy bears; `by` is the share of the target it misses it by."""

    metric: Metric
    reading: Reading
    target: Decimal
    by: Decimal

    @property
    def cause(self) -> str:
        """What makes two of them the same trouble."""
        return f"target:{self.metric.key}"


@dataclass(frozen=True)
class Thin:
    """A key article with less cover than the policy bears, and how many units would reach its target."""

    sku: str
    name: str
    on_hand: Decimal
    pace: Decimal
    cover: Decimal
    units: int
    as_of: Reading


@dataclass(frozen=True)
class Findings:
    """What a look found."""

    misses: tuple[Miss, ...]
    thin: tuple[Thin, ...]
    cold: tuple[Cold, ...]
    met: tuple[str, ...]
    """The metrics that are told and within bounds: what was said of them before is over."""


async def look(ops: Ops) -> Findings:
    """Every target and every key article, as told today or yesterday."""
    today = ops.today()
    async with ops.db.begin() as db:
        rows = await metric.latest(db, [*ops.policy.targets, *_STOCK], today)
        names = await metric.key_skus(db)
        leads = await _cold(ops, db)
    fresh = {key: row for key, row in rows.items() if today - row.day <= _OLDEST}
    told = [row for row in fresh.values() if row.key in ops.policy.targets and row.dimension == "all"]
    found = tuple(misses(told, ops.policy))
    missed = {one.metric.key for one in found}
    met = tuple(row.key for row in told if row.key not in missed)
    return Findings(found, thin(fresh, names, ops.policy), tuple(leads), met)


async def _cold(ops: Ops, db: Db) -> list[Cold]:
    """The gravest leads that are stale as the metric of that name counts them."""
    wishes, before = ops.policy.attention, ops.clock.now() - STALE
    return await fact_market.cold(db, before=before, worth=wishes.cold_worth, most=wishes.at_once)


def misses(rows: Iterable[Reading], policy: Policy) -> Iterable[Miss]:
    """The figures that miss their target by more than `[attention] beyond`, the worst first."""
    limit = Decimal(str(policy.attention.beyond))
    found = [Miss(METRICS[row.key], row, target.value, by) for row in rows for target, by in _missed(row, policy)]
    return sorted((one for one in found if one.by >= limit), key=lambda one: (-one.by, one.metric.key))


def _missed(row: Reading, policy: Policy) -> Iterable[tuple[Target, Decimal]]:
    target = policy.targets[row.key]
    if target.value:
        over = (row.value - target.value) / target.value
        yield target, -over if target.higher_is_better else over


def thin(rows: Mapping[tuple[str, str], Reading], names: Mapping[str, str], policy: Policy) -> tuple[Thin, ...]:
    """Key articles below `[attention] reorder_below_days`, the thinnest first."""
    limit = Decimal(str(policy.attention.reorder_below_days))
    covers = [row for (key, sku), row in rows.items() if key == _STOCK[2] and sku in names and row.value < limit]
    found = []
    for row in sorted(covers, key=lambda row: (row.value, row.dimension)):
        on_hand, pace = (rows[key, row.dimension].value for key in _STOCK[:2])
        units = wanted(on_hand, pace, policy)
        if units:
            found.append(Thin(row.dimension, names[row.dimension], on_hand, pace, row.value, units, row))
    return tuple(found)


def wanted(on_hand: Decimal, pace: Decimal, policy: Policy) -> int:
    """The units that bring an article to its cover target on the day they arrive, in whole packs."""
    days = Decimal(str(policy.score.cover_days_target)) + policy.attention.lead_days
    lacking = max(Decimal(0), days * pace - on_hand) / _PACK
    return int(lacking.to_integral_value(ROUND_CEILING)) * _PACK


def arrives(policy: Policy, today: date) -> date:
    """The day a receiving order of today is expected."""
    return today + timedelta(days=policy.attention.lead_days)


def told(one: Miss, currency: str) -> str:
    """A miss in one sentence."""
    write = numbers.write
    value, target = (write(number, one.metric.unit, currency) for number in (one.reading.value, one.target))
    side = "below" if one.reading.value < one.target else "above"
    share = numbers.percent(one.by * 100)
    return f"{_upper(one.metric.name)} {one.metric.was_were} {value}, {share} {side} the target of {target}."


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]
