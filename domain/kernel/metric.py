"""Every metric the house speaks of: what it is called, its unit, whose it is, and how it adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["money", "count", "days", "hours", "minutes", "ratio", "percent", "date"]
Kind = Literal["flow", "level", "ratio"]
"""flow: adds up over days; level: as it stands on a day; ratio: one flow over another, never added."""


@dataclass(frozen=True)
class Metric:
    """`aliases` are the phrases that mean it; `over`: numerator and denominator of a ratio; `target`: a policy key."""

    key: str
    name: str
    aliases: tuple[str, ...]
    unit: Unit
    department: str
    kind: Kind = "flow"
    plural: bool = False
    higher_is_better: bool | None = True
    dimension: Literal["channel", "sku"] | None = None
    over: tuple[str, str] | None = None
    target: str | None = None
    described: str = ""

    @property
    def was_were(self) -> str:
        """The verb that agrees with the name, then."""
        return "were" if self.plural else "was"

    @property
    def names(self) -> tuple[str, ...]:
        """The name and every alias, longest first."""
        return tuple(sorted({self.name, *self.aliases}, key=lambda name: (-len(name), name)))


_SALES = (
    Metric(
        "sales.revenue.net",
        "net revenue",
        ("revenue", "net sales", "turnover"),
        "money",
        "sales",
        dimension="channel",
        target="plan",
        described="merchandise sold less refunds given on the day, without tax and shipping",
    ),
    Metric(
        "sales.revenue.gross",
        "gross revenue",
        ("gross sales",),
        "money",
        "sales",
        dimension="channel",
        described="merchandise sold after discounts, before refunds",
    ),
    Metric(
        "sales.refunds.amount",
        "refunds",
        ("refund", "money given back"),
        "money",
        "sales",
        plural=True,
        higher_is_better=False,
        dimension="channel",
        described="merchandise given back on the day",
    ),
    Metric(
        "sales.orders.count",
        "orders",
        ("order count", "number of orders"),
        "count",
        "sales",
        plural=True,
        dimension="channel",
        described="orders placed, also those of postage alone, without test orders",
    ),
    Metric(
        "sales.aov.value",
        "average order value",
        ("aov", "basket value"),
        "money",
        "sales",
        "ratio",
        dimension="channel",
        over=("sales.revenue.gross", "sales.orders.count"),
        described="gross revenue over orders",
    ),
    Metric(
        "sales.units.count",
        "units sold",
        ("units", "items sold"),
        "count",
        "sales",
        plural=True,
        dimension="channel",
        described="units of merchandise sold, before refunds",
    ),
    Metric(
        "sales.sku.units",
        "article units",
        ("units of the article",),
        "count",
        "sales",
        plural=True,
        dimension="sku",
        described="units sold of one key SKU",
    ),
    Metric(
        "sales.pipeline.value",
        "pipeline value",
        ("pipeline", "deal pipeline"),
        "money",
        "sales",
        "level",
        described="amounts of the deals still open",
    ),
    Metric(
        "sales.deals.open",
        "open deals",
        ("deals", "open opportunities"),
        "count",
        "sales",
        "level",
        plural=True,
        described="deals not yet closed",
    ),
    Metric(
        "sales.deals.won",
        "won deals",
        ("deals won",),
        "count",
        "sales",
        "level",
        plural=True,
        described="deals won in the last 90 days",
    ),
    Metric(
        "sales.won.amount",
        "won value",
        ("value won", "won amount"),
        "money",
        "sales",
        "level",
        described="amounts of the deals won in the last 90 days",
    ),
    Metric(
        "sales.leads.stale",
        "stale leads",
        ("cold leads", "stale deals", "stale lead"),
        "count",
        "sales",
        "level",
        plural=True,
        higher_is_better=False,
        described="open deals without any activity for 14 days",
    ),
)

_LOGISTICS = (
    Metric(
        "logistics.stock.on_hand",
        "units on hand",
        ("stock on hand", "on hand", "stock"),
        "count",
        "logistics",
        "level",
        plural=True,
        dimension="sku",
        described="stock of one key SKU over all locations",
    ),
    Metric(
        "logistics.stock.cover",
        "days of cover",
        ("day of cover", "cover", "stock cover"),
        "days",
        "logistics",
        "level",
        plural=True,
        dimension="sku",
        target="cover",
        described="stock on hand over the units a day of the last 28 days the article could be sold",
    ),
    Metric(
        "logistics.stock.pace",
        "units a day",
        ("units per day", "daily units"),
        "count",
        "logistics",
        "level",
        plural=True,
        dimension="sku",
        described="units sold a day over the last 28 days the article could be sold",
    ),
    Metric(
        "logistics.shipments.shipped",
        "shipments sent",
        ("shipments", "shipped orders", "shipped"),
        "count",
        "logistics",
        plural=True,
        described="shipments that left the warehouse on the day",
    ),
    Metric(
        "logistics.shipments.open",
        "open shipments",
        ("shipments open", "unshipped orders"),
        "count",
        "logistics",
        "level",
        plural=True,
        higher_is_better=None,
        described="shipments that have not left the warehouse",
    ),
    Metric(
        "logistics.shipments.late",
        "late shipments",
        ("late shipment", "late orders", "shipments late"),
        "count",
        "logistics",
        "level",
        plural=True,
        higher_is_better=False,
        described="open shipments past their promise",
    ),
    Metric(
        "logistics.shipments.exception",
        "shipments in exception",
        ("shipment in exception", "shipment exceptions", "exceptions"),
        "count",
        "logistics",
        "level",
        plural=True,
        higher_is_better=False,
        described="open shipments the warehouse cannot work on",
    ),
)

_MARKETING = (
    Metric(
        "marketing.spend.amount",
        "ad spend",
        ("spend", "advertising spend", "marketing spend"),
        "money",
        "marketing",
        higher_is_better=None,
        described="what the ad platforms charged",
    ),
    Metric(
        "marketing.impressions.count",
        "impressions",
        ("ad impressions",),
        "count",
        "marketing",
        plural=True,
        described="times an ad was shown",
    ),
    Metric(
        "marketing.clicks.count", "clicks", ("ad clicks",), "count", "marketing", plural=True, described="clicks on ads"
    ),
    Metric(
        "marketing.conversions.count",
        "conversions",
        ("ad conversions", "purchases from ads"),
        "count",
        "marketing",
        plural=True,
        described="purchases the ad platforms claim",
    ),
    Metric(
        "marketing.claimed.value",
        "claimed value",
        ("platform-claimed value",),
        "money",
        "marketing",
        described="sales the ad platforms claim",
    ),
    Metric(
        "marketing.mer.ratio",
        "MER",
        ("marketing efficiency ratio", "blended return on ad spend"),
        "ratio",
        "marketing",
        "ratio",
        over=("sales.revenue.net", "marketing.spend.amount"),
        target="marketing.mer.ratio",
        described="net revenue over ad spend",
    ),
    Metric(
        "marketing.cpc.amount",
        "cost per click",
        ("cpc",),
        "money",
        "marketing",
        "ratio",
        higher_is_better=False,
        over=("marketing.spend.amount", "marketing.clicks.count"),
        described="ad spend over clicks",
    ),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in (*_SALES, *_LOGISTICS, *_MARKETING)}

CHANNELS: dict[str, tuple[str, ...]] = {
    "dtc": ("DTC", "direct to consumer", "web shop", "online shop"),
    "wholesale": ("wholesale", "trade customers"),
    "marketplace": ("marketplaces", "marketplace"),
}
"""What the channels of the facts are called, the first name first."""
