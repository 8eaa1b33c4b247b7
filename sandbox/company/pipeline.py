"""Simulates the sales desk: deals that end in the real wholesale orders, deals that are lost, leads that go cold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sandbox.company import chance
from sandbox.company.orders import OrderBook
from sandbox.company.timeline import DAY

OPEN_STAGES = (
    "appointmentscheduled",
    "qualifiedtobuy",
    "presentationscheduled",
    "decisionmakerboughtin",
    "contractsent",
)
WON, LOST = "closedwon", "closedlost"
OWNERS = (71_000_001, 71_000_002, 71_000_003)
_SMALLEST = 250_000
_SHARE, _LOST_SHARE = 0.16, 0.12
_WON_FIRST, _LOST_FIRST, _LEAD_FIRST = 40_000_000_000, 50_000_000_000, 60_000_000_000
COLD = 14 * DAY


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal from beginning to end: stage changes and contacts, by minute; money in thousandths of a pound."""

    number: int
    customer: int
    owner: int
    estimate: int
    amount: int
    created: int
    stages: tuple[tuple[int, str], ...]
    contacts: tuple[int, ...]

    def stage(self, now: int) -> str:
        """The stage it is in now."""
        return next(stage for minute, stage in reversed(self.stages) if minute <= now)

    def closed(self, now: int) -> bool:
        """Whether it was won or lost by now."""
        return self.stage(now) in (WON, LOST)

    def contacted(self, now: int) -> int | None:
        """When somebody last spoke with the customer."""
        return next((minute for minute in reversed(self.contacts) if minute <= now), None)

    def changed(self, now: int) -> int:
        """When anything of it last changed."""
        moments = [minute for minute, _ in self.stages] + list(self.contacts)
        return max(minute for minute in moments if minute <= now)


@dataclass(frozen=True, slots=True)
class Lead:
    """A buyer who asked about wholesale; `bought` is the first order, if there ever was one."""

    number: int
    customer: int
    owner: int
    created: int
    bought: int | None
    contacts: tuple[int, ...]

    def contacted(self, now: int) -> int | None:
        """When somebody last spoke with them."""
        return next((minute for minute in reversed(self.contacts) if minute <= now), None)

    def changed(self, now: int) -> int:
        """When anything of them last changed."""
        moments = [self.created, *self.contacts, *([self.bought] if self.bought is not None else [])]
        return max(minute for minute in moments if minute <= now)


@dataclass
class Pipeline:
    """Every deal and lead of the company, always the same for a seed."""

    book: OrderBook
    seed: int

    @cached_property
    def deals(self) -> list[Deal]:
        """All deals by the time they were opened; some were opened for orders that are yet to come."""
        return sorted(self._deals(), key=lambda deal: (deal.created, deal.number))

    def _deals(self) -> Iterator[Deal]:
        ledger = self.book.ledger
        for order in self.book.placed:
            if not ledger.wholesale[order] or order in self.book.credits.cancelled:
                continue
            draw, total = chance.unit(self.seed, "deal", ledger.codes[order]), self.book.total(order)
            if total >= _SMALLEST and draw < _SHARE:
                yield self._deal(order, total, WON)
            elif total >= _SMALLEST and draw < _SHARE + _LOST_SHARE:
                yield self._deal(order, total, LOST)

    def _deal(self, order: int, total: int, outcome: str) -> Deal:
        number = self.book.number(order)
        draw = chance.stream(self.seed, "course", number)
        length = draw.randint(6, 75) * DAY
        ended = self.book.ledger.minute[order]
        created = _office(ended - length)
        steps = draw.randint(2, len(OPEN_STAGES))
        stages = [(_office(created + length * step // steps), OPEN_STAGES[step]) for step in range(steps)]
        stages[0] = (created, OPEN_STAGES[0])
        contacts = _contacts(created, ended, draw.random() < 0.3, draw.randint(3, 11))
        return Deal(
            number=(_WON_FIRST if outcome == WON else _LOST_FIRST) + number,
            customer=self.book.ledger.customer[order],
            owner=OWNERS[number % len(OWNERS)],
            estimate=max(100_000, int(total * draw.uniform(0.75, 1.35)) // 10_000 * 10_000),
            amount=total,
            created=created,
            stages=(*sorted(stages), (ended, outcome)),
            contacts=contacts,
        )

    @cached_property
    def leads(self) -> list[Lead]:
        """Everyone who asked about wholesale, by the time they asked."""
        return sorted(self._leads(), key=lambda lead: (lead.created, lead.number))

    def _leads(self) -> Iterator[Lead]:
        ledger, seen = self.book.ledger, set[int]()
        for order in self.book.placed:
            customer = ledger.customer[order]
            if not ledger.wholesale[order] or not customer or customer in seen:
                continue
            seen.add(customer)
            bought = ledger.minute[order]
            yield self._lead(_LEAD_FIRST + customer, customer, bought, bought)
            if chance.unit(self.seed, "only asked", customer) < 0.8:
                yield self._lead(_LEAD_FIRST + 1_000_000 + customer, 0, bought, None)

    def _lead(self, number: int, customer: int, around: int, bought: int | None) -> Lead:
        draw = chance.stream(self.seed, "lead", number)
        created = _office(around - draw.randint(4, 45) * DAY)
        ended = bought if bought is not None else created + draw.randint(10, 60) * DAY
        contacts = _contacts(created, ended, draw.random() < 0.35, draw.randint(4, 10))
        return Lead(number, customer, OWNERS[number % len(OWNERS)], created, bought, contacts)


def _office(minute: int) -> int:
    """The same day, between nine and five."""
    day, rest = divmod(minute, DAY)
    return day * DAY + 9 * 60 + rest * 8 // 24


def _contacts(created: int, ended: int, cold: bool, every: int) -> tuple[int, ...]:
    """A contact every few days; with a cold one they stop after a third of the way."""
    stop = created + (ended - created) // 3 if cold else ended
    found, at = [created], created + every * DAY
    while at < stop:
        found.append(_office(at))
        at += every * DAY
    return tuple(found)
