"""The shop's orders as they stand at a given minute."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.company import credit_notes
from sandbox.company.credit_notes import Credits, Refund
from sandbox.company.ledger import DISCOUNT, MANUAL, SALE, SHIPPING, VOUCHER, Ledger

_ITEMS = frozenset((SALE, MANUAL, VOUCHER))


@dataclass(repr=False)
class OrderBook:
    """Orders are invoice numbers of the ledger; money is in thousandths of a pound; time is the shop's minute."""

    ledger: Ledger
    credits: Credits
    placed: array[int]
    created: array[int] = field(init=False)
    touched: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the orders by time and by number."""
        self.created = array("i", [self.ledger.minute[order] for order in self.placed])
        for order, refunds in self.credits.of_order.items():
            self.touched[order] = [refund.minute for refund in refunds]

    @cached_property
    def by_number(self) -> dict[int, int]:
        """Orders by their number."""
        return {self.number(order): order for order in self.placed}

    @cached_property
    def refund_by_number(self) -> dict[int, Refund]:
        """Refunds by their number."""
        return {refund.number: refund for refund in self.credits.refunds}

    @cached_property
    def rank(self) -> dict[int, int]:
        """Which order of its customer each order is, 1 for the first; test orders are not counted."""
        seen: defaultdict[int, int] = defaultdict(int)
        ranks = {}
        for order in self.placed:
            customer = self.ledger.customer[order]
            if customer and not self.is_test(order):
                seen[customer] += 1
                ranks[order] = seen[customer]
        return ranks

    def number(self, order: int) -> int:
        """The number printed on the order."""
        return int(self.ledger.codes[order].lstrip("TX"))

    def count(self, now: int) -> int:
        """How many orders were placed by now."""
        return bisect_right(self.created, now)

    def between(self, start: int, end: int) -> array[int]:
        """Orders placed from `start` up to but not including `end`."""
        return self.placed[bisect_left(self.created, start) : bisect_left(self.created, end)]

    def touch(self, order: int, minute: int) -> None:
        """Note that something changed on the order, so that it counts as updated."""
        self.touched.setdefault(order, []).append(minute)
        self.touched[order].sort()

    def updated(self, order: int, now: int) -> int:
        """The last minute up to now at which anything of the order changed."""
        later = self.touched.get(order)
        if not later:
            return self.ledger.minute[order]
        at = bisect_right(later, now)
        return later[at - 1] if at else self.ledger.minute[order]

    def is_test(self, order: int) -> bool:
        """Whether it is a test order."""
        return credit_notes.is_test(self.ledger, order)

    def cancelled(self, order: int, now: int) -> int | None:
        """When it was cancelled, if it was by now."""
        at = self.credits.cancelled.get(order)
        return at if at is not None and at <= now else None

    def refunds(self, order: int, now: int) -> list[Refund]:
        """What was given back on it by now."""
        found = self.credits.of_order.get(order)
        return [refund for refund in found if refund.minute <= now] if found else []

    def items(self, order: int, now: int) -> list[int] | range:
        """The lines a customer sees: products, vouchers and things sold by hand."""
        lines, kinds = self.ledger.lines(order), self.ledger.kind
        if order in self.credits.ghosts:
            ghosts = [line for minute, line in self.credits.ghosts[order] if minute <= now]
            return [line for line in lines if kinds[line] in _ITEMS] + ghosts
        if kinds.count(SALE, lines.start, lines.stop) == len(lines):
            return lines
        return [line for line in lines if kinds[line] in _ITEMS]

    def order_of(self, line: int) -> int:
        """The order a line belongs to."""
        starts = self.ledger.starts
        if line < starts[-1]:
            return bisect_right(starts, line) - 1
        return self._ghost_orders[line]

    @cached_property
    def _ghost_orders(self) -> dict[int, int]:
        return {line: order for order, ghosts in self.credits.ghosts.items() for _, line in ghosts}

    def _sum(self, order: int, kinds: frozenset[int]) -> int:
        ledger = self.ledger
        return sum(ledger.amount(line) for line in ledger.lines(order) if ledger.kind[line] in kinds)

    def subtotal(self, order: int) -> int:
        """All items at their price, as ordered."""
        return self._sum(order, _ITEMS)

    def shipping(self, order: int) -> int:
        """What the customer pays for shipping, as ordered."""
        return self._sum(order, frozenset((SHIPPING,)))

    def discount(self, order: int) -> int:
        """What was taken off the order, a positive amount."""
        return abs(self._sum(order, frozenset((DISCOUNT,))))

    def total(self, order: int) -> int:
        """What the order came to."""
        return self.subtotal(order) + self.shipping(order) - self.discount(order)

    def refunded(self, order: int, now: int) -> int:
        """What was given back by now."""
        return sum(refund.total for refund in self.refunds(order, now))

    def returned(self, order: int, now: int) -> dict[int, int]:
        """Units given back by now, by line."""
        units: dict[int, int] = defaultdict(int)
        for refund in self.refunds(order, now):
            for line, quantity, _ in refund.lines:
                units[line] += quantity
        return units


def open_book(ledger: Ledger, seed: int) -> OrderBook:
    """Find the orders and their refunds; half a second."""
    placed = credit_notes.orders(ledger)
    return OrderBook(ledger, credit_notes.match(ledger, placed, seed), placed)
