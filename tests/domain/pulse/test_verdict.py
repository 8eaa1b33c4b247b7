"""Which department needs attention: one that misses its plan or target by more than the policy lets pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.kernel import card as cards
from domain.kernel.card import Lines
from domain.kernel.ground import NOW, Figure, Period
from domain.kernel.metric import METRICS
from domain.pulse import compose, narrative, verdict
from domain.pulse.snapshot import Snapshot
from tests.domain.pulse.test_narrative import QUIET


def _figure(key: str, period: str, value: str, target: str) -> Figure:
    known = METRICS[key]
    return Figure(
        key, known.names, known.unit, Decimal(value), period,
        target=Decimal(target), higher_is_better=known.higher_is_better,
    )  # fmt: skip


def _judged(*figures: Figure, of: Snapshot = QUIET) -> dict[str, str]:
    snapshot = replace(of, figures=figures)
    return verdict.by_department(verdict.departments(snapshot, compose.health(snapshot)))


@pytest.mark.parametrize(
    ("department", "key", "period", "passing", "missing", "target"),
    [
        ("sales", "sales.revenue.net", "mtd", "952000", "948000", "1000000"),
        ("logistics", "logistics.shipments.late", NOW, "10", "11", "10"),
        ("logistics", "logistics.shipments.exception", NOW, "0", "1", "0"),
        ("marketing", "marketing.mer.ratio", "trend", "8.6", "8.5", "9"),
    ],
)
def test_a_miss_of_more_than_a_twentieth_needs_attention_whatever_the_figure(
    department: str, key: str, period: str, passing: str, missing: str, target: str
) -> None:
    assert _judged(_figure(key, period, passing, target))[department] != "attention"
    assert _judged(_figure(key, period, missing, target))[department] == "attention"


def test_the_policy_says_how_much_is_let_pass() -> None:
    lenient = replace(QUIET, rules=QUIET.rules.model_copy(update={"attention_off_target": 0.1}))
    assert _judged(_figure("marketing.mer.ratio", "trend", "8.2", "9"), of=lenient)["marketing"] == "course"


def test_the_line_of_sales_does_not_say_again_what_the_heading_says() -> None:
    told = compose.render(replace(QUIET, figures=(_figure("sales.revenue.net", "mtd", "803000", "832000"),)))
    lines = next(part for part in told.card.parts if isinstance(part, Lines))
    assert lines.lines[0].text == "Net revenue is 3.5% below plan month to date"
    assert "£803k month to date, 3.5% below the plan to date of £832k" in told.card.conclusion
    assert cards.to_json(told.card).count("£803k") == 1, "a phone shows the card whole only while nothing is said twice"
    assert told.issues == ()


def test_a_month_that_is_over_is_held_against_its_plan_and_one_that_is_not_against_the_plan_to_date() -> None:
    periods = (Period("mtd", ("month to date", "1–31 Oct 2026", "October so far")), *QUIET.periods[1:])
    net = _figure("sales.revenue.net", "mtd", "1080000", "1250000")
    over = replace(QUIET, day=date(2026, 11, 1), through=date(2026, 10, 31), periods=periods, figures=(net,))
    told = compose.render(over)
    assert "below the plan of £1.25m" in narrative.month(over)
    assert "plan to date" not in str(told.card)
    assert told.issues == ()
    assert "below the plan to date of £1.25m" in narrative.month(replace(over, through=date(2026, 10, 30)))
