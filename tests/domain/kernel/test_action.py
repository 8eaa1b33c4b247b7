"""What a deed at a vendor is told, what an approval of it is for, and what is never done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from pydantic import Field

from domain.kernel import action
from domain.kernel.action import Action, Args
from domain.kernel.errors import InputError, OpsError
from domain.kernel.policy_actions import ActionPolicy
from domain.kernel.vendor_errors import (
    BreakerOpenError,
    CredentialError,
    CutOffError,
    DriftError,
    RefusedRequestError,
    SlowError,
    ThrottledError,
)
from tests.collecting import DEPARTMENTS, policy


class Sample(Args):
    name: str = Field(title="Name", description="Whose?", max_length=5)
    worth: Decimal = Field(Decimal(0), title="Worth", description="How much?")
    due: date = Field(date(2026, 1, 2), title="Due", description="When?")


def _sample(kind: str, *, undo: bool = True) -> Action:
    no, back = cast("Any", None), cast("Any", undo or None)
    return Action(kind, "Sample", "low", Sample, no, no, no, no, no, no, no, back, ("sample",))


def test_the_digest_is_that_of_the_kept_arguments() -> None:
    args = Sample(name="ab", worth=Decimal("1.50"))
    first = action.digest("a.b", args)
    assert len(first) == 64
    assert action.digest("a.b", action.plain(args)) == first
    assert action.digest("a.b", dict(reversed(action.plain(args).items()))) == first
    assert action.digest("a.b", {"name": "ab", "worth": Decimal("1.50"), "due": date(2026, 1, 2)}) == first


@pytest.mark.parametrize("change", [{"name": "b"}, {"worth": "1.51"}, {"due": "2026-01-03"}])
def test_another_argument_is_another_digest(change: dict[str, str]) -> None:
    known = {"name": "a", "worth": "1.50", "due": "2026-01-02"}
    assert action.digest("a.b", known) != action.digest("a.b", {**known, **change})
    assert action.digest("a.b", known) != action.digest("a.c", known)


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), object()])
def test_what_cannot_be_written_down_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="cannot be written down"):
        action.digest("a.b", {"worth": value})


@pytest.mark.parametrize(
    ("raw", "words"),
    [({"name": "too long"}, "Name: "), ({}, "Name: "), ({"name": "a", "more": "b"}, "more: ")],
)
def test_wrong_arguments_are_named_as_the_form_names_them(raw: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=f"^{words}"):
        _sample("a.b").told(raw)
    assert _sample("a.b").told({"name": " a "}) == Sample(name="a")


@pytest.mark.parametrize(
    "kind",
    ["shopify.refund_order", "stripe.create_payout", "shopify.change_price", "meta.raise_daily_budget", "x.set_budget"],
)
def test_no_policy_allows_what_is_never_done(kind: str) -> None:
    assert "never done" in action.refusal(policy(), _sample(kind))


def test_a_cancel_needs_an_undo_and_a_policy_may_forbid_more() -> None:
    assert "undone" in action.refusal(policy(), _sample("shipbob.cancel_shipment", undo=False))
    assert action.refusal(policy(), _sample("shipbob.cancel_shipment")) == ""
    strict = policy().model_copy(update={"actions": ActionPolicy(forbidden=("meta.*",))})
    assert action.refusal(strict, _sample("meta.pause_ad_set")) == "meta.pause_ad_set is forbidden by the policy."
    assert action.refusal(strict, _sample("hubspot.create_task")) == ""


def test_what_cannot_be_undone_never_runs_alone() -> None:
    assert _sample("a.b").may_run_alone
    assert not _sample("a.b", undo=False).may_run_alone


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match=r"'shopify\.nothing'"):
        action.found(DEPARTMENTS, "shopify.nothing")
    connector = replace(DEPARTMENTS[0].connectors[0], actions=(_sample("a.b"),))
    department = replace(DEPARTMENTS[0], connectors=(connector,))
    assert action.found([department], "a.b") == (department, connector, connector.actions[0])


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (InputError, True), (CredentialError, True), (ThrottledError, True), (BreakerOpenError, True),
        (RefusedRequestError, True), (SlowError, False), (CutOffError, False), (DriftError, False),
    ],
)  # fmt: skip
def test_only_a_refusal_is_sure_to_have_changed_nothing(error: type[OpsError], absent: bool) -> None:
    assert action.surely_absent(error()) is absent
