"""A ground for the gate's tests: one company's morning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.kernel.ground import NOW, Driver, Figure, Ground, Group, Period
from domain.kernel.metric import Unit

D = Decimal


_OF_GROSS: dict[str, Any] = {"whole": D(198_114), "whole_of": "sales.revenue.gross"}


def _up(metric: str, names: str, unit: Unit, value: int | str, period: str = NOW, **more: Any) -> Figure:
    return Figure(metric, tuple(names.split("|")), unit, D(value), period, higher_is_better=True, **more)


def _down(metric: str, names: str, unit: Unit, value: int | str, period: str = NOW, **more: Any) -> Figure:
    return Figure(metric, tuple(names.split("|")), unit, D(value), period, higher_is_better=False, **more)


def morning() -> Ground:
    """20 Nov 2026: a good month, a weaker week, one article short, one source stale."""
    return Ground(
        currency="GBP",
        periods=(
            Period("mtd", ("month to date", "1–19 Nov 2026", "so far this month")),
            Period("7d", ("the last 7 days", "13–19 Nov 2026"), ("the 7 days before",)),
            Period("day", ("19 Nov", "yesterday", "19 Nov 2026")),
        ),
        dimensions={
            "dtc": ("DTC", "web shop"),
            "wholesale": ("wholesale",),
            "85123A": ("85123A",),
            "22423": ("SKU 22423",),
            "order:581483": ("order 581483",),
            "shopify.orders": ("Shopify orders",),
        },
        figures=(
            _up("sales.revenue.net", "net revenue|revenue", "money", 412_340, "mtd", target=D(399_500)),
            _up("sales.revenue.net", "net revenue", "money", 97_820, "7d", prior=D(104_170)),
            _up("sales.revenue.net", "net revenue", "money", 61_200, "7d", dimension="dtc", prior=D(60_000)),
            _up("sales.revenue.net", "net revenue", "money", 36_620, "7d", dimension="wholesale", prior=D(44_170)),
            _up("sales.orders.count", "orders", "count", 412, "7d", prior=D(438)),
            _up("sales.orders.count", "orders", "count", 371, "7d", dimension="dtc", prior=D(369)),
            _up("sales.aov.value", "average order value", "money", "239.80", "7d", prior=D("239.10")),
            _down("sales.refunds.amount", "refunds", "money", 4_310, "7d", prior=D(2_150)),
            _up("sales.revenue.gross", "gross revenue", "money", 198_114, "day"),
            _up("sales.revenue.gross", "gross revenue", "money", 168_470, "day", dimension="order:581483", **_OF_GROSS),
            _up("sales.revenue.net", "net revenue", "money", 29_580, "day"),
            _up("logistics.stock.cover", "days of cover", "days", "4.2", dimension="85123A", target=D(21)),
            _up("logistics.stock.cover", "days of cover", "days", 63, dimension="22423", target=D(21)),
            _up("logistics.stock.out", "runs out|stock-out date", "date", 739_952, dimension="85123A"),
            _down("logistics.shipments.late", "late shipments|late shipment", "count", 9, prior=D(4)),
            _up("marketing.mer.ratio", "MER", "ratio", "8.14", "7d", prior=D("9.20"), target=D(9)),
            Figure("marketing.spend.amount", ("ad spend", "spend"), "money", D(12_020), "7d", prior=D(11_320)),
            _up("pulse.score", "health score|score", "count", 72, whole=D(100), prior=D(70)),
            _up("pulse.confidence", "confidence", "percent", 85),
            _down("source.age", "hours old", "hours", 26, dimension="shopify.orders"),
        ),
        drivers=(
            Driver("channel", "sales.revenue.net", "dtc", ("DTC",), D(1_200), "7d"),
            Driver("channel", "sales.revenue.net", "wholesale", ("wholesale",), D(-7_550), "7d"),
            Driver("basket", "sales.revenue.net", "volume", ("fewer orders", "order volume"), D(-6_210), "7d"),
            Driver("basket", "sales.revenue.net", "basket", ("larger baskets", "basket size"), D(2_020), "7d"),
            Driver("basket", "sales.revenue.net", "refunds", ("higher refunds",), D(-2_160), "7d"),
        ),
        groups=(
            Group(
                "departments",
                ("departments", "department"),
                {"logistics": ("Logistics",), "marketing": ("Marketing",), "sales": ("Sales",)},
                {
                    "needs attention": frozenset({"logistics", "marketing"}),
                    "need attention": frozenset({"logistics", "marketing"}),
                    "is as planned": frozenset({"sales"}),
                },
            ),
            Group(
                "sources",
                ("sources", "source"),
                {
                    "shopify.orders": ("Shopify orders",),
                    "shipbob": ("ShipBob",),
                    "meta": ("Meta ads",),
                    "hubspot": ("HubSpot",),
                },
                {"stale": frozenset({"shopify.orders"}), "fresh": frozenset({"shipbob", "meta", "hubspot"})},
            ),
            Group(
                "key_skus",
                ("key SKUs", "key SKU"),
                {f"K{n}": (f"K{n}X",) for n in range(40)},
                {"below cover target": frozenset(f"K{n}" for n in range(12))},
            ),
            Group("queues", ("queues",), {"a": ("queue-a",), "b": ("queue-b",)}, {"empty": frozenset({"a", "b"})}),
        ),
        phrases=("the last good value is", "of the score"),
    )
