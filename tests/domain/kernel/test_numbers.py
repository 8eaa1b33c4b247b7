"""Numbers are written so that reading them back covers what they were."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import numbers
from domain.kernel.metric import Unit

AMOUNTS = st.decimals(Decimal("-1e10"), Decimal("1e10"), allow_nan=False, allow_infinity=False, places=4)


@given(AMOUNTS, st.sampled_from(["GBP", "EUR", "USD", "CHF"]))
def test_an_amount_read_back_covers_what_it_was(value: Decimal, currency: str) -> None:
    written = numbers.read(numbers.money(value, currency))
    assert written is not None
    assert written.covers(value)
    assert (written.unit, written.currency) == ("money", currency)


@given(st.decimals(Decimal(-9999), Decimal(99999), places=3), st.sampled_from(["count", "ratio", "percent"]))
def test_a_value_read_back_covers_what_it_was(value: Decimal, unit: Unit) -> None:
    written = numbers.read(numbers.write(value, unit))
    assert written is not None
    assert written.covers(value)


@given(st.decimals(Decimal(0), Decimal(5000), places=2), st.sampled_from(["days", "hours"]))
def test_days_and_hours_carry_their_word(value: Decimal, unit: Unit) -> None:
    number, _, word = numbers.write(value, unit).partition(" ")
    written = numbers.read(number)
    assert written is not None
    assert written.covers(value)
    assert word == (unit[:-1] if number == "1" else unit)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "£0"), ("8.124", "£8.12"), ("812.4", "£812"), ("1284", "£1,284"), ("12841", "£12.8k"),
        ("999600", "£1.00m"), ("1284000", "£1.28m"), ("-4200", "−£4,200"),
    ],
)  # fmt: skip
def test_amounts_look_like_this(value: str, text: str) -> None:
    assert numbers.money(Decimal(value), "GBP") == text


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_date_read_back_is_the_date(day: date) -> None:
    for text in (numbers.short_date(day, year=True), day.isoformat()):
        written = numbers.read(text)
        assert written is not None
        assert written.day == (day.day, day.month, day.year)


@pytest.mark.parametrize("text", ["12a", "£", "1,23", "4e2", "12–14", "-", "£k", "1.2.3", "", "twelve"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert numbers.read(text) is None
