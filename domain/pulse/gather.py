"""The facts of one morning, read from metric rows and a few recent facts into a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from domain.kernel import calendar, drivers, figures, freshness
from domain.kernel.calendar import Calendar, Days
from domain.kernel.drivers import Sold
from domain.kernel.figures import Stretch
from domain.kernel.freshness import JobsSeen, Source
from domain.kernel.ground import ALL, NOW, Driver, Figure, Origin, Period
from domain.kernel.metric import METRICS
from domain.kernel.numbers import rounded, short_date, span
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from domain.pulse.snapshot import VERSION, Article, Event, OpenDays, Snapshot
from domain.watch.sources import needed_since
from models import concentration, metric
from models import pulse as pulses
from models.base import Db
from models.concentration import Large

NET = "sales.revenue.net"
_TREND = (
    NET,
    "sales.revenue.gross",
    "sales.refunds.amount",
    "sales.orders.count",
    "sales.aov.value",
    "sales.units.count",
    "logistics.shipments.shipped",
)
_PER_CHANNEL = (NET, "sales.orders.count")
_DAY = (NET, "sales.revenue.gross", "sales.refunds.amount", "sales.orders.count")
_ADS = (
    "marketing.spend.amount",
    "marketing.clicks.count",
    "marketing.conversions.count",
    "marketing.mer.ratio",
    "marketing.cpc.amount",
)
_DOMINATES = Decimal("0.3")
_ENOUGH_ORDERS = 10
_OLDEST_LEVEL = timedelta(days=21)


@dataclass(frozen=True)
class Told:
    """What is known besides the rows: the time, the sources, the jobs; a past day has none of them.

    `since` and `ads_since`: the days from which on all orders and all ads are stored; None: nobody fills their history.
    `filling`: older orders are still being read.
    """

    at: datetime
    sources: tuple[Source, ...] = ()
    unconnected: tuple[str, ...] = ()
    jobs: JobsSeen | None = None
    since: date | None = None
    ads_since: date | None = None
    filling: bool = False


async def snapshot(ops: Ops, day: date) -> Snapshot:
    """The facts as they stand now for the pulse of a day; sources and jobs only for today."""
    async with ops.db.begin() as db:
        orders, ads = [await freshness.covered_since(ops, db, kind) for kind in ("orders", "ads")]
        filling = await freshness.filling(ops, db, "orders")
        told = Told(ops.clock.now(), since=orders, ads_since=ads, filling=filling)
        if day == ops.today():
            sources, jobs = await freshness.seen(ops, db), await freshness.jobs(ops, db)
            told = replace(told, sources=sources, unconnected=freshness.unconnected(ops, sources), jobs=jobs)
        return await _snapshot(db, ops.policy, day, told)


async def _snapshot(db: Db, policy: Policy, day: date, told: Told) -> Snapshot:
    extent = await metric.extent(db, NET)
    through = _through(day, policy, told.sources, extent[1] if extent else None)
    since = told.since or (extent[0] if extent else date.max)
    month = calendar.month(through)
    mtd = await _stretch(db, Days(month.first, through), since)
    trend = await _stretch(db, calendar.last_days(through, policy.score.trend_days), since)
    before = await _stretch(db, trend.days.before, since)
    history = _unfinished(policy, day, told.since)
    plan, basis = await _plan(db, policy, month, date.max if history else since)
    open_days = _open_days(Calendar.of(policy.company), mtd.days, month, trend.days)
    plan_to_date = rounded(plan * open_days.so_far / open_days.in_month, 2) if plan and open_days.in_month else None
    names = dict(list((await metric.key_skus(db)).items())[: policy.score.key_skus])
    articles, stock = await _stock(db, policy, day, names)
    events, of_events = await _events(db, trend.days)
    ads, ads_period = await _ads(db, policy, trend, told.sources, max(since, told.ads_since or date.min))
    previous = await pulses.score_before(db, day)
    found: list[Figure | None] = [
        figures.flow(NET, "mtd", mtd, target=plan_to_date),
        _plan_figure(plan, mtd.days),
        *(figures.flow(key, "trend", trend, before) for key in _TREND),
        *_per_channel(trend, before),
        *ads,
        *stock,
        *of_events,
        *await _levels(db, policy, day),
    ]
    periods = _periods(mtd.days, trend.days, events)
    return Snapshot(
        version=VERSION,
        day=day,
        through=through,
        at=told.at,
        company=policy.company.name,
        zone=policy.company.zone,
        currency=policy.company.currency,
        rules=policy.score,
        plan_basis=basis,
        open_days=open_days,
        figures=tuple(figure for figure in found if figure is not None),
        periods=(*periods, *([ads_period] if ads_period else [])),
        drivers=_drivers(trend, before),
        sources=told.sources,
        unconnected=told.unconnected,
        jobs=told.jobs or JobsSeen(),
        articles=articles,
        events=events,
        previous_score=previous[1] if previous and day - previous[0] <= timedelta(days=7) else None,
        unstocked=tuple(sorted(names.keys() - {article.sku for article in articles})),
        history=history,
        begun=None if history else _begun(told, extent[0] if extent else None, mtd.days),
        filling=told.filling,
    )


def _begun(told: Told, first: date | None, mtd: Days) -> date | None:
    """The first day stored, while older ones are being read or when the month told begins before it."""
    if told.filling:
        return told.since
    return first if first and mtd.first < first <= mtd.last else None


def _unfinished(policy: Policy, day: date, since: date | None) -> date | None:
    """The first day stored, while the plan or the choice of key SKUs needs older ones; None when nothing lacks."""
    return since if since and since > needed_since(policy, day) else None


def _through(day: date, policy: Policy, sources: tuple[Source, ...], newest: date | None) -> date:
    """The last day that is complete: the day before, or earlier when the orders were read last before its end."""
    yesterday = day - timedelta(days=1)
    times = [source.as_of for source in sources if source.kind == "orders" and source.as_of is not None]
    if times:
        return min(yesterday, min(times).astimezone(policy.company.tz).date() - timedelta(days=1))
    return min(yesterday, newest) if newest and not sources else yesterday


async def _stretch(db: Db, days: Days, since: date) -> Stretch:
    known = since <= days.first
    return Stretch(days, await metric.totals(db, figures.FLOWS, days.first, days.last) if known else {}, known)


async def _plan(
    db: Db, policy: Policy, month: Days, since: date
) -> tuple[Decimal | None, Literal["policy", "last year", ""]]:
    """The month's plan: the policy's figure, else the same month of last year and the growth the policy asks for.

    `since`: from when on all is stored; a month without the refunds of older orders would be too high a plan.
    """
    named = policy.plan.months.get(f"{month.first:%Y-%m}")
    if named is not None:
        return named, "policy"
    last_year = calendar.same_month_last_year(month.first)
    before = figures.total(await _stretch(db, last_year, since), NET)
    if before is None or before.value <= 0:
        return None, ""
    return rounded(before.value * (1 + policy.plan.growth_over_last_year), 2), "last year"


def _plan_figure(plan: Decimal | None, days: Days) -> Figure | None:
    if plan is None:
        return None
    name = f"{days.first:%B}"
    return Figure("sales.plan.month", (f"plan for {name}", "plan for the month"), "money", plan, "mtd")


def _open_days(open_on: Calendar, mtd: Days, month: Days, trend: Days) -> OpenDays:
    return OpenDays(
        open_on.open_days(mtd), open_on.open_days(month), open_on.open_days(trend), open_on.open_days(trend.before)
    )


def _per_channel(trend: Stretch, before: Stretch) -> Iterator[Figure | None]:
    for dimension in figures.dimensions(trend, before):
        for key in _PER_CHANNEL:
            whole = figures.total(trend, key)
            figure = figures.flow(key, "trend", trend, before, dimension=dimension)
            if figure and whole and whole.value > 0:
                yield _part_of(figure, whole.value)
            else:
                yield figure


def _part_of(figure: Figure, whole: Decimal) -> Figure:
    return Figure(**{**vars(figure), "whole": whole, "whole_of": figure.metric})


def _drivers(trend: Stretch, before: Stretch) -> tuple[Driver, ...]:
    if not (trend.known and before.known and trend.totals and before.totals):
        return ()
    channels = {one: (_sold(before, one), _sold(trend, one)) for one in figures.dimensions(trend, before)}
    return drivers.of(channels, "trend")


def _sold(stretch: Stretch, channel: str) -> Sold:
    def value(key: str) -> Decimal:
        found = figures.total(stretch, key, channel)
        return found.value if found else Decimal(0)

    return Sold(value("sales.orders.count"), value("sales.revenue.gross"), value("sales.refunds.amount"))


# --- stock ----------------------------------------------------------------------------------------------------------


async def _stock(
    db: Db, policy: Policy, day: date, names: Mapping[str, str]
) -> tuple[tuple[Article, ...], list[Figure | None]]:
    """Every key SKU of `names` that has a level, shortest cover first, and the figures of their cover."""
    keys = ("logistics.stock.on_hand", "logistics.stock.pace", "logistics.stock.cover")
    rows = await metric.latest(db, keys, day)
    covers = [row for (key, sku), row in rows.items() if key == keys[2] and sku in names]
    covers = [row for row in covers if day - row.day <= _OLDEST_LEVEL]
    if not covers:
        return (), []
    target = Decimal(str(policy.score.cover_days_target))
    articles = []
    for row in sorted(covers, key=lambda row: (row.value, row.dimension)):
        on_hand, pace = (rows[key, row.dimension].value for key in keys[:2])
        out = row.day + timedelta(days=int(row.value)) if 0 < row.value < 366 else None
        articles.append(Article(row.dimension, names[row.dimension], on_hand, pace, row.value, out))
    covered = sum(row.value >= target for row in covers)
    origin = Origin(keys[2], "sku", covers[0].day, covers[0].day, sum(r.source_rows for r in covers), covers[0].as_of)
    figure = Figure(
        "logistics.stock.covered",
        ("key SKUs at cover target",),
        "count",
        Decimal(covered),
        NOW,
        whole=Decimal(len(covers)),
        higher_is_better=True,
        origins=(origin,),
    )
    low = [row for row in covers if row.value < target]
    return tuple(articles), [figure, *(figures.level(row, target=target) for row in low), *_outs(articles, covers)]


def _outs(articles: list[Article], covers: list[metric.Reading]) -> Iterator[Figure]:
    rows = {row.dimension: row for row in covers}
    for article in articles:
        if article.out:
            yield Figure(
                "logistics.stock.out",
                ("runs out", "stock-out date"),
                "date",
                Decimal(article.out.toordinal()),
                NOW,
                article.sku,
                origins=(figures.origin_of(rows[article.sku]),),
            )


async def _levels(db: Db, policy: Policy, day: date) -> list[Figure]:
    """Shipments and deals as they stood last."""
    keys = [key for key in figures.LEVELS if METRICS[key].dimension is None]
    rows = await metric.latest(db, keys, day)
    return [
        figures.level(row, target=policy.targets[row.key].value if row.key in policy.targets else None)
        for row in rows.values()
        if day - row.day <= _OLDEST_LEVEL
    ]


# --- advertising ----------------------------------------------------------------------------------------------------


async def _ads(
    db: Db, policy: Policy, trend: Stretch, sources: tuple[Source, ...], since: date
) -> tuple[list[Figure | None], Period | None]:
    """The ad figures of the trend's stretch, or of the last one that the ad platforms have told of.

    `since`: from when on all orders and ads are stored; over fewer days of spend MER would look too good.
    """
    newest = await metric.extent(db, "marketing.spend.amount")
    if newest is None:
        return [], None
    times = [source.as_of for source in sources if source.kind == "ads" and source.as_of is not None]
    told = min(times).astimezone(policy.company.tz).date() - timedelta(days=1) if times else newest[1]
    last = min(trend.days.last, newest[1], told)
    days = Days(last - timedelta(days=trend.days.count - 1), last)
    first_ad = newest[0]
    stretch = await _stretch(db, days, since)
    before = await _stretch(db, days.before, max(since, first_ad))
    key = "trend" if days == trend.days else "ads"
    found = [
        figures.flow(one, key, stretch, before, target=policy.targets[one].value if one in policy.targets else None)
        for one in _ADS
    ]
    if key == "trend":
        return found, None
    named = Period(key, (f"the {days.count} days to {short_date(last)}",), (f"the {days.count} days before that",))
    return found, named


# --- days that one dominates ----------------------------------------------------------------------------------------


async def _events(db: Db, days: Days) -> tuple[tuple[Event, ...], list[Figure | None]]:
    """The day of the stretch that one order or customer dominates most, with its figures."""
    each = figures.whole_days(days.first, days.last)
    rows = await metric.series(db, _DAY, days.first, days.last, dimensions=[ALL])
    gross = {row.day: row.value for row in rows if row.key == "sales.revenue.gross"}
    found = [one for one in await concentration.largest(db, each) if _dominates(one, gross)]
    if not found:
        return (), []
    top = max(found, key=lambda one: (_weight(one, gross), one.day))
    event = Event(top.day, top.name, "order" if top.kind == "order" else "customer", top.given_back >= top.amount)
    period = f"day:{top.day.isoformat()}"
    stretch = Stretch(Days(top.day, top.day), await metric.totals(db, figures.FLOWS, top.day, top.day))
    whole = figures.total(stretch, "sales.revenue.gross")
    assert whole is not None
    mine = Figure(
        "sales.revenue.gross",
        METRICS["sales.revenue.gross"].names,
        "money",
        rounded(top.amount, 4),
        period,
        f"{event.kind}:{event.subject}",
        whole=whole.value,
        whole_of="sales.revenue.gross",
        origins=(Origin("sales.revenue.gross", f"{event.kind}:{event.subject}", top.day, top.day, 1),),
    )
    return (event,), [mine, *(figures.flow(key, period, stretch) for key in _DAY)]


def _dominates(one: Large, gross: dict[date, Decimal]) -> bool:
    whole = gross.get(one.day, Decimal(0))
    return one.of_orders >= _ENOUGH_ORDERS and whole > 0 and one.amount / whole >= _DOMINATES


def _weight(one: Large, gross: dict[date, Decimal]) -> Decimal:
    """A single order weighs more than a customer of several, unless the customer's share is much larger."""
    share = one.amount / gross[one.day]
    return share if one.kind == "order" else share * Decimal("0.8")


# --- periods --------------------------------------------------------------------------------------------------------


def _periods(mtd: Days, trend: Days, events: tuple[Event, ...]) -> tuple[Period, ...]:
    stretch = "day" if trend.count == 1 else f"{trend.count} days"
    found = [
        Period("mtd", ("month to date", span(mtd.first, mtd.last), f"{mtd.first:%B} so far")),
        Period("trend", (f"the last {stretch}", f"last {stretch}"), (f"the {stretch} before",)),
        Period("score", (), ("the pulse before",)),
    ]
    for event in events:
        names = [short_date(event.day), short_date(event.day, year=True)]
        found.append(Period(f"day:{event.day.isoformat()}", tuple(names)))
    return tuple(found)
