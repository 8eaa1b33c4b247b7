"""Open days, months and the days before."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.calendar import Calendar, Days, last_days, month, same_month_last_year
from domain.kernel.policy import Company

DAYS = st.dates(date(2000, 1, 31), date(2060, 1, 1))


def test_saturdays_and_named_days_are_closed() -> None:
    known = Calendar.of(Company(closed_weekdays=("sat",), closed_days=(date(2026, 12, 25),)))
    assert known.open_days(Days(date(2026, 12, 21), date(2026, 12, 27))) == 5
    assert not known.is_open(date(2026, 12, 26))
    assert not known.is_open(date(2026, 12, 25))


@given(DAYS, st.integers(1, 60))
def test_the_days_before_end_the_day_before_and_are_as_many(day: date, count: int) -> None:
    days = last_days(day, count)
    assert days.before.count == days.count == count
    assert (days.first - days.before.last).days == 1


@given(DAYS)
def test_a_month_is_whole_and_last_years_is_the_same_month(day: date) -> None:
    whole = month(day)
    assert whole.first.day == 1
    assert whole.first <= day <= whole.last
    assert month(whole.last) == whole
    assert same_month_last_year(day).first == whole.first.replace(year=whole.first.year - 1)
