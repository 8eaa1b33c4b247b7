"""Rules are read in order, the first that matches wins, and what is wrong with a rule is told by its name."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.kernel.policy_tasks import FIELDS, Op, Tasks
from domain.tasks import intake, routing
from domain.tasks.classify import RuleClassifier
from domain.tasks.routing import Routed
from tests.domain.tasks.shipped import TASKS


def _route(words: str, tasks: Tasks = TASKS, **known: str) -> Routed:
    made = intake.from_words(words, tasks)
    classified = RuleClassifier(tasks).told(made)
    if classified:
        made = intake.complete(made, tasks.categories[classified.category]).brief
    seen = {"source": "slash", "requester": "U1", "channel": "C1"} | known
    return routing.route(tasks, routing.facts(made, classified, **seen))


def _with(*rules: dict[str, object]) -> Tasks:
    return Tasks.model_validate({**TASKS.model_dump(), "rules": rules})


def _rule(name: str, *when: dict[str, object], **more: object) -> dict[str, object]:
    return {"name": name, "when": when, "department": "sales", **more}


@pytest.mark.parametrize(
    ("words", "department", "path", "action"),
    [
        ("hold order 1001 because of fraud", "logistics", "propose", "shopify.hold_fulfilment"),
        ("restock 85123A with 200 units", "logistics", "propose", "shipbob.create_receiving_order"),
        ("restock 85123A with 6,000 units", "logistics", "escalate", ""),
        ("pause ad set 12", "marketing", "propose", "meta.pause_ad_set"),
        ("chase deal 12", "sales", "propose", "hubspot.create_follow_up_task"),
        ("why did orders fall yesterday", "orchestrator", "answer", ""),
        ("figures of sales", "orchestrator", "figures", ""),
    ],
)
def test_the_shipped_rules_send_work_where_it_belongs(words: str, department: str, path: str, action: str) -> None:
    routed = _route(words)
    assert (routed.department, routed.path, routed.action) == (department, path, action)
    assert routed.rule
    assert routed.version == routing.version(TASKS)


def test_what_no_rule_matches_is_asked_of_a_person() -> None:
    routed = _route("paint the office")
    assert routed.escalates
    assert (routed.rule, routed.department, routed.why) == ("", "", "no kind of work fits these words")
    assert _route("pause ad set 12", _with()).why == "no rule matches this work"


def test_the_first_rule_that_matches_wins() -> None:
    tasks = _with(_rule("first"), _rule("second"))
    assert _route("pause ad set 12", tasks).rule == "first"
    assert routing.version(tasks) != routing.version(TASKS)


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({"field": "category", "op": "is", "value": "restock"}, True),
        ({"field": "category", "op": "is_not", "value": "restock"}, False),
        ({"field": "source", "op": "is", "value": "SLASH"}, True),
        ({"field": "requester", "op": "in", "value": ["U1", "U2"]}, True),
        ({"field": "requester", "op": "in", "value": []}, False),
        ({"field": "objective", "op": "contains", "value": "85123"}, True),
        ({"field": "objective", "op": "matches_word", "value": "restocking"}, True),
        ({"field": "objective", "op": "matches_word", "value": "stock"}, False),
        ({"field": "inputs.quantity", "op": "above", "value": 199}, True),
        ({"field": "inputs.quantity", "op": "above", "value": 200}, False),
        ({"field": "inputs.quantity", "op": "below", "value": 200.5}, True),
        ({"field": "inputs.sku", "op": "above", "value": 1}, False),
        ({"field": "confidence", "op": "above", "value": 0.9}, True),
        ({"field": "inputs.sku", "op": "present"}, True),
        ({"field": "inputs.deal", "op": "absent"}, True),
        ({"field": "inputs.deal", "op": "is_not", "value": "1"}, True),
    ],
)
def test_each_operator_holds_as_its_name_says(condition: dict[str, object], matches: bool) -> None:
    assert bool(_route("restock 85123A with 200 units", _with(_rule("one", condition))).rule) is matches


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            _rule("odd", {"field": "category", "op": "like", "value": "a"}),
            "the rule 'odd': nobody knows the operator 'like'",
        ),
        (
            _rule("odd", {"field": "colour", "op": "is", "value": "a"}),
            "the rule 'odd': nobody knows the field 'colour'",
        ),
        (_rule("odd", {"field": "inputs.colour", "op": "present"}), "the rule 'odd': no category needs the input"),
        (
            _rule("odd", {"field": "category", "op": "is", "value": "party"}),
            "the rule 'odd': nobody knows the category",
        ),
        (_rule("odd", {"field": "inputs.sku", "op": "above", "value": "5"}), "the operator 'above' needs a number"),
        (_rule("odd", {"field": "inputs.sku", "op": "present", "value": "5"}), "'present' needs nothing as its value"),
        (
            _rule("odd", {"field": "category", "op": "in", "value": "restock"}),
            "the operator 'in' needs a list of texts",
        ),
        (_rule("odd", path="propose"), "the rule 'odd' proposes, but not for categories that have an action alone"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_by_its_name(rule: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _with(rule)
    assert said in str(refused.value)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="two rules are called 'same'"):
        _with(_rule("same"), _rule("same"))


@given(st.text(max_size=12).filter(lambda op: op not in get_args(Op)), st.sampled_from(FIELDS))
def test_an_operator_nobody_knows_is_always_refused(op: str, field: str) -> None:
    with pytest.raises(ValidationError, match="the rule 'odd': nobody knows the operator"):
        _with(_rule("odd", {"field": field, "op": op, "value": "a"}))
