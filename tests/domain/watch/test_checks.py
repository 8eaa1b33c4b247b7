"""What was measured is judged: well, worth a look, bad."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.kernel.policy_watch import Watch
from domain.watch import checks, machine, spans
from domain.watch.alarm import Standing
from domain.watch.measures import Measures
from models.check import Result
from models.executor import ExecutorRow
from models.flow import Backlog, Stray
from models.inbox import Backlog as Post
from models.outbox import Mail
from models.receipt import Road, Told

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROLES = ("bot", "scheduler", "worker-sales")
LIMITS = Watch()
MB = 1024**2
VITALS: dict[str, Any] = {"fds": 40, "fds_limit": 1024, "rss": 100 * MB, "lag_ms": 3, "lag_peak_ms": 20}


def _process(role: str, state: str = "alive", silent: float = 2.0, **detail: Any) -> ExecutorRow:
    detail = {**VITALS, "clock": {"jump_s": None, "steady_s": 7200.0}, **detail}
    return ExecutorRow(role, role, state, "here/1", 1, NOON, NOON, timedelta(seconds=silent), detail)


UP: dict[str, Any] = {
    "links": 2, "links_wanted": 2, "closed": None, "problems": [], "silent_s": 30, "asked_s": None, "probe": "heard",
}  # fmt: skip
WELL = Measures(
    at=NOON,
    disk_free=50_000_000_000,
    disk_total=100_000_000_000,
    memory_free=4_000 * MB,
    memory_total=8_000 * MB,
    database_for=timedelta(milliseconds=2),
    processes=(_process("bot", slack=UP), _process("scheduler"), _process("worker-sales")),
    mail=Mail(0, None, 0, None, NOON),
    post=Post(0, None),
    outcomes={"ran": 90, "skipped": 2},
    second_road=Standing(("1 mailto",), Road((Told("1 mailto", accepted=True),), NOON)),
)


def _states(found: Measures) -> dict[str, str]:
    return {one.name: one.state for one in checks.judge(found, ROLES, LIMITS) if one.state != "ok"}


def _text(found: Measures, name: str) -> str:
    return next(one.text for one in checks.judge(found, ROLES, LIMITS) if one.name == name)


def test_a_house_that_is_well_has_nothing_to_look_at() -> None:
    assert _states(WELL) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"disk_free": 1_500_000_000}, {"disk": "bad"}),
        ({"disk_free": 400_000_000, "disk_total": 1_000_000_000}, {"disk": "bad"}),
        ({"disk_free": 8_000_000_000}, {"disk": "warn"}),
        ({"memory_free": 640 * MB}, {"memory": "warn"}),
        ({"memory_free": 80 * MB}, {"memory": "bad"}),
        ({"redis": False}, {"redis": "bad"}),
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
        ({"outcomes": {"ran": 8, "escalated": 2}}, {"jobs": "warn"}),
        ({"outcomes": {"ran": 1, "escalated": 2}}, {"jobs": "bad"}),
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
    assert _states(none) == {"slack": "bad", "slack.echo": "unknown"}
    assert list(_states(missing).values()) == ["warn"]


def test_a_database_that_is_away_is_said_and_nothing_else_is_guessed() -> None:
    found = checks.judge(replace(WELL, database_error="OperationalError"), ROLES, LIMITS)
    assert [one.name for one in found] == ["disk", "memory", "database"]
    assert found[-1].state == "bad"


def _with(role: str, **detail: Any) -> Measures:
    """The house that is well, but for what one process tells."""
    return replace(
        WELL,
        processes=tuple(
            _process(role, **{**one.detail, **detail}) if one.role == role else one for one in WELL.processes
        ),
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"fds": 600}, {"fds.scheduler": "warn"}),
        ({"fds": 900}, {"fds.scheduler": "bad"}),
        ({"fds": 900, "fds_limit": -1}, {}),
        ({"rss_limit": 110 * MB}, {"memory.scheduler": "bad"}),
        ({"rss_limit": 200 * MB}, {}),
        ({"rss_limit": None}, {}),
        ({"lag_peak_ms": 1500}, {"lag.scheduler": "warn"}),
        ({"lag_peak_ms": 12_000}, {"lag.scheduler": "bad"}),
        ({"clock": {"jump_s": -10_800.0, "steady_s": 240.0}}, {"clock.steady": "bad"}),
        ({"clock": {"jump_s": -10_800.0, "steady_s": 4000.0}}, {}),
    ],
)
def test_each_process_is_judged_by_what_it_tells(told: dict[str, Any], expected: dict[str, str]) -> None:
    assert _states(_with("scheduler", **told)) == expected


def test_a_clock_that_was_set_is_named_with_how_far_and_since_when() -> None:
    back = _with("scheduler", clock={"jump_s": -10_795.0, "steady_s": 240.0})
    assert _text(back, "clock.steady") == "The clock of scheduler was set back by 3 hours, 4 minutes ago."
    assert _text(WELL, "clock.steady") == "The clock has been steady for 2 hours."


def test_after_a_clock_was_set_forward_nothing_counts_as_late() -> None:
    long = timedelta(hours=3)
    late: dict[str, Any] = {
        "mail": Mail(3, NOON - long, 0, None, None),
        "post": Post(2, NOON - long),
        "backlogs": (Backlog("sales", 4, long),),
        "still": (Stray("x:1", "jobs.x", "sales", "w", 0),),
    }
    jumped = _with("bot", slack=UP, clock={"jump_s": 10_800.0, "steady_s": 6.0})
    assert _states(replace(jumped, **late)) == {"clock.steady": "bad"}
    assert {"outbox", "inbox", "queue.sales", "flow.jobs.x"} <= set(_states(replace(WELL, **late)))


def test_what_was_not_measured_is_not_well() -> None:
    mute = replace(WELL, processes=tuple(replace(one, detail={}) for one in WELL.processes))
    expected = {"clock.steady", "slack", "slack.echo", *(f"{kind}.{role}" for kind in ("fds", "lag") for role in ROLES)}
    assert _states(mute) == dict.fromkeys(expected, "unknown")
    half = replace(WELL.processes[1], detail={"rss_limit": 110 * MB, "lag_ms": 3, "lag_peak_ms": 20})
    assert _states(replace(WELL, processes=(WELL.processes[0], half, WELL.processes[2])))["fds.scheduler"] == "unknown"
    gone = replace(WELL, processes=(_process("bot", silent=300, slack=UP), *WELL.processes[1:]))
    assert _states(gone) == {"process.bot": "bad", "slack": "unknown", "slack.echo": "unknown"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"silent_s": 500}, {}),
        ({"silent_s": 700, "asked_s": 200}, {"slack.echo": "bad"}),
        ({"silent_s": 130, "asked_s": 5, "deaf": True}, {"slack.echo": "bad"}),
        ({"silent_s": 700, "asked_s": 900}, {"slack.echo": "unknown"}),
        ({"silent_s": 700, "probe": "no owner to write to"}, {"slack.echo": "unknown"}),
    ],
)
def test_events_that_stay_away_although_asked_for_are_bad(told: dict[str, Any], expected: dict[str, str]) -> None:
    assert _states(_with("bot", slack={**UP, **told})) == expected


def _memory(*megabytes: float, minutes: int = 30) -> list[Result]:
    """What the looks of the past found, the last of them just before noon."""
    first = NOON - timedelta(minutes=minutes * len(megabytes))
    return [
        Result("memory.house", first + timedelta(minutes=minutes * number), "ok", "", Decimal(str(value)))
        for number, value in enumerate(megabytes)
    ]


def _grown(to: int, past: list[Result]) -> Result:
    return machine.growth(_with("bot", rss=(to - 200) * MB), past, LIMITS)


def test_memory_that_grows_and_grows_is_seen_before_it_is_used_up() -> None:
    assert _grown(350, _memory(300, 310)).state == "ok"  # too little is known
    assert _grown(700, _memory(*([690, 710] * 24))).state == "ok"
    fast = _grown(2000, _memory(*([300] * 44), 600, 950, 1300, 1650))
    assert fast.state == "bad"
    assert "at this rate the memory is used up in 7 hours" in fast.text
    slow = _grown(2000, _memory(*range(560, 2000, 30), minutes=30))
    assert "60 MB an hour" in slow.text


def test_a_small_house_may_grow_as_it_likes() -> None:
    assert _grown(500, _memory(100, 200, 300, 400)).state == "ok"


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
    assert spans.span(long) == said
