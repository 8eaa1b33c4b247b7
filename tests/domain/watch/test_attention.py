"""Figures that need a person: how far from the target, how thin the stock, how much is put forward."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.kernel.policy import Policy
from domain.watch import attention
from models.metric import Reading

POLICY = Policy.model_validate(tomllib.loads((Path(__file__).parents[3] / "bot" / "ops.toml").read_text()))
DAY = date(2026, 11, 20)
STOCK = ("logistics.stock.on_hand", "logistics.stock.pace", "logistics.stock.cover")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def a_reading(key: str, value: str, dimension: str = "all") -> Reading:
    return Reading(key, DAY, dimension, Decimal(value), "count", NOW, 1)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("logistics.shipments.exception", "14.9", None),
        ("logistics.shipments.exception", "18", "were 18, 80% above the target of 10."),
        ("logistics.shipments.exception", "2", None),
        ("marketing.mer.ratio", "20", None),
        ("marketing.mer.ratio", "4.0", "was 4.0, 56% below the target of 9.0."),
    ],
)
def test_a_figure_is_told_when_it_misses_its_target_by_far(key: str, value: str, said: str | None) -> None:
    found = list(attention.misses([a_reading(key, value)], POLICY))
    assert [attention.told(one, "GBP").endswith(said or "") for one in found] == ([True] if said else [])


def test_thin_articles_are_found_the_thinnest_first_and_only_key_ones() -> None:
    levels = {"A": ("254", "160.9", "1.58"), "B": ("10", "10", "1"), "C": ("0", "5", "0"), "D": ("900", "10", "90")}
    rows = {
        (key, sku): a_reading(key, value, sku)
        for sku, values in levels.items()
        for key, value in zip(STOCK, values, strict=True)
    }
    found = attention.thin(rows, {"A": "Harmonica", "B": "Bowl", "D": "Deep"}, POLICY)
    assert [(one.sku, one.units) for one in found] == [("B", 230), ("A", 3610)]


def test_what_is_put_forward_reaches_the_target_when_it_arrives_and_no_more() -> None:
    units = attention.wanted(Decimal(254), Decimal("160.9"), POLICY)
    days = Decimal(str(POLICY.score.cover_days_target)) + POLICY.attention.lead_days
    assert 0 <= units + 254 - days * Decimal("160.9") < 10
    assert attention.wanted(Decimal(10_000), Decimal(1), POLICY) == 0
