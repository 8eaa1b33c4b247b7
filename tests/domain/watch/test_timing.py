"""Every local date has its slots, once: over zones, over twenty years, over every change of the clocks."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.plan import Timing
from domain.watch.timing import between, next_after, on_day

ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Asuncion",
)
LONDON = ZoneInfo("Europe/London")
MORNING = Timing(at=(time(6, 30),))


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("at", [time(0, 0), time(2, 30)])
def test_each_local_date_of_twenty_years_has_exactly_one_slot(name: str, at: time) -> None:
    zone, first = ZoneInfo(name), date(2010, 1, 1)
    start = datetime.combine(first, time(), zone)
    end = datetime.combine(date(2030, 1, 1), time(), zone)
    slots = list(between(Timing(at=(at,)), zone, start - timedelta(seconds=1), end - timedelta(seconds=1)))
    days = [slot.day for slot in slots]
    every = [first + timedelta(days=n) for n in range((date(2030, 1, 1) - first).days)]
    missing = {date(2011, 12, 30)} if name == "Pacific/Apia" else set()
    assert days == [day for day in every if day not in missing]
    assert all(slot.instant.astimezone(zone).date() == slot.day for slot in slots)
    assert all(earlier.instant < later.instant for earlier, later in itertools.pairwise(slots))


@pytest.mark.parametrize("name", ZONES)
def test_an_interval_never_leaves_a_longer_gap_and_never_doubles_over_changes(name: str) -> None:
    zone = ZoneInfo(name)
    for minutes in (60, 240):
        slots = list(
            between(
                Timing(every=timedelta(minutes=minutes)),
                zone,
                datetime(2011, 1, 1, tzinfo=UTC),
                datetime(2012, 1, 1, tzinfo=UTC),
            )
        )
        assert len({(slot.day, slot.slot) for slot in slots}) == len(slots)
        gaps = [b.instant - a.instant for a, b in itertools.pairwise(slots)]
        assert all(timedelta() < gap <= timedelta(minutes=minutes) for gap in gaps)


def test_the_repeated_hour_has_one_wall_clock_slot_and_all_its_quarters() -> None:
    autumn = date(2026, 10, 25)
    assert [slot.instant for slot in on_day(Timing(at=(time(1, 30),)), LONDON, autumn)] == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ]
    quarters = list(on_day(Timing(every=timedelta(minutes=15)), LONDON, autumn))
    assert len(quarters) == 100
    assert {"01:15+0100", "01:15+0000"} <= {slot.slot for slot in quarters}


def test_the_hour_that_is_left_out_moves_its_slot_and_loses_none() -> None:
    spring = date(2026, 3, 29)
    (slot,) = on_day(Timing(at=(time(1, 30),)), LONDON, spring)
    assert (slot.slot, slot.instant) == ("01:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert len(list(on_day(Timing(every=timedelta(minutes=15)), LONDON, spring))) == 92


def test_the_29th_of_february_is_a_day_like_others() -> None:
    assert len(list(on_day(MORNING, LONDON, date(2028, 2, 29)))) == 1
    before = datetime(2028, 2, 28, 12, tzinfo=UTC)
    assert next_after(MORNING, LONDON, before).day == date(2028, 2, 29)


def test_a_weekly_job_runs_in_week_53_too() -> None:
    weekly = Timing(at=(time(5, 0),), weekdays=("mon",))
    slots = list(between(weekly, LONDON, datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)))
    assert date(2026, 12, 28) in [slot.day for slot in slots]  # ISO week 53 of 2026
    assert {later.day - earlier.day for earlier, later in itertools.pairwise(slots)} == {timedelta(days=7)}


@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1)),
    minute=st.integers(0, 1439),
)
@settings(max_examples=150, deadline=None)
def test_the_next_slot_is_the_first_one_between(zone: str, moment: datetime, minute: int) -> None:
    timing = Timing(at=(time(minute // 60, minute % 60),))
    start = moment.replace(tzinfo=UTC)
    due = next_after(timing, ZoneInfo(zone), start)
    assert list(between(timing, ZoneInfo(zone), start, due.instant)) == [due]


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1)),
    cuts=st.lists(st.integers(1, 100_000), min_size=1, max_size=8),
    minutes=st.sampled_from([15, 30, 60, 240, 1440]),
)
@settings(max_examples=80, deadline=None)
def test_a_span_cut_anywhere_gives_the_same_slots(zone: str, start: datetime, cuts: list[int], minutes: int) -> None:
    timing, where = Timing(every=timedelta(minutes=minutes)), ZoneInfo(zone)
    moments = [start.replace(tzinfo=UTC)]
    for cut in cuts:
        moments.append(moments[-1] + timedelta(seconds=cut))
    whole = list(between(timing, where, moments[0], moments[-1]))
    parts = [slot for a, b in itertools.pairwise(moments) for slot in between(timing, where, a, b)]
    assert parts == whole


@pytest.mark.parametrize("wrong", [{}, {"at": (time(1),), "every": timedelta(hours=1)}, {"every": timedelta(days=2)}])
def test_a_timing_that_says_nothing_or_two_things_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a timing|an interval"):
        Timing(**wrong)  # type: ignore[arg-type]
