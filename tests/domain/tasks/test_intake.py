"""Words, dialogs and webhooks become briefs; what is missing is asked for, one question each."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import InputError
from domain.tasks import intake
from domain.tasks.classify import RuleClassifier
from tests.domain.tasks.shipped import TASKS

HOLD, RESTOCK = TASKS.categories["order_hold"], TASKS.categories["restock"]
ARRIVES = RESTOCK.needs[2].question


def _inputs(words: str, category: str) -> dict[str, str]:
    return intake.complete(intake.from_words(words, TASKS), TASKS.categories[category]).brief.inputs


@pytest.mark.parametrize(
    ("words", "category", "inputs"),
    [
        (
            "pause ad set 12021 because it sells nothing",
            "advertising",
            {"ad_set": "12021", "reason": "it sells nothing"},
        ),
        (
            "pause this\nad set: 12021\nReason: it sells nothing",
            "advertising",
            {"ad_set": "12021", "reason": "it sells nothing"},
        ),
        (
            'pause ad_set=12021 reason="it sells nothing"',
            "advertising",
            {"ad_set": "12021", "reason": "it sells nothing"},
        ),
        ("pause ad set 12, it sells nothing", "advertising", {}),
        ("restock 85123A with 1,200 units", "restock", {"sku": "85123A", "quantity": "1200"}),
        ("restock sku ABC-1, 10000 pieces", "restock", {"sku": "ABC-1", "quantity": "10000"}),
        ("hold it\nwhy: fraud", "order_hold", {"note": "fraud"}),
        ("hold it\nreason: fraud", "order_hold", {"note": "fraud"}),
        ("hold #1001", "order_hold", {"order": "1001"}),
        ("hold order 1001 and order 1002", "order_hold", {}),
        ("hold order 1001 because " + "it is late " * 150, "order_hold", {"order": "1001"}),
        ("hold orders 1001, 1002", "order_hold", {}),
        ("hold <https://shop.example/orders/#1001|order 1001>", "order_hold", {}),
        ("hold it\norder: soon", "order_hold", {}),
        ("figures of Sales", "figures", {"department": "sales"}),
        ("figures of sales and logistics", "figures", {}),
    ],
)
def test_inputs_are_read_from_words(words: str, category: str, inputs: dict[str, str]) -> None:
    assert _inputs(words, category) == inputs


def test_a_name_nobody_knows_is_prose() -> None:
    made = intake.from_words("Attention: the van waits\nx=3\nconstraint: today only\nacceptance: has_figure", TASKS)
    assert (made.objective, made.inputs) == ("Attention: the van waits\nx=3", {})
    assert (made.constraints, made.acceptance) == (("today only",), ("has_figure",))


def test_each_missing_input_is_one_question_and_replies_answer_them_in_order() -> None:
    taken = intake.complete(intake.from_words("restock", TASKS), RESTOCK)
    assert [one.text for one in taken.questions] == [RESTOCK.needs[0].question, "How many units?", ARRIVES]
    taken = intake.answered(taken.brief, RESTOCK, "85123a")
    assert [one.name for one in taken.questions] == ["quantity", "arrives"]
    taken = intake.answered(taken.brief, RESTOCK, "plenty")
    assert [one.text for one in taken.questions] == ["“plenty” does not fit: How many units?", ARRIVES]
    taken = intake.answered(taken.brief, RESTOCK, "200")
    taken = intake.answered(taken.brief, RESTOCK, "1 December 2026.")
    assert not taken.questions
    assert taken.brief.inputs == {"sku": "85123a", "quantity": "200", "arrives": "2026-12-01"}


@pytest.mark.parametrize(
    ("reply", "inputs"),
    [
        ("reason: fraud\norder: #1001", {"order": "1001", "note": "fraud"}),
        ("order 1001 because it is fraud", {"order": "1001", "note": "it is fraud"}),
        ("reason=fraud", {"note": "fraud"}),
        ("1001", {"order": "1001"}),
    ],
)
def test_one_reply_may_answer_several_questions(reply: str, inputs: dict[str, str]) -> None:
    assert intake.answered(intake.from_words("hold it", TASKS), HOLD, reply).brief.inputs == inputs


def test_a_value_that_does_not_fit_is_asked_for_again() -> None:
    taken = intake.complete(
        intake.from_fields({"objective": "restock", "sku": "85123A", "quantity": -3, "arrives": "2026-02-30"}, TASKS),
        RESTOCK,
    )
    assert [one.text for one in taken.questions] == [
        "“-3” does not fit: How many units?",
        f"“2026-02-30” does not fit: {ARRIVES}",
    ]


def test_a_webhook_may_name_its_category_and_leave_the_sentence_out() -> None:
    body = {
        "category": "restock",
        "inputs": {"sku": "85123A"},
        "quantity": 200,
        "arrives": "2026-12-01",
        "constraints": ["by ship"],
    }
    taken = intake.complete(intake.from_fields(body, TASKS), RESTOCK)
    assert not taken.questions
    assert taken.brief.objective == RESTOCK.description
    assert taken.brief.inputs == {"sku": "85123A", "quantity": "200", "arrives": "2026-12-01"}
    assert taken.brief.acceptance == ("effect_in_place",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"objective": "go", "colour": "red"}, "Nobody knows the field 'colour'; there are: objective, inputs,"),
        ({"objective": {"a": 1}}, "The field 'objective' holds more than texts and numbers."),
        ({"objective": [["go"]]}, "The field 'objective' holds more than texts and numbers."),
        ({"objective": "go", "inputs": ["a"]}, "The field 'inputs' must hold names and values."),
        ({"objective": "go", "category": "party"}, "Nobody knows the category 'party'; there are: question,"),
        ({}, "A brief needs an objective"),
    ],
)
def test_a_body_that_is_no_brief_is_refused_in_a_sentence(body: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as refused:
        intake.from_fields(body, TASKS)
    assert said in refused.value.detail


def test_prose_without_end_is_refused_before_it_is_read() -> None:
    with pytest.raises(InputError, match="40,960 characters"):
        intake.from_words("order " * 6826 + "1234", TASKS)


_PIECES = st.sampled_from(
    [
        "order ",
        "#1001",
        "ad set ",
        "sku ",
        "because ",
        "hold",
        ": ",
        "=",
        "\n",
        "<!channel>",
        "<",
        "https://x",
        "\x00",
        " " * 300,
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=30).map("".join)), st.text(max_size=80))
def test_any_text_becomes_a_brief_or_a_sentence(words: str, reply: str) -> None:
    with contextlib.suppress(InputError):
        made = intake.from_words(words, TASKS)
        RuleClassifier(TASKS).told(made)
        for category in TASKS.categories.values():
            intake.answered(intake.complete(made, category).brief, category, reply)


@given(
    st.dictionaries(
        st.text(max_size=12) | st.sampled_from(["objective", "inputs", "category"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=5,
    )
)
def test_any_body_becomes_a_brief_or_a_sentence(body: dict[str, object]) -> None:
    with contextlib.suppress(InputError):
        assert intake.from_fields(body, TASKS).objective
