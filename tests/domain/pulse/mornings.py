"""Random mornings: snapshots of figures, sources and jobs such as the stored rows could give."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from domain.kernel import drivers
from domain.kernel.drivers import Sold
from domain.kernel.freshness import JobsSeen, Source
from domain.kernel.ground import NOW, Driver, Figure, Period
from domain.kernel.metric import METRICS
from domain.pulse.snapshot import VERSION, Article, Event, OpenDays, Snapshot
from tests.models.standing import policy

RULES = policy().score
AMOUNT = st.one_of(
    st.integers(0, 3_000_000).map(Decimal), st.integers(-500_000, 300_000_000).map(lambda pence: Decimal(pence) / 100)
)
COUNT = st.integers(0, 20_000).map(Decimal)
RATIO = st.integers(0, 900_000).map(lambda n: Decimal(n) / 10_000)
PERIODS = (
    Period("mtd", ("month to date", "1–19 Nov 2026", "November so far")),
    Period("trend", ("the last 7 days", "last 7 days"), ("the 7 days before",)),
    Period("score", (), ("the pulse before",)),
    Period("day:2026-11-17", ("17 Nov", "17 Nov 2026")),
)
_NAMES = [("Shopify orders", "orders", "logistics"), ("Shopify stock levels", "inventory", "logistics"),
          ("ShipBob shipments", "fulfilment", "logistics"), ("Meta ads", "ads", "marketing"),
          ("HubSpot deals", "deals", "sales")]  # fmt: skip


def _value(key: str) -> st.SearchStrategy[Decimal]:
    return {"money": AMOUNT, "count": COUNT}.get(METRICS[key].unit, RATIO)


@st.composite
def _figure(draw: st.DrawFn, /, key: str, period: str, **more: Any) -> Figure | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    known = METRICS[key]
    prior = draw(st.one_of(st.none(), _value(key))) if period == "trend" else None
    return Figure(
        key, known.names, known.unit, draw(_value(key)), period,
        **{"prior": prior, "higher_is_better": known.higher_is_better, **more},
    )  # fmt: skip


@st.composite
def _figures(draw: st.DrawFn) -> list[Figure]:
    target = draw(st.one_of(st.none(), st.integers(1, 2_000_000).map(Decimal)))
    found = [draw(_figure("sales.revenue.net", "mtd", target=target))]
    for key in ("sales.revenue.net", "sales.orders.count", "sales.refunds.amount", "sales.aov.value",
                "sales.units.count", "marketing.spend.amount", "marketing.clicks.count", "marketing.cpc.amount",
                "logistics.shipments.shipped"):  # fmt: skip
        found += [draw(_figure(key, "trend"))]
    found.append(draw(_figure("marketing.mer.ratio", "trend", target=draw(st.sampled_from([None, Decimal(9)])))))
    for channel in ("dtc", "wholesale"):
        for key in ("sales.revenue.net", "sales.orders.count"):
            found += [draw(_figure(key, "trend", dimension=channel))]
    limit = draw(st.sampled_from([None, Decimal(5)]))
    for key in ("logistics.shipments.late", "logistics.shipments.exception", "sales.leads.stale"):
        found += [draw(_figure(key, NOW, target=limit))]
    return [figure for figure in found if figure is not None]


@st.composite
def _drivers(draw: st.DrawFn) -> tuple[Driver, ...]:
    sold = st.builds(Sold, COUNT, COUNT.map(lambda n: n * 31), COUNT)
    channels = draw(st.dictionaries(st.sampled_from(["dtc", "wholesale"]), st.tuples(sold, sold)))
    return drivers.of(channels, "trend") if channels else ()


@st.composite
def _sources(draw: st.DrawFn, at: datetime) -> tuple[Source, ...]:
    found = []
    for name, kind, department in draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=5)):
        hours = draw(st.one_of(st.none(), st.integers(0, 400)))
        fault = draw(st.sampled_from(["", "", "credential", "html"]))
        as_of = None if hours is None else at - timedelta(hours=hours, minutes=draw(st.integers(0, 59)))
        found.append(
            Source(kind, name, department, kind, as_of, Decimal(30), fault, "<!channel> it said 401" if fault else "")
        )
    return tuple(found)


def _articles(covers: list[Decimal], day: date) -> tuple[tuple[Article, ...], list[Figure]]:
    target = Decimal(str(RULES.cover_days_target))
    made = [
        Article(
            f"{85000 + n}A",
            "<b>Lamp</b>",
            cover * 3,
            Decimal(3),
            cover,
            day + timedelta(days=int(cover)) if cover else None,
        )
        for n, cover in enumerate(sorted(covers))
    ]
    if not made:
        return (), []
    covered = Decimal(sum(article.cover >= target for article in made))
    names = ("key SKUs at cover target",)
    return tuple(made), [Figure("logistics.stock.covered", names, "count", covered, NOW, whole=Decimal(len(made)))]


def _event(mine: Decimal, whole: Decimal, kind: str, back: bool) -> tuple[tuple[Event, ...], list[Figure]]:
    names = METRICS["sales.revenue.gross"].names
    period, gross = "day:2026-11-17", "sales.revenue.gross"
    found = [
        Figure(gross, names, "money", mine, period, f"{kind}:581483", whole=whole, whole_of=gross),
        Figure(gross, names, "money", whole, period),
        Figure(
            "sales.refunds.amount", METRICS["sales.refunds.amount"].names, "money", mine if back else Decimal(0), period
        ),
        Figure("sales.revenue.net", METRICS["sales.revenue.net"].names, "money", whole - (mine if back else 0), period),
    ]
    return (Event(date(2026, 11, 17), "581483", kind, back),), found  # type: ignore[arg-type]


@st.composite
def mornings(draw: st.DrawFn) -> Snapshot:
    """Any morning, with any of its figures missing."""
    day, at = date(2026, 11, 20), datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    covers = draw(st.lists(st.integers(0, 9990).map(lambda n: Decimal(n) / 10), max_size=12))
    articles, stock = _articles(covers, day)
    events: tuple[Event, ...] = ()
    of_events: list[Figure] = []
    if draw(st.booleans()):
        mine = draw(st.integers(100, 10**6).map(Decimal))
        whole = mine + draw(st.integers(0, 10**6).map(Decimal))
        events, of_events = _event(mine, whole, draw(st.sampled_from(["order", "customer"])), draw(st.booleans()))
    ended = draw(st.integers(0, 200))
    return Snapshot(
        version=VERSION, day=day, through=date(2026, 11, 19), at=at, company="The company", zone="Europe/London",
        currency=draw(st.sampled_from(["GBP", "EUR", "CHF"])), rules=RULES, plan_basis="policy",
        open_days=OpenDays(16, 26, draw(st.integers(0, 7)), draw(st.integers(0, 7))),
        figures=(*draw(_figures()), *stock, *of_events),
        periods=PERIODS, drivers=draw(_drivers()), sources=draw(_sources(at)),
        unconnected=draw(st.sampled_from([(), ("HubSpot",)])),
        jobs=JobsSeen(ended, draw(st.integers(0, ended)), draw(st.sampled_from([(), ("collect.orders",)]))),
        articles=articles, events=events,
        unstocked=draw(st.sampled_from([(), ("90001A",), ("90001A", "90002B")])),
        history=draw(st.sampled_from([None, date(2026, 11, 3)])),
        begun=draw(st.sampled_from([None, date(2026, 11, 10)])), filling=draw(st.booleans()),
        previous_score=draw(st.one_of(st.none(), st.integers(0, 1000).map(lambda n: Decimal(n) / 10))),
    )  # fmt: skip
