"""Falling silent has four names, and each job its own limit; a clock that was set makes nothing silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.kernel.freshness import Source
from domain.kernel.plan import Plan, Timing
from domain.kernel.policy import JobPolicy
from domain.watch import limits, silences
from domain.watch.silences import Heard
from jobs.timetable import TIMETABLE
from models.activity import Posted, Seen
from models.connector import StreamState
from models.outbox import Mail

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = NOON - timedelta(days=40)


def _plan(job: str, queue: str = "sales", **timing: Any) -> Plan:
    return Plan(job, Timing(**timing), "flow", queue)


QUARTERLY = _plan("orders", "logistics", every=timedelta(minutes=15))
DAILY = _plan("pulse", "orchestrator", at=(time(6, 30),))
WEEKLY = _plan("restated", "marketing", at=(time(3, 50),), weekdays=("mon",))
PLANS = (QUARTERLY, DAILY, WEEKLY)


def _heard(ago: Mapping[str, timedelta], *plans: Plan, **more: Any) -> Heard:
    """A house forty days old, in which these jobs last began so long ago."""
    seen = {job: Seen(job, NOON - long, NOON - long, NOON - long) for job, long in ago.items()}
    known = {plan.job: LONG_AGO for plan in plans or PLANS}
    return Heard(NOON, LONDON, plans or PLANS, **{"known": known, "seen": seen, **more})


def _named(heard: Heard) -> list[tuple[str, str]]:
    return [(one.name, one.how) for one in silences.all_of(heard)]


@pytest.mark.parametrize(
    ("plan", "least", "most"),
    [
        (QUARTERLY, 2 * HOUR, 2.5 * HOUR),
        (DAILY, 26 * HOUR, 28 * HOUR),
        (WEEKLY, 8 * DAY, 8.2 * DAY),
        (replace(DAILY, quiet_after=HOUR), HOUR, HOUR),
    ],
)
def test_how_long_a_job_may_be_quiet_follows_from_its_timetable(plan: Plan, least: timedelta, most: timedelta) -> None:
    assert least <= limits.quiet_after(plan, LONDON, NOON) <= most


@pytest.mark.parametrize("entry", TIMETABLE, ids=lambda entry: entry.name)
def test_every_job_of_the_house_has_a_limit_above_its_pause(entry: Any) -> None:
    plan = entry.plan(JobPolicy())
    assert 2 * HOUR <= limits.quiet_after(plan, LONDON, NOON) <= 9 * DAY
    assert limits.empty_runs(plan, LONDON, NOON) >= 4


def test_each_job_that_is_quiet_beyond_its_own_limit_is_named_and_no_other() -> None:
    assert _named(_heard({"orders": 3 * HOUR, "pulse": 25 * HOUR, "restated": 7 * DAY})) == [("orders", "never fired")]
    assert _named(_heard({"orders": HOUR, "pulse": 29 * HOUR, "restated": 9 * DAY})) == [
        ("pulse", "never fired"),
        ("restated", "never fired"),
    ]


def test_a_job_that_never_began_is_named_once_it_is_known_for_long_enough() -> None:
    well = {"orders": HOUR, "restated": DAY}
    assert _named(_heard(well)) == [("pulse", "never fired")]
    assert _named(_heard(well, known={"orders": LONG_AGO, "pulse": NOON - DAY, "restated": LONG_AGO})) == []


def test_a_clock_that_stands_still_for_all_is_one_silence() -> None:
    (found,) = silences.all_of(_heard({"orders": 10 * DAY, "pulse": 10 * DAY, "restated": 12 * DAY}))
    assert (found.name, found.text) == ("timetable", "no job has begun for 10 days")


def test_a_bot_none_of_whose_jobs_begins_is_one_silence() -> None:
    more = replace(QUARTERLY, job="inventory")
    (found,) = silences.all_of(_heard({"orders": DAY, "inventory": DAY, "pulse": HOUR}, QUARTERLY, more, DAILY))
    assert (found.name, found.kind) == ("logistics", "bot")


def test_a_clock_set_forward_makes_nothing_silent_before_its_time() -> None:
    late = {"orders": 3 * HOUR, "pulse": 30 * HOUR, "restated": 7 * DAY}
    old = Mail(2, NOON - 3 * HOUR, 0, None, None)
    assert _named(_heard(late, mail=old, steady_since=NOON - timedelta(minutes=1))) == []
    assert _named(_heard(late, steady_since=NOON - 5 * HOUR)) == [("orders", "never fired")]


def test_a_clock_set_back_makes_nothing_silent() -> None:
    assert _named(_heard(dict.fromkeys(("orders", "pulse", "restated"), -3 * HOUR))) == []


@pytest.mark.parametrize(("empties", "silent"), [(287, False), (288, True)])
def test_three_days_of_runs_without_a_row_are_a_silence(empties: int, silent: bool) -> None:
    seen = {"orders": Seen("orders", NOON, NOON - 3 * DAY, NOON - 3 * DAY, empties)}
    heard = _heard({}, QUARTERLY, seen=seen)
    assert _named(heard) == ([("orders", "ran empty")] if silent else [])
    assert _named(replace(heard, plans=[replace(QUARTERLY, may_be_empty=300)])) == []


def test_what_never_gave_anything_did_not_run_empty() -> None:
    assert _named(_heard({}, QUARTERLY, seen={"orders": Seen("orders", NOON, None, None, 0)})) == []


def test_an_answer_no_longer_understood_has_changed_its_shape() -> None:
    source = Source("hubspot.deals", "HubSpot deals", "sales", "deals", NOON, Decimal(30), "shape", "no field 'amount'")
    state = StreamState("hubspot", "deals", last_ok_at=NOON)
    (found,) = silences.all_of(_heard({"orders": HOUR}, QUARTERLY, sources=[source], states=[state]))
    assert (found.text, found.since) == ("HubSpot deals: no field 'amount'", NOON)


def test_a_source_nobody_reads_is_silent_beyond_its_own_limit_unless_its_fault_is_told() -> None:
    source = Source("hubspot.deals", "HubSpot deals", "sales", "deals", NOON - 2 * DAY, Decimal(30))
    heard = _heard({"orders": HOUR}, QUARTERLY, sources=[source])
    (found,) = silences.all_of(heard)
    assert (found.name, found.text) == ("hubspot.deals", "HubSpot deals were not read for 2 days")
    assert _named(replace(heard, sources=[replace(source, stale_after_hours=Decimal(72))])) == []
    assert _named(replace(heard, sources=[replace(source, fault="credential")])) == []
    assert _named(replace(heard, sources=[source], steady_since=NOON - HOUR)) == []
    assert _named(replace(heard, sources=[source], up_since=NOON - HOUR)) == []  # the house was down for days
    reading = replace(QUARTERLY, args={"source": source.key})
    assert _named(_heard({"orders": 3 * DAY}, reading, sources=[source])) == [("orders", "never fired")]


def test_messages_that_wait_for_an_hour_reached_nobody() -> None:
    heard = _heard({"orders": HOUR}, QUARTERLY)
    assert _named(replace(heard, mail=Mail(2, NOON - HOUR / 2, 0, None, None))) == []
    assert _named(replace(heard, mail=Mail(2, NOON - 2 * HOUR, 0, None, None))) == [("messages", "done but unused")]


def test_a_post_that_arrives_while_nobody_uses_anything_is_done_but_unused() -> None:
    plan = replace(DAILY, used_within=7 * DAY)
    post = Posted("pulse", NOON - HOUR, "pulse:x", "sent", NOON - HOUR)
    heard = _heard({"pulse": HOUR}, plan, posts=[post], used_at=NOON - 6 * DAY)
    assert _named(heard) == []
    assert _named(replace(heard, used_at=NOON - 8 * DAY)) == [("pulse", "done but unused")]
    assert _named(replace(heard, used_at=None)) == [("pulse", "done but unused")]
    assert _named(replace(heard, used_at=None, known={"pulse": NOON - 5 * DAY})) == []
    assert _named(replace(heard, used_at=None, posts=[replace(post, state="queued")])) == []
