"""What is done about a failure is data: tried again, asked for, looked at or escalated, each for its kind and job."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.escalations import failures
from domain.escalations.failures import Verdict
from domain.kernel.policy_failures import Escalations, FailureRule, Failures, Fault, JobFailures
from tests.domain.escalations.conftest import Room, failure
from tests.jobs.parts import policy

SHIPPED = policy().failures


@pytest.mark.parametrize(
    ("kind", "attempt", "earlier", "verdict"),
    [
        ("transient", 1, (), Verdict("again", 60)),
        ("transient", 2, ("away",), Verdict("again", 300)),
        ("transient", 3, ("away", "away"), Verdict("escalate")),
        ("input", 1, (), Verdict("intake")),
        ("logic", 1, (), Verdict("again", 60)),
        ("logic", 1, ("row 9 of 2026-11-21 is away",), Verdict("again", 60)),
        ("logic", 2, (), Verdict("review")),
        ("systemic", 1, (), Verdict("escalate")),
    ],
)
def test_each_kind_has_its_own_way(kind: Fault, attempt: int, earlier: tuple[str, ...], verdict: Verdict) -> None:
    assert failures.decide(SHIPPED, kind, "away", attempt=attempt, earlier=earlier) == verdict


def test_the_same_input_failing_in_the_same_way_is_no_chance_whatever_times_it_names() -> None:
    many = Failures(logic=FailureRule(delays=(1,), attempts=9))
    told = "page 17 of 0x7f2a at 12:01:09 has no total"
    assert failures.decide(many, "logic", told, attempt=2, earlier=["Page 3 of 0x11 at 09:00:00 has no total"]) == (
        Verdict("escalate")
    )
    assert failures.decide(many, "logic", told, attempt=2, earlier=["page 17 has no date"]).what == "again"


def test_one_job_may_be_treated_otherwise() -> None:
    own = Failures(jobs={"orders": JobFailures(transient=FailureRule(delays=(5,), attempts=2))})
    assert failures.decide(own, "transient", "away", job="orders") == Verdict("again", 5)
    assert failures.decide(own, "transient", "away", job="ads") == Verdict("again", 60)
    assert failures.decide(own, "systemic", "away", job="orders") == Verdict("escalate")


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=4), st.integers(1, 30))
def test_whatever_is_told_ends_after_its_tries(detail: str, earlier: list[str], attempt: int) -> None:
    verdict = failures.decide(SHIPPED, "transient", detail, attempt=attempt, earlier=earlier)
    assert (verdict.what == "again") == (attempt < 3)
    assert verdict.after >= 0


def test_a_deadline_before_its_reminder_is_refused() -> None:
    with pytest.raises(ValidationError, match="remind_minutes must be shorter"):
        Escalations(deadline_hours={"systemic": 1}, remind_minutes=60)
    with pytest.raises(ValidationError):
        Failures.model_validate({"transient": {"delay": [60]}})


async def test_who_has_it_is_the_owner_of_its_department(room: Room) -> None:
    wishes = room.ops.policy.escalations.model_copy(update={"owners": {"logistics": "lea"}})
    room = replace(room, ops=replace(room.ops, policy=room.ops.policy.model_copy(update={"escalations": wishes})))
    await room.fail(*(replace(failure(f"job:{name}"), department=name) for name in ("logistics", "sales")))
    owners = await room.rows("select department, owner from escalation order by 1")
    assert [tuple(row) for row in owners] == [("logistics", "lea"), ("sales", "approver")]
