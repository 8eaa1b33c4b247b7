"""Orders, their lines and their refunds as facts: a sale counts on its own day, a refund on the day it is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import DateTime, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models import fact
from models.base import At, Base, Db, Money
from models.fact import FactTable, Merged, Row

COLUMNS_ORDER = (
    "id", "source", "name", "channel", "ordered_at", "day", "updated_at", "cancelled_at", "test",
    "net", "custom", "units", "lines", "currency", "customer",
)  # fmt: skip
COLUMNS_LINE = ("order_id", "line", "sku", "quantity", "amount", "day", "channel")
COLUMNS_REFUND = ("id", "order_id", "refunded_at", "day", "channel", "amount", "custom", "units")


class ShopOrder(Base):
    """An order. Test orders are kept as a row, but without lines and refunds, so sums over those never hold them.

    `net`: its merchandise after discounts, without shipping and tax, before refunds. `custom`: the same of lines that
    carry no SKU (manual charges, fees), which are not merchandise. A cancelled order keeps its sale on the day it was
    made; what cancelling took back stands in order_refund on the day of the cancellation.
    """

    __tablename__ = "shop_order"

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str]
    channel: Mapped[str]
    ordered_at: Mapped[At]
    day: Mapped[date] = mapped_column(index=True)
    updated_at: Mapped[At]
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    test: Mapped[bool]
    net: Mapped[Money]
    custom: Mapped[Money]
    units: Mapped[int]
    lines: Mapped[int]
    currency: Mapped[str]
    customer: Mapped[str | None]
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())


class OrderLine(Base):
    """A line of an order: `sku` is empty for a custom line, `amount` is after discounts, before refunds."""

    __tablename__ = "order_line"
    # BRIN: lines arrive month by month, so a day lies in few blocks; a tenth of the cost of a tree while loading.
    __table_args__ = (
        Index(
            "ix_order_line_day",
            "day",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
        ),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    quantity: Mapped[int]
    amount: Mapped[Money]
    day: Mapped[date]
    channel: Mapped[str]


class OrderRefund(Base):
    """Merchandise given back on one occasion; `amount`, `custom` and `units` are positive, without shipping and tax."""

    __tablename__ = "order_refund"

    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(index=True)
    refunded_at: Mapped[At]
    day: Mapped[date] = mapped_column(index=True)
    channel: Mapped[str]
    amount: Mapped[Money]
    custom: Mapped[Money]
    units: Mapped[int]


ORDERS = FactTable.of(ShopOrder, COLUMNS_ORDER)
LINES = FactTable.of(OrderLine, COLUMNS_LINE, day=None)  # a line lives on its order's day, and the order tells it
REFUNDS = FactTable.of(OrderRefund, COLUMNS_REFUND)


async def keep(db: Db, orders: Sequence[Row], lines: Sequence[Row], refunds: Sequence[Row]) -> Merged:
    """Merge whole orders: every line and refund of each order handed in. A line the order no longer has is removed;
    an order of which a later state is stored already stays as it is (a back-fill may overtake a fresh answer)."""
    await fact.alone(db)
    late = await _overtaken(db, orders)
    if late:
        orders, lines = _without(late, ORDERS, orders), _without(late, LINES, lines)
        refunds = _without(late, REFUNDS, refunds)
    await _drop_lost_lines(db, orders)
    merged = await fact.merge(db, ORDERS, orders)
    merged |= await fact.merge(db, LINES, lines)
    return merged | await fact.merge(db, REFUNDS, refunds)


def _without(late: set[str], target: FactTable, rows: Sequence[Row]) -> list[Row]:
    place = target.place("id" if target is ORDERS else "order_id")
    return [row for row in rows if row[place] not in late]


async def _overtaken(db: Db, orders: Sequence[Row]) -> set[str]:
    """Orders of which a later state is stored."""
    ident, updated = ORDERS.place("id"), ORDERS.place("updated_at")
    found = await db.execute(
        text(
            "select old.id from shop_order old "
            "join unnest(cast(:ids as text[]), cast(:updated as timestamptz[])) new(id, updated_at) using (id) "
            "where old.updated_at > new.updated_at"
        ),
        {"ids": [row[ident] for row in orders], "updated": [row[updated] for row in orders]},
    )
    return {ident for (ident,) in found}


async def _drop_lost_lines(db: Db, orders: Sequence[Row]) -> None:
    ident, lines = ORDERS.place("id"), ORDERS.place("lines")
    await db.execute(
        text(
            "delete from order_line using (select old.id, new.lines from shop_order old "
            "join unnest(cast(:ids as text[]), cast(:lines as int[])) new(id, lines) using (id) "
            "where old.lines > new.lines) less where order_id = less.id and line > less.lines"
        ),
        {"ids": [row[ident] for row in orders], "lines": [row[lines] for row in orders]},
    )


async def sold(db: Db, source: str, first: date, last: date) -> tuple[int, Decimal]:
    """Orders of a source from `first` to `last`, test orders included, and the merchandise of the real ones.

    To be held against the vendor's own count, which knows of test orders too.
    """
    found = await db.execute(
        text(
            "select count(*) as orders, coalesce(sum(net) filter (where not test), 0) as net from shop_order "
            "where source = :source and day between :first and :last"
        ),
        {"source": source, "first": first, "last": last},
    )
    row = found.one()
    return row.orders, row.net
