"""Words for time in a question, resolved to days by us and shown in the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.kernel.calendar import Days, last_days, month
from domain.kernel.errors import InputError
from domain.kernel.numbers import MONTHS, short_date

LONGEST = 1_830
"""The longest stretch that is read, in days: five years."""

_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MONTH = (
    r"(january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_ISO = r"(\d{4}-\d{2}-\d{2})"
_TO = r"\s*(?:to|until|till|through|–|-|\.\.+)(?:\s*the)?\s*"
_TH = r"(?:st|nd|rd|th)?"
_YEAR = r"(?<!over )(?<!under )(?<!above )(?<!below )(?<![£$€])(?:19|20)\d{2}"  # `over 2000` is a size
_COUNT = rf"(-?\d+|an?|{'|'.join(_NUMBERS[1:])})"
_UNIT = r"(day|week|month|quarter|year)"
_BESIDE = r"[\s,(]*(?:the\s+)?"
_LAST_YEAR = r"(?: of| in)? (?:(?:last|previous|prior) year|an? year (?:ago|before|earlier))"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Asked:
    """A stretch of days that a question names, and where it stands in the text."""

    days: Days
    start: int
    end: int


class UnreadError(InputError):
    """The question is not understood entirely."""


class NoSuchDayError(UnreadError):
    """A date that the calendar does not have."""


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Days]]


def find(text: str, today: date) -> list[Asked]:
    """Every stretch the text names, in its order; UnreadError for 31 February, too many days, and days to come."""
    taken: list[tuple[re.Match[str], Rule]] = []
    for rule in _RULES:
        for match in rule[0].finditer(text.lower()):
            if not any(match.start() < other.end() and other.start() < match.end() for other, _ in taken):
                taken.append((match, rule))
    found: list[Asked] = []
    for match, rule in sorted(taken, key=lambda one: one[0].start()):
        found.append(Asked(_resolved(match, rule, today, found), match.start(), match.end()))
        found[-2:] = _paired(text.lower(), found[-2:])
    return found


def _paired(text: str, pair: list[Asked]) -> list[Asked]:
    """`monday 16 november`, `16 Nov (monday)`: a weekday beside a date belongs to it, and has to agree."""
    names = [text[one.start : one.end].rsplit(maxsplit=1)[-1] for one in pair]
    weekdays = [name for name in names if name in _WEEKDAYS]
    if len(pair) < 2 or len(weekdays) != 1 or not re.fullmatch(_BESIDE, text[pair[0].end : pair[1].start]):
        return pair
    days = pair[names[0] in _WEEKDAYS].days
    if days.count > 1:
        return pair
    if (right := _WEEKDAYS[days.first.weekday()]) != weekdays[0]:
        told = short_date(days.first, year=True)
        raise UnreadError(f"{told} is a {right.title()}, not a {weekdays[0].title()}.")
    return [Asked(days, pair[0].start, pair[1].end)]


def joined(text: str, asked: list[Asked]) -> list[Asked]:
    """`monday to wednesday`, `from 3 Nov till today`, `between May and July 2026`: two stretches are one."""
    if len(asked) != 2:
        return asked
    link, lead = text[asked[0].end : asked[1].start], text[: asked[0].start].rstrip()
    if not re.fullmatch(_TO, link) and not (lead.endswith("between") and link.strip() in ("and", "and the")):
        return asked
    said = text[asked[0].start : asked[1].end]
    days = _forward(asked[0].days.first, asked[1].days.last, said)
    return [Asked(_checked(days, said), asked[0].start, asked[1].end)]


def _forward(first: date, last: date, said: str) -> Days:
    if last < first:
        raise UnreadError(f"“{spelt(said)}” runs backwards.")
    return Days(first, last)


def running(earlier: Days, today: date) -> Days | None:
    """The stretch of today that `last week`, `yesterday` and the like are set against; None for other days."""
    for unit, whole in WHOLE.items():
        if earlier in (before(unit, today, 1), whole(_back(today))):
            return _until(whole(today), today)
    return None


def _back(day: date) -> date:
    """The same date a year before; of 29 February the day before it."""
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


def year_before(days: Days) -> Days:
    """The same dates a year before."""
    return Days(_back(days.first), _back(days.last))


def same_kind(one: Days, other: Days, today: date) -> bool:
    """Whether both are whole weeks, months, quarters or years, or the part of one that is over."""
    return any(all(_begun(whole(days.first), days, today) for days in (one, other)) for whole in WHOLE.values())


def _begun(whole: Days, days: Days, today: date) -> bool:
    return whole == days or (whole.first == days.first and whole.last > days.last >= today - timedelta(days=1))


def spelt(text: str) -> str:
    """Words of a question as an answer may repeat them: letters, digits, hyphens, and not many."""
    return " ".join("".join(sign if sign.isalnum() or sign == "-" else " " for sign in text).split())[:60]


def _resolved(match: re.Match[str], rule: Rule, today: date, found: list[Asked]) -> Days:
    """The days of a match; `previous …` and `… before` lie before the stretch named last, if there is one."""
    said = match.group().strip()
    leaning = said.endswith(" before")
    if leaning and not found:
        raise UnreadError(f"Name the {said.split()[-2]} that “{said}” comes before.")
    leaning |= bool(found) and said.startswith(("previous", "prior", "same"))
    if re.match("same (?:period|time|days)", said):
        if not found:
            raise UnreadError("Name the days first whose like of last year I shall tell.")
        return year_before(found[-1].days)
    try:
        days = _checked(rule[1](match, found[-1].days.first if leaning else today), said)
    except (ValueError, OverflowError) as error:
        raise NoSuchDayError(f"There is no such day as {spelt(said)}.") from error
    if days.last > today:
        raise UnreadError(f"That has not happened yet; today is {today}.")
    return days


def _checked(days: Days, said: str) -> Days:
    if not 1 <= days.count <= LONGEST:
        raise _too_many(said)
    if days.first.year < 1900:
        raise UnreadError("Nothing is stored of the days before 1900.")
    return days


def _too_many(said: str) -> UnreadError:
    return UnreadError(f"I can look at 1 to {LONGEST:,} days; “{spelt(said)}” is outside that.")


def _rule(pattern: str, resolve: Callable[[re.Match[str], date], Days]) -> Rule:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), resolve


def _one(day: date) -> Days:
    return Days(day, day)


def _week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return Days(monday, monday + timedelta(days=6))


def _quarter(day: date) -> Days:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return Days(first, month(date(day.year, first.month + 2, 1)).last)


def _year(day: date) -> Days:
    return Days(date(day.year, 1, 1), date(day.year, 12, 31))


WHOLE: dict[str, Callable[[date], Days]] = {
    "day": _one,
    "week": _week,
    "month": month,
    "quarter": _quarter,
    "year": _year,
}
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
_DAYS_OF = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def before(unit: str, day: date, count: int) -> Days:
    """The whole unit that lies `count` units before the one of a day."""
    if unit not in _MONTHS_OF:
        return WHOLE[unit](day - timedelta(days=count * _DAYS_OF[unit]))
    months = day.year * 12 + day.month - 1 - count * _MONTHS_OF[unit]
    return WHOLE[unit](date(months // 12, months % 12 + 1, 1))


def _until(days: Days, today: date) -> Days:
    """The part of a stretch that is over, or has begun."""
    return Days(days.first, min(days.last, max(today - timedelta(days=1), days.first)))


def _number(name: str) -> int:
    return [known.lower() for known in MONTHS].index(name[:3]) + 1


def _named_month(match: re.Match[str], today: date) -> Days:
    number = _number(match[1])
    year = int(match[2]) if match.re.groups > 1 and match[2] else today.year - (number > today.month)
    return _until(month(date(year, number, 1)), today)


def _last_month(match: re.Match[str], today: date) -> Days:
    """`last november`: the latest that is over."""
    number = _number(match[1])
    return month(date(today.year - (number >= today.month), number, 1))


def _named_quarter(match: re.Match[str], today: date) -> Days:
    first = 3 * int(match[1]) - 2
    year = int(match[2]) if match[2] else today.year - (first > today.month)
    return _until(_quarter(date(year, first, 1)), today)


def _spoken_date(day: str, name: str, year: str | None, today: date) -> date:
    found = date(int(year) if year else today.year, _number(name), int(day))
    return found if year or found <= today else date(today.year - 1, found.month, int(day))


def _spoken_range(match: re.Match[str], today: date) -> Days:
    """The year is that of the last day; `28 Dec to 3 Jan` begins in the one before it."""
    last = _spoken_date(match[3], match[4], match[5], today)
    number = _number(match[2] or match[4])
    return _forward(date(last.year - (number > last.month), number, int(match[1])), last, match.group())


def _ordered(first: date, last: date) -> Days:
    return Days(min(first, last), max(first, last))


def _weekday(match: re.Match[str], today: date) -> Days:
    back = (today.weekday() - _WEEKDAYS.index(match[1])) % 7 or 7
    return before("day", today, back)


def _counted(match: re.Match[str]) -> int:
    """How many days, weeks, months: at least one, and not more than are read."""
    said = match[1]
    count = 1 if said in ("a", "an") else _NUMBERS.index(said) if said in _NUMBERS else int(said[:9])
    if not 1 <= count * _DAYS_OF[match[2]] <= LONGEST:
        raise _too_many(match.group())
    return count


def _last(match: re.Match[str], today: date) -> Days:
    """The last days or weeks that are over, or the last whole months, quarters or years."""
    count, unit = _counted(match), match[2]
    if unit in _MONTHS_OF:
        return Days(before(unit, today, count).first, before(unit, today, 1).last)
    return last_days(today - timedelta(days=1), count * _DAYS_OF[unit])


_RULES: tuple[Rule, ...] = (
    _rule(rf"(?:from\s+|between\s+)?{_ISO}{_TO}{_ISO}",
          lambda m, _: _ordered(date.fromisoformat(m[1]), date.fromisoformat(m[2]))),
    _rule(_ISO, lambda m, _: _one(date.fromisoformat(m[1]))),
    _rule(r"(\d{4})-(\d{2})", lambda m, today: _until(month(date(int(m[1]), int(m[2]), 1)), today)),
    _rule(rf"same (day|week|month|quarter){_LAST_YEAR}", lambda m, today: WHOLE[m[1]](_back(today))),
    _rule(rf"same (?:period|time|days){_LAST_YEAR}", lambda _, today: _year(_back(today))),
    *(_rule(rf"{lead}(\d{{1,2}}){_TH}(?:\s+{_MONTH})?{link}(\d{{1,2}}){_TH}\s+{_MONTH}(?:\s+(\d{{4}}))?", _spoken_range)
      for lead, link in ((r"(?:from\s+)?", _TO), ("(?<=between )", " and "))),
    _rule(rf"(\d{{1,2}}){_TH}\s+(?:of\s+)?{_MONTH}(?:\s+(\d{{4}}))?",
          lambda m, today: _one(_spoken_date(m[1], m[2], m[3], today))),
    _rule(rf"{_MONTH}\s+(\d{{1,2}}){_TH}(?:,?\s+(\d{{4}}))?",
          lambda m, today: _one(_spoken_date(m[2], m[1], m[3], today))),
    _rule(rf"{_MONTH}\s+(\d{{4}})", _named_month),
    _rule(r"q([1-4])(?:\s+(?:of\s+)?(\d{4}))?", _named_quarter),
    _rule(rf"(?:last|past|previous|prior)\s+{_COUNT}\s+{_UNIT}s?", _last),
    _rule(rf"{_COUNT}\s+{_UNIT}s?\s+ago", lambda m, today: before(m[2], today, _counted(m))),
    _rule(r"day before yesterday", lambda _, today: before("day", today, 2)),
    _rule(rf"{_UNIT} before last(?: \1)?", lambda m, today: before(m[1], today, 2)),
    _rule(rf"{_COUNT}\s+{_UNIT}s? before", _last),
    *(_rule(said, lambda m, today: before(m[1], today, 1))
      for said in (rf"{_UNIT} before", rf"(?:last|past|previous|prior) {_UNIT}")),
    _rule(rf"(?:so far )?(?:this|current) {_UNIT}(?: so far)?|{_UNIT} to date",
          lambda m, today: _until(WHOLE[m[1] or m[2]](today), today)),
    _rule(r"([wmqy])td",
          lambda m, today: _until(next(f for u, f in WHOLE.items() if u[0] == m[1])(today), today)),
    _rule(r"yesterday", lambda _, today: before("day", today, 1)),
    _rule(r"today(?: so far)?|so far today", lambda _, today: _one(today)),
    _rule(r"(?:right )?now|current(?:ly)?|at the moment", lambda _, today: _one(today)),
    _rule(rf"(?:last\s+)?({'|'.join(_WEEKDAYS)})", _weekday),
    _rule(_YEAR, lambda m, today: _until(_year(date(int(m[0]), 1, 1)), today)),
    _rule(r"in (may)", _named_month),
    _rule(rf"last {_MONTH}", _last_month),
    _rule(rf"this {_MONTH.replace('may|', '')}",
          lambda m, today: _until(month(date(today.year, _number(m[1]), 1)), today)),
    _rule(_MONTH.replace("may|", ""), _named_month),  # a bare `may` is a verb more often than a month
)  # fmt: skip
