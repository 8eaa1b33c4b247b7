"""Simulates how each order is packed and sent: mostly on time, some late, some stuck for a reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.company import chance
from sandbox.company.orders import OrderBook
from sandbox.company.timeline import DAY

HOUR = 60
LONGEST = 35 * DAY
_WEEKEND = (5, 6)
_OUTCOMES = (("on_time", 0.925), ("late", 0.04), ("out_of_stock", 0.02), ("bad_address", 0.01), ("stuck", 0.005))


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to a parcel, in the shop's minutes; `stopped` to `resumed` it cannot move, for `reason`."""

    due: int
    shipped: int
    delivered: int
    reason: str
    stopped: int = 0
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A person or a program keeps an order back from `since` until `released`."""

    number: int
    order: int
    since: int
    reason: str
    notes: str | None = None
    handle: str | None = None
    released: int | None = None


@dataclass
class Parcels:
    """One parcel per order, planned when first asked for and always the same for a seed."""

    book: OrderBook
    seed: int
    holds: dict[int, list[Hold]] = field(default_factory=dict)
    _plans: dict[int, Plan] = field(default_factory=dict)

    def plan(self, order: int) -> Plan:
        """What was planned for the order's parcel, holds left out."""
        plan = self._plans.get(order)
        if plan is None:
            plan = self._plans[order] = _plan(self.book.ledger.minute[order], self.seed, self.book.number(order))
        return plan

    def held(self, order: int, now: int) -> list[Hold]:
        """The holds that keep the order back now."""
        placed = [hold for hold in self.holds.get(order, []) if hold.since <= now]
        return [hold for hold in placed if hold.released is None or now < hold.released]

    def shipped(self, order: int, now: int) -> int | None:
        """When the parcel left, if it left by now."""
        at = self.plan(order).shipped
        for hold in self.holds.get(order, []):
            if hold.since < at:
                at = max(at, hold.released + 4 * HOUR) if hold.released is not None else now + 1
        cancelled = self.book.cancelled(order, now)
        if at > now or (cancelled is not None and cancelled <= at):
            return None
        return at

    def status(self, order: int, now: int) -> str:
        """One of cancelled, shipped, held, exception, on_hold, processing."""
        if self.shipped(order, now) is not None:
            return "shipped"
        if self.book.cancelled(order, now) is not None:
            return "cancelled"
        if self.held(order, now):
            return "held"
        plan = self.plan(order)
        if plan.stopped <= now < plan.resumed:
            return "on_hold" if plan.reason == "bad_address" else "exception"
        return "processing"

    def changed(self, order: int, now: int) -> int:
        """The last minute up to now at which the parcel's state changed."""
        plan, shipped = self.plan(order), self.shipped(order, now)
        moments = [self.book.ledger.minute[order], plan.stopped, plan.resumed, self.book.cancelled(order, now) or 0]
        if shipped is not None:
            moments += [shipped, shipped + plan.delivered - plan.shipped]
        for hold in self.holds.get(order, []):
            moments += [hold.since, hold.released or 0]
        return max(moment for moment in moments if moment <= now)

    def open(self, now: int) -> list[int]:
        """Orders with something to send that have not been sent, oldest first."""
        recent = self.book.between(now - LONGEST, now + 1)
        held = [order for order in self.holds if self.book.ledger.minute[order] < now - LONGEST]
        waiting = ("processing", "exception", "on_hold", "held")
        return [order for order in [*held, *recent] if self.has_goods(order) and self.status(order, now) in waiting]

    def has_goods(self, order: int) -> bool:
        """Whether the order has anything to put into a parcel."""
        return bool(self.book.items(order, 0)) and not self.book.is_test(order)


def _working(minute: int) -> int:
    """The same time on the next working day; 1970-01-01 was a Thursday."""
    while (minute // DAY + 3) % 7 in _WEEKEND:
        minute += DAY
    return minute


def _by_day(minute: int) -> int:
    """The same day, between eight in the morning and six in the evening."""
    day, rest = divmod(minute, DAY)
    return day * DAY + 8 * HOUR + rest * 10 // 24


def _plan(created: int, seed: int, number: int) -> Plan:
    draw, spread = chance.unit(seed, "parcel", number), chance.unit(seed, "pace", number)
    due = _working(_working(created + DAY) + DAY) // DAY * DAY + 18 * HOUR
    outcome = _outcome(draw)
    stopped = resumed = 0
    if outcome == "on_time":
        shipped = created + 2 * HOUR + int(spread * (due - created - 2 * HOUR))
    elif outcome == "late":
        shipped = _working(due + int(6 * HOUR + spread * 3 * DAY))
    else:
        longest = {"out_of_stock": 6, "bad_address": 4, "stuck": 20}[outcome]
        stopped = created + 2 * HOUR
        resumed = stopped + 12 * HOUR + int(spread * longest * DAY)
        shipped = _working(resumed + 8 * HOUR)
    shipped = max(created + 90, _by_day(shipped))
    delivered = _by_day(shipped + int((1 + 3 * spread) * DAY))
    return Plan(due, shipped, delivered, outcome, stopped, resumed)


def _outcome(draw: float) -> str:
    for outcome, share in _OUTCOMES:
        draw -= share
        if draw < 0:
            return outcome
    return _OUTCOMES[0][0]
