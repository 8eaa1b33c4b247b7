"""The company's calendar: open days, months, and the stretch of days that another is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.kernel.policy import WEEKDAYS, Company


@dataclass(frozen=True)
class Days:
    """A stretch of days, both ends included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Days:
        """The stretch of the same length that ends the day before this one begins."""
        return Days(self.first - timedelta(days=self.count), self.first - timedelta(days=1))

    def __iter__(self) -> Iterator[date]:
        """Day by day."""
        return (self.first + timedelta(days=n) for n in range(self.count))


@dataclass(frozen=True)
class Calendar:
    """On which days the company takes orders."""

    closed_weekdays: frozenset[str]
    closed_days: frozenset[date]

    @classmethod
    def of(cls, company: Company) -> Calendar:
        """The calendar that the policy names."""
        return cls(frozenset(company.closed_weekdays), frozenset(company.closed_days))

    def is_open(self, day: date) -> bool:
        """Whether the company is open on a day."""
        return WEEKDAYS[day.weekday()] not in self.closed_weekdays and day not in self.closed_days

    def open_days(self, days: Days) -> int:
        """How many open days a stretch has."""
        return sum(self.is_open(day) for day in days)


def month(day: date) -> Days:
    """The whole month a day lies in."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def last_days(last: date, count: int) -> Days:
    """The `count` days that end with `last`."""
    return Days(last - timedelta(days=count - 1), last)


def same_month_last_year(day: date) -> Days:
    """The whole month a year before the month of a day."""
    return month(date(day.year - 1, day.month, 1))
