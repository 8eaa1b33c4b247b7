"""Simulates the stock of the best sellers from their real demand: reorder points, lead times, late deliveries."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.company import chance
from sandbox.company.ledger import REFUND, SALE, STOCK
from sandbox.company.orders import OrderBook
from sandbox.company.timeline import DAY, WEEK

_HISTORY = 28
_QUIET = 10
_SEASON = 60
_QUARTER, _LAST_WEEKS = 90 * DAY, 10
_BEST = 50


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units ordered from a supplier on one day, promised for another, there on a third; days are the shop's."""

    number: int
    sku: int
    units: int
    ordered: int
    due: int
    arrived: int


@dataclass(frozen=True, slots=True)
class Level:
    """Units of one SKU: free to sell, promised to open orders, and on the way."""

    available: int
    committed: int
    incoming: int

    @property
    def on_hand(self) -> int:
        """What lies in the warehouse."""
        return self.available + self.committed


@dataclass(frozen=True, slots=True)
class _Supplier:
    lead: int
    safety: int
    cycle: int
    unreliable: float


@dataclass
class _Shelf:
    """One SKU through the days: what it sold, what lay there each morning, what was ordered."""

    sku: int
    moves: dict[int, int]
    quiet: frozenset[int]
    first: int
    sold: list[int] = field(default_factory=lambda: [0])
    """Units sold from the first day up to but not including each day; what came back does not count."""
    morning: list[int] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)


@dataclass
class Stock:
    """The warehouse, by SKU number."""

    book: OrderBook
    seed: int

    @cached_property
    def skus(self) -> list[int]:
        """The numbers of the best sellers, which alone are tracked: of both years, and of the last quarters."""
        return sorted({*self.book.ledger.ranks.values(), *self._lately()})

    def _lately(self) -> Iterator[int]:
        """What earned most in the quarters that end in each of the last weeks: one sum that moves back in time."""
        last, earned = self.book.ledger.minute[-1], Counter[int]()
        self._add(earned, last - _QUARTER, last, 1)
        for end in range(last, last - _LAST_WEEKS * WEEK, -WEEK):
            yield from (sku for sku, _ in earned.most_common(_BEST))
            self._add(earned, end - WEEK, end, -1)
            self._add(earned, end - WEEK - _QUARTER, end - _QUARTER, 1)

    def _add(self, earned: Counter[int], start: int, end: int, sign: int) -> None:
        """Put on top, or take away, what every SKU earned after one minute up to another."""
        ledger = self.book.ledger
        low, high = bisect_right(ledger.minute, start), bisect_right(ledger.minute, end)
        for line in range(ledger.starts[low], ledger.starts[high]):
            if ledger.kind[line] == SALE:
                earned[ledger.sku[line]] += sign * ledger.amount(line)

    @cached_property
    def _events(self) -> dict[int, tuple[list[int], list[int]]]:
        """By SKU, the minutes of its movements and the running sum of units that left."""
        ledger, wanted = self.book.ledger, set(self.skus)
        found: dict[int, tuple[list[int], list[int]]] = {sku: ([], []) for sku in wanted}
        totals: dict[int, int] = defaultdict(int)
        lines = [line for line in range(ledger.starts[-1]) if ledger.sku[line] in wanted]
        for line in lines:
            if ledger.kind[line] not in (SALE, REFUND, STOCK):
                continue
            sku = ledger.sku[line]
            totals[sku] += ledger.quantity[line]
            minutes, sums = found[sku]
            minutes.append(ledger.minute[self.book.order_of(line)])
            sums.append(totals[sku])
        return found

    def _left(self, sku: int, start: int, end: int) -> int:
        """Units that left from `start` up to but not including `end`."""
        minutes, sums = self._events[sku]
        low, high = bisect_right(minutes, start - 1), bisect_right(minutes, end - 1)
        return (sums[high - 1] if high else 0) - (sums[low - 1] if low else 0)

    @cached_property
    def _days(self) -> tuple[int, int]:
        minutes = self.book.ledger.minute
        return minutes[0] // DAY, minutes[-1] // DAY

    @cached_property
    def _shelves(self) -> dict[int, _Shelf]:
        first, last = self._days
        trading = sorted({minute // DAY for minute in self.book.ledger.minute})
        shelves = {}
        for sku in self.skus:
            moves = {day: self._left(sku, day * DAY, (day + 1) * DAY) for day in trading}
            shelf = _Shelf(sku, moves, frozenset(_quiet_days(moves, trading)), first)
            _live(shelf, range(first, last + 1), self.seed)
            shelves[sku] = shelf
        return shelves

    def level(self, sku: int, now: int, committed: int = 0) -> Level:
        """How a SKU stands now."""
        shelf, day = self._shelves[sku], now // DAY
        morning = shelf.morning[min(max(day - shelf.first, 0), len(shelf.morning) - 1)]
        available = max(0, morning - self._left(sku, day * DAY, now + 1))
        if day in shelf.quiet:
            available = 0
        incoming = sum(one.units for one in shelf.deliveries if one.ordered <= day < one.arrived)
        return Level(available, committed, incoming)

    def deliveries(self, now: int) -> list[Delivery]:
        """Everything ordered from suppliers up to now, oldest first."""
        day = now // DAY
        found = [one for shelf in self._shelves.values() for one in shelf.deliveries if one.ordered <= day]
        return sorted(found, key=lambda one: (one.ordered, one.number))


def committed(book: OrderBook, waiting: Iterable[int], now: int) -> dict[int, int]:
    """Units promised to orders that have not left, by SKU number."""
    promised: dict[int, int] = defaultdict(int)
    for order in waiting:
        for line in book.items(order, now):
            if book.ledger.kind[line] == SALE:
                promised[book.ledger.sku[line]] += book.ledger.quantity[line]
    return promised


def _quiet_days(moves: dict[int, int], trading: list[int]) -> Iterator[int]:
    """Days on which a good seller sold nothing for two weeks on end: there was none to sell."""
    run: list[int] = []
    for place, day in enumerate(trading):
        if moves[day] > 0:
            if len(run) >= _QUIET and _sold_before(moves, trading, place - len(run)) >= _QUIET:
                yield from range(run[0], day)
            run = []
        else:
            run.append(day)


def _sold_before(moves: dict[int, int], trading: list[int], place: int) -> int:
    return sum(moves[day] > 0 for day in trading[max(0, place - _HISTORY) : place])


def _live(shelf: _Shelf, days: range, seed: int) -> None:
    """Run one SKU through its days: receive, sell, reorder when the position falls below the reorder point."""
    draw = chance.stream(seed, "supplier", shelf.sku)
    supplier = _Supplier(draw.randint(14, 42), draw.randint(6, 16), draw.randint(28, _SEASON), draw.uniform(0.1, 0.45))
    stock = 0
    for day in days:
        stock += sum(one.units for one in shelf.deliveries if one.arrived == day)
        need = shelf.moves.get(day, 0)
        if stock < need:
            # The shop did sell these, so they were there: a delivery nobody wrote down.
            stock = need + int(_pace(shelf, day) * supplier.safety)
        shelf.morning.append(stock)
        stock -= need
        if shelf.moves.get(day) is not None:
            _reorder(shelf, day, stock, supplier, seed)
        shelf.sold.append(shelf.sold[-1] + max(0, need))


def _pace(shelf: _Shelf, day: int) -> float:
    """Units a calendar day over the last four weeks."""
    place = day - shelf.first
    return max(1.0, (shelf.sold[place] - shelf.sold[max(0, place - _HISTORY)]) / _HISTORY)


def _reorder(shelf: _Shelf, day: int, stock: int, supplier: _Supplier, seed: int) -> None:
    pace = _pace(shelf, day)
    position = stock + sum(one.units for one in shelf.deliveries if one.arrived > day)
    forgotten = chance.unit(seed, "forgotten", shelf.sku, day // 14) < 0.25
    if position >= pace * (supplier.lead + supplier.safety) or forgotten:
        return
    number = len(shelf.deliveries)
    late = 0
    if chance.unit(seed, "late", shelf.sku, number) < supplier.unreliable:
        late = int(chance.between(2, 18, seed, "days", shelf.sku, number))
    units = max(24, int(pace * (supplier.lead + supplier.cycle) - position) // 12 * 12)
    due = day + supplier.lead
    shelf.deliveries.append(Delivery(shelf.sku * 1000 + number, shelf.sku, units, day, due, due + late))
