"""A connector at work: whom it asks, by whose rules, what it is asked for and what it hands back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.kernel.vendor import Answer, Call, Door, Http


@dataclass(frozen=True)
class Span:
    """What to read: what changed or is dated from `since` to `until`; `repeats` when the last row must come again.

    `short`: nothing need have happened in it.
    """

    since: datetime
    until: datetime
    repeats: bool = False
    short: bool = False


@dataclass(frozen=True)
class Page:
    """Some rows as the vendor wrote them, the answers they came in, and how far the stream is read with them.

    `gone`: ids of facts that the vendor has thrown away.
    """

    rows: Iterable[Mapping[str, Any]]
    answers: tuple[Answer, ...] = ()
    cursor: datetime | None = None
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """A connector at work: its door, the company's rules, and the time of this run."""

    key: str
    http: Http
    door: Door
    zone: ZoneInfo
    currency: str
    excluded: frozenset[str]
    now: datetime
    settings: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    version_header: str = ""

    async def ask(self, call: Call) -> Answer:
        """One JSON answer of the vendor."""
        return await self.http.ask(self.door, call)

    def day(self, moment: datetime) -> date:
        """The company's date of a time."""
        return moment.astimezone(self.zone).date()

    def other_version(self, answer: Answer) -> str | None:
        """A sentence when another version answered than was asked: vendors do so silently when ours has ended."""
        found = answer.headers.get(self.version_header) if self.version_header else None
        if found is None or found == self.version:
            return None
        return f"version {found} answered although {self.version} was asked; ours has probably ended"

    @property
    def today(self) -> date:
        """The company's date of this run."""
        return self.day(self.now)


@dataclass(frozen=True)
class Said:
    """What the vendor itself counts and sums for some days; `amount` is None where it cannot say."""

    rows: int
    amount: Decimal | None = None
