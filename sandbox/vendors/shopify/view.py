"""The shop as one request sees it: one moment, the same for every field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.company.company import Company
from sandbox.company.ledger import Ledger
from sandbox.company.orders import OrderBook

Resolver = Callable[..., Any]
Fields = Mapping[str, Mapping[str, Resolver]]


@dataclass(frozen=True)
class View:
    """What resolvers read; `bulk` is the registry of bulk operations, `finder` remembers searches."""

    company: Company
    now: int
    schema: Any
    bulk: Any
    finder: Any
    base_url: str = ""
    searches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def book(self) -> OrderBook:
        """The orders."""
        return self.company.book

    @property
    def ledger(self) -> Ledger:
        """The invoices and lines."""
        return self.company.book.ledger

    def warn(self, text: str | None, unknown: tuple[str, ...]) -> None:
        """Say in the answer which fields of a search were not understood and so were ignored."""
        if unknown:
            message = "Invalid search field for this query."
            warnings = [{"field": name, "message": message, "code": "invalid_field"} for name in unknown]
            self.searches.append({"path": ["orders"], "query": text, "warnings": warnings})

    def iso(self, minute: int | None) -> str | None:
        """A shop's minute as the shop writes times."""
        return None if minute is None else self.company.time.iso(minute)

    def updated(self, order: int) -> int:
        """When anything of an order last changed."""
        return max(self.book.updated(order, self.now), self.company.parcels.changed(order, self.now))
