"""An output is held against each criterion, and told why it falls short."""

from __future__ import annotations

import pytest

from domain.tasks import acceptance
from domain.tasks.acceptance import Report


@pytest.mark.parametrize(
    ("criterion", "report", "why"),
    [
        ("not_empty", Report("done"), ""),
        ("not_empty", Report(" \n"), "Nothing came out."),
        ("has_figure", Report("Orders were £1,200."), ""),
        ("has_figure", Report("Orders were fine, sku A1."), "No figure is in it."),
        ("mentions:orders", Report("One order came."), ""),
        ("mentions: refunds", Report("One order came."), "It does not mention “refunds”."),
        ("contains:Order #1", Report("the order #12"), ""),
        ("contains:order #2", Report("the order #12"), "It does not contain “order #2”."),
        ("rows_at_least:2", Report("", {"rows": [{}, {}]}), ""),
        ("rows_at_least:2", Report("", {"rows": [{}]}), "It holds 1 rows, not at least 2."),
        ("rows_at_least:1", Report("", {"rows": "many"}), "It holds 0 rows, not at least 1."),
        ("effect_in_place", Report("", {"in_place": True}), ""),
        ("effect_in_place", Report("", {"in_place": "yes"}), "The effect was not found in place."),
    ],
)
def test_a_criterion_holds_or_says_why_not(criterion: str, report: Report, why: str) -> None:
    (check,) = acceptance.held(report, [criterion])
    assert (check.name, check.ok, check.why) == (criterion, not why, why)
