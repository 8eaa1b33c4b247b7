"""A clock that jumps is noticed, one that drifts slowly is not called a jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.watch.jumps import Jumps

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_clock_set_forward_three_hours_has_jumped() -> None:
    jumps = Jumps(NOON, 100.0)
    assert jumps.seen(NOON + timedelta(hours=3, seconds=5), 105.0) == timedelta(hours=3)
    assert jumps.seen(NOON + timedelta(hours=3, seconds=10), 110.0) is None


def test_a_clock_set_back_has_jumped_back() -> None:
    assert Jumps(NOON, 0.0).seen(NOON - timedelta(hours=3), 5.0) == timedelta(hours=-3, seconds=-5)


def test_a_process_that_slept_has_not_jumped() -> None:
    assert Jumps(NOON, 0.0).seen(NOON + timedelta(minutes=10), 600.0) is None


def test_a_step_of_a_second_is_no_jump() -> None:
    assert Jumps(NOON, 0.0).seen(NOON + timedelta(seconds=6), 5.0) is None
