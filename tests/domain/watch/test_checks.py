"""What was measured is judged: well, worth a look, bad."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.watch import checks
from domain.watch.measures import Measures
from models.check import Result
from models.executor import ExecutorRow
from models.flow import Backlog, Stray
from models.inbox import Backlog as Post
from models.outbox import Mail

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROLES = ("bot", "scheduler", "worker-sales")


def _process(role: str, state: str = "alive", silent: float = 2.0, **detail: Any) -> ExecutorRow:
    return ExecutorRow(role, role, state, "here/1", 1, NOON, NOON, timedelta(seconds=silent), detail)


UP: dict[str, Any] = {"links": 2, "links_wanted": 2, "closed": None, "problems": []}
WELL = Measures(
    at=NOON,
    disk_free=50_000_000_000,
    disk_total=100_000_000_000,
    memory_free_share=0.5,
    house_bytes=300 * 1024**2,
    database_for=timedelta(milliseconds=2),
    processes=(_process("bot", slack=UP), _process("scheduler"), _process("worker-sales")),
    mail=Mail(0, None, 0, None, NOON),
    post=Post(0, None),
    outcomes={"ran": 90, "skipped": 2},
)


def _states(found: Measures) -> dict[str, str]:
    return {one.name: one.state for one in checks.judge(found, ROLES) if one.state != "ok"}


def _text(found: Measures, name: str) -> str:
    return next(one.text for one in checks.judge(found, ROLES) if one.name == name)


def test_a_house_that_is_well_has_nothing_to_look_at() -> None:
    assert _states(WELL) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"disk_free": 1_500_000_000}, {"disk": "bad"}),
        ({"disk_free": 8_000_000_000}, {"disk": "warn"}),
        ({"memory_free_share": 0.08}, {"memory": "warn"}),
        ({"memory_free_share": 0.01}, {"memory": "bad"}),
        ({"redis": False}, {"redis": "warn"}),
        ({"clock_gap": timedelta(hours=3)}, {"clock": "bad"}),
        ({"clock_gap": timedelta(seconds=-3)}, {}),
        ({"database_for": timedelta(seconds=2)}, {"database": "warn"}),
        ({"backlogs": (Backlog("sales", 4, timedelta(minutes=3)),)}, {"queue.sales": "warn"}),
        ({"backlogs": (Backlog("sales", 4, timedelta(minutes=30)),)}, {"queue.sales": "bad"}),
        ({"backlogs": (Backlog("sales", 4, timedelta(seconds=3)),)}, {}),
        ({"still": (Stray("x:1", "jobs.x", "sales", "w", 0),)}, {"flow.jobs.x": "bad"}),
        ({"mail": Mail(3, NOON - timedelta(minutes=6), 0, None, None)}, {"outbox": "warn"}),
        ({"mail": Mail(3, NOON - timedelta(hours=1), 0, None, None)}, {"outbox": "bad"}),
        ({"mail": Mail(0, None, 2, "not_in_channel", None)}, {"outbox": "warn"}),
        ({"post": Post(2, NOON - timedelta(minutes=9))}, {"inbox": "bad"}),
        ({"outcomes": {"ran": 8, "escalated": 2}}, {"slots": "warn"}),
        ({"outcomes": {"ran": 1, "escalated": 2}}, {"slots": "bad"}),
    ],
)
def test_each_measure_is_judged_by_its_limits(change: dict[str, Any], expected: dict[str, str]) -> None:
    assert _states(replace(WELL, **change)) == expected


def test_what_waits_is_told_in_the_singular_and_in_the_plural() -> None:
    minute = timedelta(minutes=1)
    one = replace(
        WELL,
        post=Post(1, NOON - minute),
        mail=Mail(1, NOON - minute, 0, None, None),
        backlogs=(Backlog("sales", 1, timedelta(seconds=1)),),
    )
    assert _text(one, "inbox") == "1 command waits, for 1 minute."
    assert _text(one, "outbox") == "1 message waits to be posted, for 1 minute."
    assert _text(one, "queue.sales") == "1 flow waits in sales, for 1 second."
    assert (
        _text(replace(WELL, post=Post(3, NOON - 2 * minute)), "inbox") == "3 commands wait, the oldest for 2 minutes."
    )
    assert _text(WELL, "outbox") == "0 messages wait to be posted."


def test_a_stopped_worker_is_named() -> None:
    ended = replace(WELL, processes=(*WELL.processes[:2], _process("worker-sales", "dead", 200)))
    silent = replace(WELL, processes=(*WELL.processes[:2], _process("worker-sales", silent=200)))
    never = replace(WELL, processes=WELL.processes[:2])
    assert _states(ended) == _states(silent) == _states(never) == {"process.worker-sales": "bad"}
    assert _text(ended, "process.worker-sales") == "worker-sales has ended and was not started again, 3 minutes ago."
    assert _text(silent, "process.worker-sales") == "worker-sales has not been heard of for 3 minutes."
    assert _text(never, "process.worker-sales") == "worker-sales has never run."


def test_a_lost_connection_to_slack_is_worth_a_look_and_none_is_bad() -> None:
    one = replace(WELL, processes=(_process("bot", slack={**UP, "links": 1}), *WELL.processes[1:]))
    none = replace(WELL, processes=(_process("bot", slack={**UP, "links": 0}), *WELL.processes[1:]))
    missing = replace(
        WELL, processes=(_process("bot", slack={**UP, "problems": ["#ops-pulse is missing"]}), *WELL.processes[1:])
    )
    assert _states(one) == {"slack": "warn"}
    assert _states(none) == {"slack": "bad"}
    assert list(_states(missing).values()) == ["warn"]


def test_a_database_that_is_away_is_said_and_nothing_else_is_guessed() -> None:
    found = checks.judge(replace(WELL, database_error="OperationalError"), ROLES)
    assert [one.name for one in found] == ["disk", "memory", "database"]
    assert found[-1].state == "bad"


def test_memory_that_grows_and_grows_is_seen() -> None:
    past = [Result("memory.house", NOON - timedelta(hours=hour), "ok", "", Decimal(300)) for hour in (20, 10)]
    assert checks.slope(replace(WELL, house_bytes=350 * 1024**2), past).state == "ok"
    grown = checks.slope(replace(WELL, house_bytes=900 * 1024**2), past)
    assert grown.state == "warn"
    assert grown.text == "Our processes hold 900 MB, between 300 and 300 MB in the last day."


@pytest.mark.parametrize(
    ("long", "said"),
    [
        (timedelta(seconds=5), "5 seconds"),
        (timedelta(seconds=61), "1 minute"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(seconds=-4), "0 seconds"),
    ],
)
def test_a_duration_is_said_in_one_unit(long: timedelta, said: str) -> None:
    assert checks.span(long) == said
