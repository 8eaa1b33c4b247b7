"""Reads the real shop, a million lines of it, into flat arrays."""

from __future__ import annotations

import csv
import gzip
import lzma
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

from sandbox.company import invented
from sandbox.company.timeline import DAY, minutes

DATA = Path(__file__).resolve().parent.parent / "data"
SALE, REFUND, SHIPPING, MANUAL, DISCOUNT, STOCK, FEE, VOUCHER = range(8)
_KINDS = {
    "sale": SALE,
    "refund": REFUND,
    "shipping": SHIPPING,
    "manual": MANUAL,
    "discount": DISCOUNT,
    "stock_adjust": STOCK,
    "fee": FEE,
    "bad_debt": FEE,
    "other": VOUCHER,
}
_BOOKKEEPING = ("S", "ADJUST", "ADJUST2")
_CODES = {"POST": "Postage", "DOT": "Dotcom postage", "C2": "Carriage", "M": "Manual", "D": "Discount"}
_CHUNK = 1 << 20


@dataclass(repr=False)
class Ledger:
    """Every invoice by time; lines of invoice `i` are `starts[i]` to `starts[i + 1]`, prices in thousandths."""

    codes: list[str] = field(default_factory=list)
    minute: array[int] = field(default_factory=lambda: array("i"))
    customer: array[int] = field(default_factory=lambda: array("i"))
    wholesale: bytearray = field(default_factory=bytearray)
    country: list[str] = field(default_factory=list)
    starts: array[int] = field(default_factory=lambda: array("i"))
    sku: array[int] = field(default_factory=lambda: array("H"))
    quantity: array[int] = field(default_factory=lambda: array("i"))
    price: array[int] = field(default_factory=lambda: array("i"))
    kind: bytearray = field(default_factory=bytearray)
    skus: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)
    medians: list[int] = field(default_factory=list)

    def lines(self, invoice: int) -> range:
        """The line numbers of an invoice."""
        return range(self.starts[invoice], self.starts[invoice + 1])

    def amount(self, line: int) -> int:
        """Quantity times price of a line, thousandths of a pound."""
        return self.quantity[line] * self.price[line]

    def append(self, sku: int, quantity: int, price: int, kind: int) -> int:
        """Add a line that stands in no invoice's range and return its number."""
        self.sku.append(sku)
        self.quantity.append(quantity)
        self.price.append(price)
        self.kind.append(kind)
        return len(self.kind) - 1


def load(seed: int, folder: Path = DATA) -> Ledger:
    """Read the shop and merge in the made-up invoices of the seed; about two seconds."""
    raw = Ledger()
    numbers = _read_products(raw, folder / "online_retail_products.csv.gz")
    invoices = _read_invoices(folder / "online_retail_invoices.csv.xz")
    extras = _made_up(raw, seed, sorted({row[1] // DAY * DAY for row in invoices}))
    invoices.extend((entry.code, entry.minute, 0, 0, "United Kingdom") for entry in extras)
    invoices.sort(key=lambda row: row[1])
    place = {row[0]: index for index, row in enumerate(invoices)}
    owners = _read_lines(raw, numbers, place, folder / "online_retail_lines.csv.xz")
    for entry in extras:
        for sku, quantity, price in entry.lines:
            raw.append(numbers[sku], quantity, price, SALE)
            owners.append(place[entry.code])
    return _in_order(raw, owners, invoices)


def _made_up(ledger: Ledger, seed: int, days: list[int]) -> list[invented.Entry]:
    products = [(sku, ledger.medians[number]) for sku, number in ledger.ranks.items()]
    return list(invented.entries(seed, days, products))


def _read_products(ledger: Ledger, path: Path) -> dict[str, int]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            ledger.skus.append(row["sku"])
            ledger.titles.append(row["description"] or row["sku"])
            ledger.medians.append(round(float(row["median_price_gbp"] or 0) * 1000))
            if row["top40"] == "1":
                ledger.ranks[row["sku"]] = number
    return {sku: number for number, sku in enumerate(ledger.skus)}


def _number(sku: str, numbers: dict[str, int], ledger: Ledger) -> int:
    number = numbers.get(sku)
    if number is None:
        number = numbers[sku] = len(ledger.skus)
        ledger.skus.append(sku)
        ledger.titles.append(_CODES.get(sku, sku.replace("_", " ").title()))
        ledger.medians.append(0)
    return number


def _read_invoices(path: Path) -> list[tuple[str, int, int, int, str]]:
    days: dict[str, int] = {}
    rows = []
    for line in lzma.decompress(path.read_bytes()).decode().splitlines()[1:]:
        code, time, customer, rest = line.split(",", 3)
        country, channel = rest.rsplit(",", 1)
        day = days.get(time[:10])
        if day is None:
            day = days[time[:10]] = minutes(datetime.strptime(time[:10], "%Y-%m-%d"))  # noqa: DTZ007  naive London
        minute = day + int(time[11:13]) * 60 + int(time[14:16])
        rows.append((code, minute, int(customer or 0), int(channel == "wholesale"), country.strip('"')))
    return rows


def _chunks(path: Path) -> Iterator[list[str]]:
    """The file's values row by row in one flat list, a megabyte at a time."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        file.readline()
        rest = ""
        while text := file.read(_CHUNK):
            whole, _, rest = (rest + text).rpartition("\n")
            yield whole.replace("\n", ",").split(",")
        if rest:
            yield rest.split(",")


def _read_lines(ledger: Ledger, numbers: dict[str, int], place: dict[str, int], path: Path) -> array[int]:
    owners = array("i")
    prices: dict[str, int] = {}
    for values in _chunks(path):
        skus, texts, kinds = values[1::5], values[3::5], values[4::5]
        for sku in set(skus).difference(numbers):
            _number(sku, numbers, ledger)
        for text in set(texts).difference(prices):
            prices[text] = round(float(text) * 1000)
        owners.extend(map(place.__getitem__, values[0::5]))
        ledger.sku.extend(map(numbers.__getitem__, skus))
        ledger.quantity.extend(map(int, values[2::5]))
        ledger.price.extend(map(prices.__getitem__, texts))
        ledger.kind.extend(map(_KINDS.__getitem__, kinds))
    return owners


def _in_order(raw: Ledger, owners: array[int], rows: list[tuple[str, int, int, int, str]]) -> Ledger:
    """Copy the lines so that each invoice's lines stand together; in the file a few invoices are interleaved."""
    done = Ledger(skus=raw.skus, titles=raw.titles, ranks=raw.ranks, medians=raw.medians)
    runs, at = [], 0
    for owner, group in groupby(owners):
        end = at + sum(1 for _ in group)
        runs.append((owner, at, end))
        at = end
    runs.sort()
    done.starts = array("i", bytes(4 * (len(rows) + 1)))
    for owner, start, end in runs:
        done.sku.extend(raw.sku[start:end])
        done.quantity.extend(raw.quantity[start:end])
        done.price.extend(raw.price[start:end])
        done.kind.extend(raw.kind[start:end])
        done.starts[owner + 1] = len(done.kind)
    _close(done, rows)
    return done


def _close(ledger: Ledger, rows: list[tuple[str, int, int, int, str]]) -> None:
    for index in range(1, len(ledger.starts)):
        ledger.starts[index] = max(ledger.starts[index], ledger.starts[index - 1])
    ledger.codes = [row[0] for row in rows]
    ledger.minute = array("i", [row[1] for row in rows])
    ledger.customer = array("i", [row[2] for row in rows])
    ledger.wholesale = bytearray(row[3] for row in rows)
    ledger.country = [row[4] for row in rows]
    books = {ledger.skus.index(code) for code in _BOOKKEEPING if code in ledger.skus}
    for line, kind in enumerate(ledger.kind):
        if kind == VOUCHER and ledger.sku[line] in books:
            ledger.kind[line] = FEE
