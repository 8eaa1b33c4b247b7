"""The whole small company: its history, its clock, and the weeks its history was moved by."""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sandbox.company import stock, timeline, unpacked
from sandbox.company.ads import Ads
from sandbox.company.clock import Clock
from sandbox.company.effects import Effects
from sandbox.company.orders import OrderBook
from sandbox.company.parcels import Parcels
from sandbox.company.pipeline import Pipeline
from sandbox.company.stock import Stock
from sandbox.company.timeline import Timeline

CURRENCY = "GBP"
NAME = "Sandbox Company"
_BEHIND: ContextVar[int] = ContextVar("behind", default=0)


@dataclass(repr=False)
class Company:
    """What the vendors read from; `now` is the shop's minute."""

    book: OrderBook
    parcels: Parcels
    stock: Stock
    ads: Ads
    pipeline: Pipeline
    time: Timeline
    clock: Clock
    effects: Effects
    seed: int
    state: Path
    _committed: tuple[tuple[int, int], dict[int, int]] = field(default_factory=lambda: ((-1, -1), {}))

    @property
    def now(self) -> int:
        """The shop's current minute; behind it while a vendor is made to serve old numbers."""
        return self.time.minute(self.clock.now()) - _BEHIND.get()

    def committed(self, now: int) -> dict[int, int]:
        """Units promised to open orders by SKU number; worked out once a minute."""
        key = (now, len(self.effects.all))
        if self._committed[0] != key:
            promised = stock.committed(self.book, self.parcels.open(now), now)
            self._committed = (key, promised)
        return self._committed[1]

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
    seed = kept["seed"]
    book = unpacked.book(seed)
    return Company(
        book=book,
        parcels=Parcels(book, seed),
        stock=Stock(book, seed),
        ads=Ads(seed),
        pipeline=Pipeline(book, seed),
        time=Timeline(kept["shift_weeks"]),
        clock=clock,
        effects=Effects(state / "effects.jsonl"),
        seed=seed,
        state=state,
    )


def serve_from_the_past(minutes: int) -> None:
    """Let this request see the company as it was `minutes` ago."""
    _BEHIND.set(minutes)


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
