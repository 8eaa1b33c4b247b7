"""The real shop's lines as fact rows, read from the shipped data."""

from __future__ import annotations

import csv
import lzma
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "sandbox" / "data"


def lines() -> list[tuple[Any, ...]]:
    """Every sale line of two years in the columns of `order_line`; about a million."""
    days = _invoice_days()
    rows: list[tuple[Any, ...]] = []
    counts: dict[str, int] = {}
    with lzma.open(DATA / "online_retail_lines.csv.xz", "rt", encoding="utf-8", newline="") as file:
        for invoice, sku, quantity, price, kind in _after_head(csv.reader(file)):
            if kind != "sale":
                continue
            number = counts[invoice] = counts.get(invoice, 0) + 1
            day, channel = days[invoice]
            amount = Decimal(price) * int(quantity)
            rows.append((f"shopify:{invoice}", number, sku, int(quantity), amount, day, channel))
    return rows


def _invoice_days() -> dict[str, tuple[date, str]]:
    with lzma.open(DATA / "online_retail_invoices.csv.xz", "rt", encoding="utf-8", newline="") as file:
        return {row[0]: (date.fromisoformat(row[1][:10]), row[4]) for row in _after_head(csv.reader(file))}


def _after_head(rows: Any) -> Any:
    next(rows)
    return rows
