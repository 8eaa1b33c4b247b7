"""Work is told apart by its words and inputs, and not at all where that is not clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tasks import brief, intake
from domain.tasks.classify import Classified, RuleClassifier
from tests.domain.tasks.shipped import TASKS

CLASSIFIER = RuleClassifier(TASKS)
EXAMPLES = [(name, words) for name, category in TASKS.categories.items() for words in category.examples]


def _category(words: str) -> str:
    found = CLASSIFIER.told(intake.from_words(words, TASKS))
    return found.category if found else ""


@pytest.mark.parametrize(("category", "words"), EXAMPLES)
def test_every_shipped_example_is_of_its_own_category(category: str, words: str) -> None:
    assert _category(words) == category


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Pausing ad set 12, please", "advertising"),
        ("ads should be stopped", ""),  # which, an order or an ad set?
        ("resume ad set 12", ""),
        ("do not pause ad set 12", ""),
        ("never ever hold order 1001", ""),
        ("don't ship order 1001", "order_hold"),
        ("is order 1001 on hold?", ""),
        ("<@U1> hi, is order 1001 on hold?", ""),
        ("Order 1001 looks odd. Should we hold it?", ""),
        ("Order 1001 looks odd\nIs it on hold?", ""),
        ("Could you hold order 1001?", "order_hold"),
        ("Hold order 1001, which is late", "order_hold"),
        ("why was order 1001 held?", "question"),
        ("pause ad set 12 because the report figures are bad", "advertising"),
        ("withhold the threshold", ""),
        ("<https://hold.example/pause> order 1001", ""),
        ("<!channel> <@U1> hello", ""),
        ("order 1001", ""),
        ("paint the office", ""),
        ("", ""),
    ],
)
def test_words_tell_a_category_only_where_they_are_clear(words: str, category: str) -> None:
    assert (_category(words) if words else "") == category


async def test_a_category_that_was_named_is_taken_at_its_word() -> None:
    made = brief.of({"objective": "paint the office", "category": "restock"})
    assert await CLASSIFIER.classify(made) == Classified("restock", 1.0, "named by who asked")


def test_inputs_that_were_handed_in_by_name_tell_the_category_alone() -> None:
    made = intake.from_fields(
        {"objective": "stock is low", "sku": "85123A", "units": 5, "arrives": "2026-12-01"}, TASKS
    )
    assert CLASSIFIER.told(made) == Classified("restock", 1.0, "the input sku")


@given(st.text(max_size=200))
def test_no_text_is_more_than_one_category(words: str) -> None:
    found = CLASSIFIER.told(brief.of({"objective": f"a{words}"}))
    assert found is None or (found.category in TASKS.categories and TASKS.least_confidence <= found.confidence <= 1)
