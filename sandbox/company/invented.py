"""Makes up a few test orders and cancelled orders a month, always the same for a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random

from sandbox.company import chance
from sandbox.company.timeline import DAY

TEST, CANCELLED = "T", "X"
_A_MONTH = {TEST: 3, CANCELLED: 2}
_FIRST = {TEST: 700001, CANCELLED: 800001}
_MONTH = 28 * DAY


@dataclass(frozen=True)
class Entry:
    """An invoice made up by the sandbox; `lines` are (sku, quantity, thousandths of a pound)."""

    code: str
    minute: int
    lines: tuple[tuple[str, int, int], ...]


def entries(seed: int, days: Sequence[int], products: Sequence[tuple[str, int]]) -> Iterator[Entry]:
    """The made-up invoices over the trading days, from the (sku, price) pairs given."""
    for kind, count in _A_MONTH.items():
        number = _FIRST[kind]
        for month, group in groupby(days, key=lambda day: day // _MONTH):
            draw = chance.stream(seed, "invented", kind, month)
            open_days = list(group)
            for _ in range(count):
                yield _entry(f"{kind}{number}", draw.choice(open_days), products, draw)
                number += 1


def _entry(code: str, day: int, products: Sequence[tuple[str, int]], draw: Random) -> Entry:
    picked = draw.sample(products, draw.randint(1, 4))
    lines = tuple((sku, draw.randint(1, 6), price) for sku, price in picked)
    return Entry(code, day + draw.randint(9 * 60, 16 * 60), lines)


def cancelled_after(seed: int, code: str) -> int:
    """Minutes between a made-up order and its cancellation, on the same day."""
    return int(chance.between(10, 180, seed, "cancelled", code))
