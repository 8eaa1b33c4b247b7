"""Words for time in a question, resolved to days by us and shown in the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.kernel.calendar import Days, last_days, month
from domain.kernel.numbers import MONTHS

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_ISO = r"(\d{4}-\d{2}-\d{2})"
_TO = r"\s*(?:to|until|till|through|and|–|-|\.\.+)\s*"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Asked:
    """A stretch of days that a question names, and where it stands in the text."""

    days: Days
    start: int
    end: int


class NoSuchDayError(ValueError):
    """A date that the calendar does not have."""


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Days]]


def find(text: str, today: date) -> list[Asked]:
    """Every stretch the text names, in the order of the text; NoSuchDayError for 31 February and the like."""
    found: list[Asked] = []
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text.lower()):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                try:
                    found.append(Asked(resolve(match, today), match.start(), match.end()))
                except ValueError as error:
                    raise NoSuchDayError(match.group().strip()) from error
    return sorted(found, key=lambda asked: asked.start)


def _rule(pattern: str, resolve: Callable[[re.Match[str], date], Days]) -> Rule:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])"), resolve


def _one(day: date) -> Days:
    return Days(day, day)


def _back(today: date, days: int) -> Days:
    return _one(today - timedelta(days=days))


def _week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return Days(monday, monday + timedelta(days=6))


def _until(days: Days, today: date) -> Days:
    """The part of a stretch that is over, or has begun."""
    return Days(days.first, min(days.last, max(today - timedelta(days=1), days.first)))


def _named_month(match: re.Match[str], today: date) -> Days:
    number = [name.lower() for name in MONTHS].index(match[1]) + 1
    year = int(match[2]) if match[2] else today.year - (number > today.month)
    return _until(month(date(year, number, 1)), today)


def _spoken_date(day: str, name: str, year: str | None, today: date) -> date:
    number = [known.lower() for known in MONTHS].index(name) + 1
    found = date(int(year) if year else today.year, number, int(day))
    return found if year or found <= today else date(today.year - 1, number, int(day))


def _spoken_range(match: re.Match[str], today: date) -> Days:
    last = _spoken_date(match[3], match[4], match[5], today)
    first = _spoken_date(match[1], match[2] or match[4], match[5], today)
    return _ordered(first, last)


def _ordered(first: date, last: date) -> Days:
    return Days(min(first, last), max(first, last))


def _weekday(match: re.Match[str], today: date) -> Days:
    back = (today.weekday() - _WEEKDAYS.index(match[1])) % 7 or 7
    return _back(today, back)


def _last_month(today: date) -> Days:
    return month(today.replace(day=1) - timedelta(days=1))


def _year(number: int, today: date) -> Days:
    return _until(Days(date(number, 1, 1), date(number, 12, 31)), today)


def _months_back(count: int, today: date) -> Days:
    first = today.replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
    return Days(first, today.replace(day=1) - timedelta(days=1))


def _until_yesterday(today: date, days: int) -> Days:
    return last_days(today - timedelta(days=1), max(days, 1))


_LAST = r"(?:the\s+)?(?:last|past|previous)\s+"
_BARE_MONTH = (
    r"(january|february|march|april|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)()"
)  # a bare `may` is a verb more often than a month
_RULES: tuple[Rule, ...] = (
    _rule(
        rf"(?:from\s+|between\s+)?{_ISO}{_TO}{_ISO}",
        lambda m, _: _ordered(date.fromisoformat(m[1]), date.fromisoformat(m[2])),
    ),
    _rule(_ISO, lambda m, _: _one(date.fromisoformat(m[1]))),
    _rule(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+{_MONTH})?{_TO}(\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}(?:\s+(\d{{4}}))?",
          _spoken_range),
    _rule(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:\s+(\d{{4}}))?",
          lambda m, today: _one(_spoken_date(m[1], m[2], m[3], today))),
    _rule(rf"{_MONTH}(?:\s+(\d{{4}}))", _named_month),
    _rule(rf"{_LAST}(\d{{1,3}})\s+days", lambda m, today: _until_yesterday(today, int(m[1]))),
    _rule(rf"{_LAST}(\d{{1,2}})\s+weeks", lambda m, today: _until_yesterday(today, 7 * int(m[1]))),
    _rule(rf"{_LAST}(\d{{1,2}})\s+months", lambda m, today: _months_back(int(m[1]), today)),
    _rule(r"(?:the\s+)?day before yesterday", lambda _, today: _back(today, 2)),
    _rule(r"(?:the\s+)?week before(?:\s+last)?", lambda _, today: _week(today - timedelta(days=14))),
    _rule(r"(?:the\s+)?month before(?:\s+last)?", lambda _, today: _last_month(_last_month(today).first)),
    _rule(r"(?:last|previous|past) week", lambda _, today: _week(today - timedelta(days=7))),
    _rule(r"this week|week to date|wtd", lambda _, today: _until(_week(today), today)),
    _rule(r"(?:last|previous|past) month", lambda _, today: _last_month(today)),
    _rule(r"this month|month to date|so far this month|mtd", lambda _, today: _until(month(today), today)),
    _rule(r"(?:last|previous) year", lambda _, today: _year(today.year - 1, today)),
    _rule(r"this year|year to date|ytd", lambda _, today: _year(today.year, today)),
    _rule(r"yesterday(?:'s)?", lambda _, today: _back(today, 1)),
    _rule(r"today(?:'s)?|so far today", lambda _, today: _one(today)),
    _rule(rf"(?:last\s+|on\s+)?({'|'.join(_WEEKDAYS)})", _weekday),
    _rule(_BARE_MONTH, lambda m, today: _named_month(re.match(rf"{_MONTH}()", m[1]) or m, today)),
    _rule(r"in (may)()", _named_month),
)  # fmt: skip
