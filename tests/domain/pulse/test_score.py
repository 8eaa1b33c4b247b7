"""The score: parts times weights is the total, and nothing missing counts as zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.policy import Part
from domain.pulse import score as scores
from domain.pulse.score import PARTS, Input
from tests.models.standing import policy

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
RULES = policy().score
VALUES = st.one_of(st.none(), st.integers(0, 30_000).map(lambda n: Decimal(n) / 10_000))
AGES = st.one_of(st.none(), st.integers(0, 100).map(lambda hours: AT - timedelta(hours=hours)))
INPUTS = st.fixed_dictionaries({part: st.builds(Input, VALUES, AGES, st.just("not stored")) for part in PARTS})


@given(INPUTS)
def test_the_points_of_the_parts_add_up_to_the_total(inputs: dict[Part, Input]) -> None:
    health = scores.score(inputs, RULES, AT)
    present = [part for part in health.parts if part.state == "present"]
    if health.score is None:
        assert present == []
        return
    assert sum(part.points for part in present) == health.score
    weights = sum((part.weight for part in present), Decimal(0))
    exact = sum((part.weight * (part.score or 0) for part in present), Decimal(0)) / weights
    assert abs(exact - health.score) <= Decimal("0.05")
    assert all(abs(part.points - part.weight * (part.score or 0) / weights) <= Decimal("0.1") for part in present)


@given(INPUTS)
def test_the_score_lies_between_0_and_100_and_so_does_confidence(inputs: dict[Part, Input]) -> None:
    health = scores.score(inputs, RULES, AT)
    assert health.score is None or 0 <= health.score <= 100
    assert 0 <= health.confidence <= 100


@given(INPUTS, st.sampled_from(PARTS))
def test_a_missing_source_lowers_confidence_and_never_counts_as_zero(inputs: dict[Part, Input], part: Part) -> None:
    whole = scores.score(inputs, RULES, AT)
    without = scores.score({**inputs, part: Input(None, missing="the source is silent")}, RULES, AT)
    assert without.confidence <= whole.confidence
    assert without.part(part).points == 0
    assert without.part(part).reason == "the source is silent"
    others = [p.score for p in without.parts if p.state == "present" and p.score is not None]
    if without.score is not None:
        assert min(others) - Decimal("0.05") <= without.score <= max(others) + Decimal("0.05")


@given(INPUTS)
def test_the_order_in_which_the_parts_are_known_changes_nothing(inputs: dict[Part, Input]) -> None:
    backwards = dict(reversed(inputs.items()))
    assert scores.score(inputs, RULES, AT) == scores.score(backwards, RULES, AT)


def test_a_stale_part_shows_its_last_good_value_without_counting_it() -> None:
    old = Input(Decimal(1), AT - timedelta(hours=31))
    health = scores.score({"revenue_velocity": old, "order_trend": Input(Decimal(1), AT)}, RULES, AT)
    part = health.part("revenue_velocity")
    assert part.state == "stale"
    assert [part.value, part.score, part.points] == [Decimal("1.0000"), Decimal("85.0"), Decimal(0)]
    assert health.score == Decimal("80.0")
    assert health.confidence == 20


def test_the_curve_is_straight_between_its_points_and_flat_outside() -> None:
    points = ((0.5, 0.0), (0.8, 50.0), (1.0, 85.0), (1.15, 100.0))
    found = [scores.curve(points, Decimal(x)) for x in ("0.1", "0.5", "0.65", "0.8", "0.9", "1.0", "1.15", "9")]
    assert found == [Decimal(y) for y in ("0.0", "0.0", "25.0", "50.0", "67.5", "85.0", "100.0", "100.0")]


@given(st.integers(0, 40_000), st.integers(0, 40_000), st.sampled_from(PARTS))
def test_better_is_never_worse(one: int, other: int, part: Part) -> None:
    low, high = sorted((Decimal(one) / 10_000, Decimal(other) / 10_000))
    assert scores.curve(RULES.parts[part].curve, low) <= scores.curve(RULES.parts[part].curve, high)
