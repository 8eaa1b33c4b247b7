"""Who may do what, by role and deed; every rule is needed, and what nobody can tell is refused."""

from __future__ import annotations

import pytest

from domain.kernel.policy import Policy
from domain.kernel.policy_trust import Approvals
from domain.trust import authorize
from domain.trust.authorize import Asker, Deed, Subject
from models.directory import Who
from tests.collecting import policy
from tests.domain.trust.conftest import KIND, PEOPLE, SHARED_MAIL

BY_ID = {who.id: who for who in PEOPLE}
ASKED = ("approver", "finance", "approver-two")
POLICY = policy().model_copy(update={"approvals": Approvals(approvers=ASKED)})
NOBODY = POLICY.model_copy(update={"approvals": Approvals()})
ALONE = Subject("P-1", KIND, ASKED, (("U3", "v" * 64),))
"""Asked for by the viewer."""
OWN = Subject("P-1", KIND, ASKED, (("U1", SHARED_MAIL),))
"""Asked for by the approver, whose second account is U4."""
DEEDS: tuple[Deed, ...] = ("approve", "edit", "reject", "undo", "task", "manage")


def said(person: str, deed: Deed, subject: Subject = ALONE, rules: Policy = POLICY) -> str:
    """The rule that forbids it, empty when it is allowed."""
    verdict = authorize.judge(rules, Asker(person, BY_ID.get(person)), deed, subject)
    assert verdict.allowed == (not verdict.rule)
    assert bool(verdict.why) == (not verdict.allowed)
    return verdict.rule


TABLE = {
    #        approve    edit       reject     undo       task       manage
    "U1": ("", "", "", "", "", ""),
    "U2": ("", "", "", "", "", "unnamed"),
    "U3": ("unnamed", "unnamed", "unnamed", "unnamed", "", "unnamed"),
    "U5": ("stranger",) * 6,
    "U6": ("stranger",) * 6,
    "U7": ("stranger",) * 6,
    "U8": ("stranger",) * 6,
    "U9": ("unknown",) * 6,
}


@pytest.mark.parametrize("person", TABLE)
@pytest.mark.parametrize(("place", "deed"), list(enumerate(DEEDS)))
def test_every_role_and_deed(person: str, place: int, deed: Deed) -> None:
    assert said(person, deed) == TABLE[person][place]


@pytest.mark.parametrize("deed", DEEDS)
def test_an_empty_policy_allows_nobody_anything_but_handing_in_work(deed: Deed) -> None:
    empty = NOBODY.model_copy(update={"people": NOBODY.people.model_copy(update={"owners": ()})})
    assert said("U1", deed, rules=empty) == ("" if deed == "task" else "unnamed")
    unasked = Subject("P-1", KIND, ())
    assert said("U1", deed, unasked) == ("not asked" if deed in ("approve", "edit", "reject") else "")


@pytest.mark.parametrize(("person", "deed", "rule"), [
    ("U1", "approve", "own"), ("U4", "approve", "own"), ("U4", "edit", "own"), ("U2", "approve", ""),
    ("U1", "reject", ""), ("U1", "undo", ""),
])  # fmt: skip
def test_nobody_allows_what_goes_back_to_them(person: str, deed: Deed, rule: str) -> None:
    assert said(person, deed, OWN) == rule


def test_a_kind_may_have_approvers_of_its_own() -> None:
    own = POLICY.model_copy(update={"approvals": Approvals(approvers=("approver",), kinds={"hubspot.*": ("finance",)})})
    assert said("U1", "approve", rules=own) == "unnamed"
    assert said("U2", "approve", rules=own) == ""
    none = POLICY.model_copy(update={"approvals": Approvals(approvers=("approver",), kinds={"hubspot.*": ()})})
    assert said("U1", "approve", rules=none) == "unnamed"


def test_who_may_not_is_told_who_may() -> None:
    verdict = authorize.judge(POLICY, Asker("U1", BY_ID["U1"]), "approve", OWN)
    assert verdict.why.endswith("Only @finance or @approver-two may do this.")
    verdict = authorize.judge(POLICY, Asker("U5", BY_ID["U5"]), "approve", ALONE)
    assert "@approver, @finance or @approver-two" in verdict.why
    assert "nobody" in authorize.judge(NOBODY, Asker("U1", BY_ID["U1"]), "approve", ALONE).why


def test_what_slack_tells_of_somebody_else_counts_for_nobody() -> None:
    assert authorize.judge(POLICY, Asker("U3", BY_ID["U1"]), "approve", ALONE).rule == "unknown"


BROKEN: dict[str, tuple[str, Deed, Subject, Policy]] = {
    "unknown": ("U9", "task", ALONE, POLICY),
    "stranger": ("U7", "task", ALONE, POLICY),
    "unnamed": ("U3", "undo", ALONE, POLICY),
    "not asked": ("U2", "approve", Subject("P-1", KIND, ("approver",)), POLICY),
    "own": ("U4", "approve", OWN, POLICY),
}


@pytest.mark.parametrize("rule", list(authorize.RULES))
def test_without_any_one_of_the_rules_somebody_may_who_may_not(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person, deed, subject, rules = BROKEN[rule]
    assert said(person, deed, subject, rules) == rule
    monkeypatch.delitem(authorize.RULES, rule)
    assert said(person, deed, subject, rules) == ""


def test_a_kind_of_stranger_nobody_knows_is_one() -> None:
    odd = Who("U1", "approver", "T1", "something new", "")
    verdict = authorize.judge(POLICY, Asker("U1", odd), "approve", ALONE)
    assert verdict.rule == "stranger"
