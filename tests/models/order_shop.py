"""The real shop as facts: COPY of sandbox/data into the fact tables, for tests that need a whole company."""

from __future__ import annotations

import csv
import gzip
import lzma
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import psycopg

SALE_OF = {"C581484": "581483", "C541433": "541431"}
"""Which sale a credit note takes back, where the known incidents tell it."""
DATA = Path(__file__).resolve().parents[2] / "sandbox" / "data"


@dataclass(frozen=True)
class DayTotal:
    """What the reference file says of one day and channel."""

    day: date
    channel: str
    orders: int
    units: int
    gross: Decimal
    refunds: Decimal
    net: Decimal


def reference() -> Iterator[DayTotal]:
    """online_retail_daily_channel.csv, row by row."""
    with gzip.open(DATA / "online_retail_daily_channel.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield DayTotal(
                date.fromisoformat(row["date"]),
                row["channel"],
                int(row["orders"]),
                int(row["units"]),
                Decimal(row["revenue_gbp"]),
                Decimal(row["refunds_gbp"]),
                Decimal(row["net_revenue_gbp"]),
            )


@dataclass
class _Basket:
    sold: Decimal = Decimal(0)
    back: Decimal = Decimal(0)
    units: int = 0
    units_back: int = 0
    lines: int = 0


def load(url: str, days: Collection[date]) -> None:
    """Fill shop_order, order_line and order_refund with the shop's invoices of these days (pounds, UTC)."""
    wanted = {day.isoformat() for day in days}
    baskets: dict[str, _Basket] = defaultdict(_Basket)
    with psycopg.connect(url) as db:
        invoices = {row[0]: Invoice(*row) for row in _rows("online_retail_invoices.csv.xz") if row[1][:10] in wanted}
        with db.cursor() as cursor:
            with cursor.copy(
                "copy order_line (order_id, line, sku, quantity, amount, day, channel) from stdin"
            ) as copy:
                for row in _rows("online_retail_lines.csv.xz"):
                    if row[0] in invoices and (line := _line(row, invoices[row[0]], baskets[row[0]])):
                        copy.write_row(line)
            _orders(cursor, invoices, baskets)
        db.commit()
        db.execute("analyze")


class Invoice(NamedTuple):
    """A row of the invoices."""

    name: str
    time: str
    customer: str
    country: str
    channel: str

    @property
    def day(self) -> date:
        """The day it was written."""
        return date.fromisoformat(self.time[:10])

    @property
    def at(self) -> datetime:
        """When it was written; the source names no zone."""
        return datetime.fromisoformat(self.time + "+00:00")


def _rows(name: str) -> Iterator[list[str]]:
    with lzma.open(DATA / name, "rt", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def _line(row: list[str], invoice: Invoice, basket: _Basket) -> tuple[object, ...] | None:
    """A sale line to copy, or None; refunds are summed on the way."""
    name, sku, quantity, price, kind = row
    count = int(quantity)
    amount = count * Decimal(price)
    if kind == "refund":
        basket.back -= amount
        basket.units_back -= count
        return None
    if kind != "sale":
        return None
    basket.sold += amount
    basket.units += count
    basket.lines += 1
    return (name, basket.lines, sku, count, amount, invoice.day, invoice.channel)


def _orders(cursor: psycopg.Cursor, invoices: dict[str, Invoice], baskets: dict[str, _Basket]) -> None:
    with cursor.copy(
        "copy shop_order (id, source, name, channel, ordered_at, day, updated_at, test, net, custom, units, lines, "
        "currency, customer) from stdin"
    ) as copy:
        for name, invoice in invoices.items():
            basket = baskets[name]
            if basket.lines:
                copy.write_row(
                    (name, "shop", name, invoice.channel, invoice.at, invoice.day, invoice.at, False, basket.sold, 0,
                     basket.units, basket.lines, "GBP", invoice.customer or None)
                )  # fmt: skip
    with cursor.copy(
        "copy order_refund (id, order_id, refunded_at, day, channel, amount, custom, units) from stdin"
    ) as copy:
        for name, invoice in invoices.items():
            back = baskets[name].back
            if back:
                units = baskets[name].units_back
                order = SALE_OF.get(name, name)
                copy.write_row((name, order, invoice.at, invoice.day, invoice.channel, back, 0, units))
