"""Finds, for every credit note of the shop, the orders it refunds."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.company.invented import CANCELLED, TEST, cancelled_after
from sandbox.company.ledger import DISCOUNT, MANUAL, REFUND, SALE, SHIPPING, VOUCHER, Ledger
from sandbox.company.timeline import DAY

ORDER_KINDS = frozenset((SALE, MANUAL, SHIPPING, VOUCHER, DISCOUNT))


@dataclass(slots=True)
class Refund:
    """Money given back on one order; `lines` are (line, quantity, thousandths of a pound)."""

    number: int
    order: int
    minute: int
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    shipping: int = 0
    adjustment: int = 0

    @property
    def total(self) -> int:
        """All of it, thousandths of a pound."""
        return sum(amount for _, _, amount in self.lines) + self.shipping + self.adjustment


@dataclass
class Credits:
    """Every refund by time, what each order was refunded, and which orders were cancelled when."""

    refunds: list[Refund] = field(default_factory=list)
    of_order: defaultdict[int, list[Refund]] = field(default_factory=lambda: defaultdict(list))
    cancelled: dict[int, int] = field(default_factory=dict)
    ghosts: defaultdict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def is_test(ledger: Ledger, invoice: int) -> bool:
    """Whether an order is one of the made-up test orders or sold the shop's own test product."""
    if ledger.codes[invoice].startswith(TEST):
        return True
    lines = ledger.lines(invoice)
    return bool(lines) and all(ledger.skus[ledger.sku[line]].startswith("TEST") for line in lines)


def orders(ledger: Ledger) -> array[int]:
    """The invoices that are orders, by time."""
    kinds = ledger.kind
    return array(
        "i",
        (
            index
            for index, code in enumerate(ledger.codes)
            if code[0] not in "CA"
            and not ORDER_KINDS.isdisjoint(kinds[ledger.starts[index] : ledger.starts[index + 1]])
        ),
    )


def match(ledger: Ledger, placed: Iterable[int], seed: int) -> Credits:
    """Walk through the shop's time and hang every credit note on the orders it refunds."""
    return _Matcher(ledger, frozenset(placed), seed).run()


class _Matcher:
    """Knows the orders placed so far and how much of each line is still there to be refunded."""

    def __init__(self, ledger: Ledger, placed: frozenset[int], seed: int) -> None:
        self.ledger, self.placed, self.seed = ledger, placed, seed
        # One character a line: searching a string for a SKU is ten times faster than searching the array.
        self.text = "".join(map(chr, ledger.sku))
        self.credits = Credits()
        self.by_customer: defaultdict[int, list[int]] = defaultdict(list)
        self.by_channel: defaultdict[int, list[int]] = defaultdict(list)
        self.refunded: defaultdict[int, int] = defaultdict(int)

    def run(self) -> Credits:
        for index, code in enumerate(self.ledger.codes):
            if code[0] == "C":
                self._credit(index)
            elif index in self.placed and not is_test(self.ledger, index):
                self._place(index, code)
        self.credits.refunds.sort(key=lambda refund: (refund.minute, refund.number))
        return self.credits

    def _place(self, index: int, code: str) -> None:
        if code.startswith(CANCELLED):
            self._cancel_all(index, code)
            return
        if customer := self.ledger.customer[index]:
            self.by_customer[customer].append(index)
        self.by_channel[self.ledger.wholesale[index]].append(index)

    def _cancel_all(self, index: int, code: str) -> None:
        at = self.ledger.minute[index] + cancelled_after(self.seed, code)
        refund = Refund(int(code[1:]) * 100, index, at)
        refund.lines = [
            (line, self.ledger.quantity[line], self.ledger.amount(line)) for line in self.ledger.lines(index)
        ]
        self._book(refund)
        self.credits.cancelled[index] = at

    def _book(self, refund: Refund) -> None:
        self.credits.refunds.append(refund)
        self.credits.of_order[refund.order].append(refund)

    def _credit(self, index: int) -> None:
        """One credit note becomes one refund per order it touches."""
        ledger, found = self.ledger, dict[int, Refund]()
        for line in ledger.lines(index):
            kind = ledger.kind[line]
            if kind == REFUND:
                order, target = self._target(index, line)
                refund = self._refund(found, index, order)
                refund.lines.append((target, -ledger.quantity[line], -ledger.amount(line)))
                self.refunded[target] -= ledger.quantity[line]
        self._other_amounts(found, index)
        for refund in found.values():
            self._book(refund)
            self._cancel_if_empty(refund)

    def _refund(self, found: dict[int, Refund], index: int, order: int) -> Refund:
        if order not in found:
            number = int(self.ledger.codes[index][1:]) * 100 + len(found)
            found[order] = Refund(number, order, self.ledger.minute[index])
        return found[order]

    def _other_amounts(self, found: dict[int, Refund], index: int) -> None:
        ledger = self.ledger
        shipping = sum(-ledger.amount(line) for line in ledger.lines(index) if ledger.kind[line] == SHIPPING)
        by_hand = sum(-ledger.amount(line) for line in ledger.lines(index) if ledger.kind[line] in (MANUAL, DISCOUNT))
        if not shipping and not by_hand:
            return
        refund = next(iter(found.values()), None) or self._refund(found, index, self._latest(index))
        refund.shipping += shipping
        refund.adjustment += by_hand

    def _earlier(self, index: int) -> Iterator[list[int]]:
        """The customer's orders, then the channel's."""
        yield self.by_customer.get(self.ledger.customer[index], [])
        yield self.by_channel[self.ledger.wholesale[index]]

    def _latest(self, index: int) -> int:
        for earlier in self._earlier(index):
            for order in reversed(earlier):
                if order not in self.credits.cancelled:
                    return order
        raise LookupError(f"credit note {self.ledger.codes[index]} comes before any order of its channel")

    def _target(self, index: int, line: int) -> tuple[int, int]:
        """The order and the line of it that a line of a credit note gives back."""
        sku, need = chr(self.ledger.sku[line]), -self.ledger.quantity[line]
        find, starts, cancelled = self.text.find, self.ledger.starts, self.credits.cancelled
        for earlier in self._earlier(index):
            holder = None
            for order in reversed(earlier):
                if find(sku, starts[order], starts[order + 1]) < 0 or order in cancelled:
                    continue
                for candidate in self._holding(order, sku):
                    if self.ledger.quantity[candidate] - self.refunded[candidate] >= need:
                        return order, candidate
                    holder = holder or (order, candidate)
            if holder:
                return holder
        return self._ghost(index, line)

    def _holding(self, order: int, sku: str) -> Iterator[int]:
        start, end = self.ledger.starts[order], self.ledger.starts[order + 1]
        while (start := self.text.find(sku, start, end)) >= 0:
            if self.ledger.kind[start] == SALE:
                yield start
            start += 1

    def _ghost(self, index: int, line: int) -> tuple[int, int]:
        """A line of quantity 0 on the latest order: the shop credited what it never sold there."""
        ledger, order = self.ledger, self._latest(index)
        ghost = ledger.append(ledger.sku[line], 0, ledger.price[line], SALE)
        self.credits.ghosts[order].append((ledger.minute[index], ghost))
        return order, ghost

    def _cancel_if_empty(self, refund: Refund) -> None:
        ledger, order = self.ledger, refund.order
        if refund.minute // DAY != ledger.minute[order] // DAY:
            return
        sold = [line for line in ledger.lines(order) if ledger.kind[line] == SALE]
        back = [amount for one in self.credits.of_order[order] for _, _, amount in one.lines]
        if sold and sum(back) == sum(map(ledger.amount, sold)):
            self.credits.cancelled[order] = refund.minute
