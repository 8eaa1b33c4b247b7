"""The drift guard names what is odd, and a company that rests is not an alarm."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel import drift, facts
from domain.kernel.drift import Need
from domain.kernel.facts import Batch
from domain.kernel.policy import Company
from domain.kernel.vendor_errors import CurrencyError, DriftError

LONDON = Company(zone="Europe/London", currency="GBP", closed_weekdays=("sat",), closed_days=(date(2026, 12, 25),))
NEEDS = (
    Need("id"),
    Need("gone_at", facts.moment, null=True),
    Need("price", drift.thing),
    Need("price.amount", facts.amount),
    Need("buyer", drift.thing, null=True),
    Need("buyer.id"),
    Need("lines[].quantity", facts.whole),
)
ROW: dict[str, Any] = {
    "id": "1",
    "gone_at": None,
    "price": {"amount": "1.50"},
    "buyer": None,
    "lines": [{"quantity": 1}, {"quantity": 2}],
}


def test_a_row_as_it_must_be_has_no_problem() -> None:
    assert drift.problem(ROW, NEEDS) is None
    assert drift.problem({**ROW, "buyer": {"id": "7"}, "gone_at": "2026-11-20T09:00:00Z"}, NEEDS) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": None}, "id is null, not a text"),
        ({"id": 1}, "id is a number, not a text"),
        ({"gone_at": "yesterday"}, "gone_at is"),
        ({"gone_at": "2026-11-20T09:00:00"}, "does not say its zone"),
        ({"price": None}, "price is not an object"),
        ({"price": {"amount": 1.5}}, "price.amount is a number"),
        ({"price": {"amount": "NaN"}}, "no amount"),
        ({"price": {"Amount": "1.50"}}, "price.amount is missing"),
        ({"buyer": {}}, "buyer.id is missing"),
        ({"lines": [{"quantity": 1}, {"quantity": "2"}]}, "quantity is a text, not a whole number"),
        ({"lines": [{"quantity": True}]}, "quantity is true or false"),
        ({"lines": [{}]}, "lines[].quantity is missing"),
    ],
)
def test_a_row_of_another_shape_is_named(change: dict[str, Any], told: str) -> None:
    assert told in (drift.problem({**ROW, **change}, NEEDS) or "")


@pytest.mark.parametrize("name", list(ROW))
def test_a_missing_field_is_named(name: str) -> None:
    row = {key: value for key, value in ROW.items() if key != name}
    assert name in (drift.problem(row, NEEDS) or "lines is not looked at by itself")


def test_the_row_that_does_not_fit_stops_the_page() -> None:
    def put(row: Any, batch: Batch) -> None:
        facts.whole(row["lines"][0]["quantity"])

    batch = Batch()
    with pytest.raises(DriftError, match=r"lines\[\].quantity"):
        drift.mapped([ROW, {**ROW, "lines": [{"quantity": "x"}]}, ROW], batch, put, NEEDS)
    assert batch.rows == 1


def test_another_currency_is_never_added() -> None:
    drift.same_currency("GBP", "GBP")
    with pytest.raises(CurrencyError, match="'EUR'"):
        drift.same_currency("EUR", "GBP")


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data_at", "now", "odd"),
    [
        (at(20), at(20, 15), False),
        (at(19, 8), at(20, 15), False),
        (at(18, 8), at(20, 15), True),
        (at(20, 15), at(22, 8), False),  # Friday afternoon to Sunday morning, Saturday is closed
        (at(20, 15), at(23, 8), True),
        (None, at(20), False),
    ],
)
def test_data_grow_stale_on_open_days_only(data_at: datetime | None, now: datetime, odd: bool) -> None:
    fault = drift.stale(data_at, now, timedelta(hours=36), LONDON)
    assert (fault is not None) is odd
    assert fault is None or fault.word == "stale"


def test_a_day_is_held_against_the_same_weekdays() -> None:
    usual = [100, 90, 110, 105, 95, 100, 102]
    friday = date(2026, 11, 20)
    assert drift.judge_volume(friday, 40, usual, 6.0) is None
    assert drift.judge_volume(friday, 500, usual, 6.0) is None
    few, many, none = (drift.judge_volume(friday, count, usual, 6.0) for count in (12, 700, 0))
    assert few is not None
    assert many is not None
    assert none is not None
    assert (few.word, many.word, none.word) == ("volume", "volume", "empty")
    assert "Friday 20 November has 12 rows" in few.text
    assert drift.judge_volume(friday, 0, usual[:3], 6.0) is None, "three weeks are not enough to judge"
    assert drift.judge_volume(friday, 0, [1, 2, 1, 2, 1], 6.0) is None, "a trickle may dry up for a day"


@given(st.lists(st.integers(5, 10_000), min_size=4, max_size=14), st.floats(1.5, 20))
def test_the_middle_of_the_weekdays_is_never_odd(counts: list[int], band: float) -> None:
    odd = sorted(counts[: len(counts) // 2 * 2 - 1] if len(counts) > 4 else [*counts, counts[0]])
    assert drift.judge_volume(date(2026, 11, 20), odd[len(odd) // 2], odd, band) is None


_NAMES = st.sampled_from(["id", "price", "amount", "lines", "quantity", "buyer", "gone_at"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)


@settings(max_examples=60)
@given(st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner), max_leaves=9))
def test_whatever_a_vendor_sends_is_answered_with_words(row: Any) -> None:
    told = drift.problem(row, NEEDS)
    assert told is None or told.endswith(".")
