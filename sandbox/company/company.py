"""The whole small company: its history, its clock, and the weeks its history was moved by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sandbox.company import ledger, orders, timeline
from sandbox.company.clock import Clock
from sandbox.company.orders import OrderBook
from sandbox.company.parcels import Parcels
from sandbox.company.timeline import Timeline

CURRENCY = "GBP"
NAME = "Sandbox Company"


@dataclass
class Company:
    """What the vendors read from; `now` is the shop's minute."""

    book: OrderBook
    parcels: Parcels
    time: Timeline
    clock: Clock
    seed: int
    state: Path

    @property
    def now(self) -> int:
        """The shop's current minute."""
        return self.time.minute(self.clock.now())

    def describe(self) -> dict[str, object]:
        """The company in a few facts, for the control verb."""
        minutes = self.book.ledger.minute
        return {
            "now": self.clock.now().isoformat(),
            "shift_weeks": self.time.weeks,
            "first_day": self.time.day(minutes[0]).isoformat(),
            "last_day": self.time.day(minutes[-1]).isoformat(),
            "orders_so_far": self.book.count(self.now),
            "currency": CURRENCY,
            "timezone": str(timeline.ZONE),
            "seed": self.seed,
            "simulated": ["stock levels", "parcels", "ad spend", "deals", "test orders"],
        }


def found(state: Path, now: datetime | None, seed: int) -> Company:
    """Load the shop; the shift and the seed of the first start are kept in `state` and used ever after."""
    clock = Clock(now)
    kept = _remember(state, clock.now(), seed)
    book = orders.open_book(ledger.load(kept["seed"]), kept["seed"])
    return Company(book, Parcels(book, kept["seed"]), Timeline(kept["shift_weeks"]), clock, kept["seed"], state)


def _remember(state: Path, now: datetime, seed: int) -> dict[str, int]:
    path = state / "company.json"
    if path.exists():
        kept: dict[str, int] = json.loads(path.read_text())
        return kept
    last = date(2011, 12, 9)
    today = now.astimezone(timeline.ZONE).date()
    kept = {"shift_weeks": timeline.weeks_to(today, last), "seed": seed}
    state.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(kept) + "\n")
    scratch.replace(path)
    return kept
