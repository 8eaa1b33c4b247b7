"""Falling silent has names: never fired, ran empty, shape changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.kernel.freshness import Source
from domain.watch import activity
from models.connector import StreamState
from models.slot import Key, SlotRow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _runs(*rows: int) -> list[SlotRow]:
    found = []
    for number, brought in enumerate(rows):
        at = NOON + timedelta(hours=number)
        found.append(SlotRow(Key("deals", at.date(), f"{number}"), at, "ran", "", "sales", {"rows": brought}, at, at))
    return found


def test_a_job_without_a_slot_in_a_week_has_never_fired() -> None:
    known = [("pulse", NOON - timedelta(days=20)), ("deals", NOON - timedelta(days=20)), ("new", NOON)]
    assert [one.name for one in activity.never_fired(known, _runs(3), NOON)] == ["pulse"]


def test_a_source_that_gave_and_gives_nothing_more_ran_empty() -> None:
    (found,) = activity.ran_empty(_runs(5, 3, 0, 0, 0, 0))
    assert (found.name, found.how, found.since) == ("deals", "ran empty", NOON + timedelta(hours=1))


def test_a_source_that_never_gave_or_gave_lately_is_not_silent() -> None:
    assert activity.ran_empty(_runs(0, 0, 0, 0, 0, 0)) == []
    assert activity.ran_empty(_runs(5, 0, 0, 0, 1)) == []


def test_an_answer_no_longer_understood_has_changed_its_shape() -> None:
    source = Source("hubspot.deals", "HubSpot deals", "sales", "deals", NOON, Decimal(30), "shape", "no field 'amount'")
    state = StreamState("hubspot", "deals", last_ok_at=NOON)
    (found,) = activity.shape_changed([source], [state])
    assert (found.text, found.since) == ("HubSpot deals: no field 'amount'", NOON)
