"""When a job is due: wall-clock times or an interval, in the company's zone, the same answer for everyone who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.kernel.plan import Timing
from domain.kernel.policy import WEEKDAYS

_DAY = timedelta(days=1)
_LONGEST_GAP = 400  # days in which every timing has a slot: a weekday comes within 7, a missing date is one day


@dataclass(frozen=True, order=True)
class Due:
    """A slot: the instant it is planned for (aware UTC), the company's date and a label unique within that date."""

    instant: datetime
    day: date
    slot: str


def on_day(timing: Timing, zone: ZoneInfo, day: date, after: datetime | None = None) -> Iterator[Due]:
    """The slots of one local date later than `after`, in order; none on a date the zone left out or a day not named."""
    if timing.weekdays and WEEKDAYS[day.weekday()] not in timing.weekdays:
        return
    begin, end = _midnight(zone, day), _midnight(zone, day + _DAY)
    if begin >= end:  # Samoa had no 30 December 2011
        return
    if timing.every is None:
        found = sorted({_at(moment, zone, day, begin, end) for moment in timing.at})
        yield from (due for due in found if after is None or due.instant > after)
        return
    # Elapsed time since midnight, so that an hour repeated or left out shifts nothing.
    first = 0 if after is None or after < begin else (after - begin) // timing.every + 1
    instant = begin + first * timing.every
    while instant < end:
        yield _elapsed(instant, zone, day)
        instant += timing.every


def between(timing: Timing, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Due]:
    """Every slot later than `after` and not later than `until`, in order."""
    day, last = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    while day <= last:
        for due in on_day(timing, zone, day, after):
            if due.instant > until:
                return
            yield due
        day += _DAY


def next_after(timing: Timing, zone: ZoneInfo, moment: datetime) -> Due:
    """The first slot later than `moment`."""
    day = moment.astimezone(zone).date() - _DAY
    for _ in range(_LONGEST_GAP):
        for due in on_day(timing, zone, day, moment):
            return due
        day += _DAY
    raise ValueError(f"no slot within {_LONGEST_GAP} days of {moment}")


def _midnight(zone: ZoneInfo, day: date) -> datetime:
    """The first instant of a local date; a midnight that the clocks leave out is the instant they jump to."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _at(moment: time, zone: ZoneInfo, day: date, begin: datetime, end: datetime) -> Due:
    """A wall-clock time: in a repeated hour its first pass, in a left-out hour as much later as the clocks jumped."""
    instant = datetime.combine(day, moment, zone).astimezone(UTC)
    return Due(min(max(instant, begin), end - timedelta(seconds=1)), day, f"{moment:%H:%M:%S}".removesuffix(":00"))


def _elapsed(instant: datetime, zone: ZoneInfo, day: date) -> Due:
    """A slot of an interval, named by its wall-clock time and offset: a repeated hour has two names."""
    return Due(instant, day, f"{instant.astimezone(zone):%H:%M:%S}".removesuffix(":00") + _offset(instant, zone))


def _offset(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%z}"
