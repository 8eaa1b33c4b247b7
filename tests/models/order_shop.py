"""The real shop as facts: COPY of sandbox/data into the fact tables, for tests that need a whole company."""

from __future__ import annotations

import csv
import gzip
import lzma
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg

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


def load(url: str, first: date = date.min, last: date = date.max) -> None:
    """Fill shop_order, order_line and order_refund with the shop's invoices of a range of days (pounds, UTC)."""
    baskets: dict[str, _Basket] = defaultdict(_Basket)
    with psycopg.connect(url) as db:
        invoices = {row["invoice"]: row for row in _rows("online_retail_invoices.csv.xz") if first <= _day(row) <= last}
        with db.cursor() as cursor:
            with cursor.copy(
                "copy order_line (order_id, line, sku, quantity, amount, day, channel) from stdin"
            ) as copy:
                for row in _rows("online_retail_lines.csv.xz"):
                    if row["invoice"] in invoices:
                        line = _line(row, invoices[row["invoice"]], baskets[row["invoice"]])
                        if line:
                            copy.write_row(line)
            _orders(cursor, invoices, baskets)
        db.commit()
        db.execute("analyze")


def _rows(name: str) -> Iterator[dict[str, str]]:
    with lzma.open(DATA / name, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _day(invoice: dict[str, str]) -> date:
    return date.fromisoformat(invoice["time"][:10])


def _line(row: dict[str, str], invoice: dict[str, str], basket: _Basket) -> tuple[object, ...] | None:
    """A sale line to copy, or None; refunds are summed on the way."""
    quantity, amount = int(row["quantity"]), int(row["quantity"]) * Decimal(row["price"])
    if row["kind"] == "refund":
        basket.back -= amount
        basket.units_back -= quantity
        return None
    if row["kind"] != "sale":
        return None
    basket.sold += amount
    basket.units += quantity
    basket.lines += 1
    return (row["invoice"], basket.lines, row["sku"], quantity, amount, _day(invoice), invoice["channel"])


def _orders(cursor: psycopg.Cursor, invoices: dict[str, dict[str, str]], baskets: dict[str, _Basket]) -> None:
    with cursor.copy(
        "copy shop_order (id, source, name, channel, ordered_at, day, updated_at, test, net, custom, units, lines, "
        "currency, customer) from stdin"
    ) as copy:
        for name, invoice in invoices.items():
            basket = baskets[name]
            if basket.lines:
                at = datetime.fromisoformat(invoice["time"] + "+00:00")
                copy.write_row(
                    (name, "shop", name, invoice["channel"], at, _day(invoice), at, False, basket.sold, 0,
                     basket.units, basket.lines, "GBP", invoice["customer_id"] or None)
                )  # fmt: skip
    with cursor.copy(
        "copy order_refund (id, order_id, refunded_at, day, channel, amount, custom, units) from stdin"
    ) as copy:
        for name, invoice in invoices.items():
            basket = baskets[name]
            if basket.units_back:
                at = datetime.fromisoformat(invoice["time"] + "+00:00")
                copy.write_row((name, name, at, _day(invoice), invoice["channel"], basket.back, 0, basket.units_back))
