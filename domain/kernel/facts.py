"""Canonical facts: what every vendor's data become, whoever the vendor is; every metric is a query over these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeVar

from models import fact, fact_market, fact_order, fact_stock
from models.base import Db
from models.fact import FactTable, Merged

Kind = Literal["orders", "inventory", "fulfilment", "ads", "deals"]
Channel = Literal["dtc", "wholesale", "marketplace"]
T = TypeVar("T")


class Order(NamedTuple):
    """An order; `net` is merchandise after discounts, without tax and shipping, before refunds."""

    id: str
    source: str
    name: str
    channel: Channel
    ordered_at: datetime
    day: date
    updated_at: datetime
    cancelled_at: datetime | None
    test: bool
    net: Decimal
    custom: Decimal
    units: int
    lines: int
    currency: str
    customer: str | None


class OrderLine(NamedTuple):
    """A line of an order; `sku` is empty for what is not merchandise."""

    order_id: str
    line: int
    sku: str
    quantity: int
    amount: Decimal
    day: date
    channel: Channel


LineRow = tuple[str, int, str, int, Decimal, date, Channel]
"""An OrderLine as a plain tuple: there are millions, and the garbage collector looks at plain tuples only once."""


class Refund(NamedTuple):
    """Merchandise given back on one occasion, in positive figures."""

    id: str
    order_id: str
    refunded_at: datetime
    day: date
    channel: Channel
    amount: Decimal
    custom: Decimal
    units: int


class Level(NamedTuple):
    """What one place holds of one SKU."""

    source: str
    location: str
    sku: str
    name: str
    on_hand: int
    available: int
    committed: int
    incoming: int
    as_of: datetime


class Shipment(NamedTuple):
    """A shipment and how it stands; `exception` is empty or says what holds it up."""

    id: str
    source: str
    order_name: str
    day: date
    status: str
    late: bool
    exception: str
    shipped_day: date | None
    updated_at: datetime


class AdDay(NamedTuple):
    """One ad set on one day; `value` is what the platform claims to have sold."""

    source: str
    campaign: str
    adset: str
    day: date
    name: str
    spend: Decimal
    impressions: int
    clicks: int
    conversions: Decimal
    value: Decimal
    currency: str


class Deal(NamedTuple):
    """A deal of the pipeline."""

    id: str
    source: str
    name: str
    amount: Decimal | None
    currency: str
    stage: str
    is_closed: bool
    is_won: bool
    created_at: datetime
    touched_at: datetime
    closed_at: datetime | None


@dataclass
class Batch:
    """Facts mapped from some answers, one entry per natural key; the last one wins.

    `rows`: vendor rows mapped. `data_at`: the newest time in the data. `notices`: oddities a person should know of.
    `gone`: ids of deals that are no more.
    """

    orders: dict[str, tuple[Order, list[LineRow], list[Refund]]] = field(default_factory=dict)
    levels: dict[tuple[str, str], Level] = field(default_factory=dict)
    shipments: dict[str, Shipment] = field(default_factory=dict)
    ads: dict[tuple[str, str, date], AdDay] = field(default_factory=dict)
    deals: dict[str, Deal] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    rows: int = 0
    left_out: int = 0
    data_at: datetime | None = None
    notices: set[str] = field(default_factory=set)

    def seen(self, at: datetime) -> None:
        """Note a time found in the data."""
        if self.data_at is None or at > self.data_at:
            self.data_at = at

    def notice(self, text: str) -> None:
        """Note an oddity; a hundred different ones are enough."""
        if len(self.notices) < 100:
            self.notices.add(text)


TABLE_OF: dict[Kind, FactTable] = {
    "orders": fact_order.ORDERS,
    "inventory": fact_stock.LEVELS,
    "fulfilment": fact_stock.FULFILMENTS,
    "ads": fact_market.AD_DAYS,
    "deals": fact_market.DEALS,
}
"""Where the rows of a kind stand, for counting them by day."""


async def store(db: Db, batch: Batch, today: date) -> Merged:
    """Write a batch by natural key; the days whose figures may differ now. `today` is the company's date."""
    merged = Merged()
    if batch.orders:
        orders = [order for order, _, _ in batch.orders.values()]
        lines = [line for _, lines, _ in batch.orders.values() for line in lines]
        refunds = [refund for _, _, refunds in batch.orders.values() for refund in refunds]
        merged |= await fact_order.keep(db, orders, lines, refunds)
    if batch.levels:
        kept, lacking, held = await fact_stock.keep_levels(db, list(batch.levels.values()), today)
        merged |= kept
        if lacking > held / 2:
            batch.notice(f"{lacking} of {held} stock levels are missing from the answer; they stay as they were")
    merged |= await fact.merge(db, fact_stock.FULFILMENTS, list(batch.shipments.values()))
    merged |= await fact.merge(db, fact_market.AD_DAYS, list(batch.ads.values()))
    merged |= await fact.merge(db, fact_market.DEALS, list(batch.deals.values()))
    return merged | await fact_market.drop_deals(db, batch.gone)


# What a vendor's value must be. Each raises TypeError or ValueError, which the drift guard turns into a named fault;
# none of them guesses: a number where a text was promised is a change of shape, and a change of shape is told.


def text(value: Any) -> str:
    """A text."""
    if type(value) is not str:
        raise TypeError(f"{_kind(value)}, not a text")
    return value


def whole(value: Any) -> int:
    """A whole number, not written as text."""
    if type(value) is not int:
        raise TypeError(f"{_kind(value)}, not a whole number")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise TypeError(f"{_kind(value)}, not true or false")
    return value


def amount(value: Any) -> Decimal:
    """A decimal number written as text; finite."""
    if type(value) is not str:
        raise TypeError(f"{_kind(value)}, not an amount written as text")
    found = Decimal(value)
    if not found.is_finite():
        raise ValueError(f"{value!r} is no amount")
    return found


def count(value: Any) -> int:
    """A whole number written as text."""
    return int(text(value))


def moment(value: Any) -> datetime:
    """A time with its zone, written as ISO 8601 text."""
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        raise ValueError(f"{value!r} does not say its zone")
    return found


def day(value: Any) -> date:
    """A date written as ISO 8601 text."""
    return date.fromisoformat(text(value))


def maybe(kind: Callable[[Any], T], value: Any) -> T | None:
    """A value that may rightly be null."""
    return None if value is None else kind(value)


def _kind(value: Any) -> str:
    names = {"str": "a text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "null"}
    return names.get(type(value).__name__, "a list" if isinstance(value, list) else "an object")
