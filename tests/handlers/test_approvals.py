"""What waits is decided by typing as well, by the same rules; and a form asks what an action takes."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest
from pydantic import Field

from domain.kernel.action import Args
from domain.kernel.errors import InputError
from domain.marketing import meta_switch
from domain.marketing.meta_switch import AdSetArgs
from domain.trust import autonomy
from handlers import approvals, forms
from handlers import autonomy as levels
from handlers.surface import Answer, Ask, Person
from tests.domain.trust.conftest import KIND, House
from tests.domain.trust.conftest import house as house  # noqa: PLC0414 - handed on


def typed(text: str, user: str = "U1") -> Ask:
    return Ask(f"k:{text}", "command", "/ops", Person(user), "C1", text)


async def said(house: House, text: str, user: str = "U1") -> str:
    answer = await approvals.told(house.ops, typed(text, user))
    assert isinstance(answer, Answer)
    return str(answer.card)


async def test_a_question_is_listed_shown_and_decided_by_typing(house: House) -> None:
    found = await house.asked(requester="user:U2")
    shown = (await house.one("select digest from approval where id = :id", found))[:8]
    name = f"{found.approval_id}:{shown}"
    assert name in await said(house, "")
    assert "approval.approve" in await said(house, found.approval_id.lower())
    assert "Only @approver" in await said(house, f"{name} approve", "U2")
    for wrong in (f"{found.approval_id} approve", f"{name} maybe", f"{name} reject"):
        with pytest.raises(InputError):
            await said(house, wrong)
    assert "It changed" in await said(house, f"{found.approval_id}:00000000 approve")
    assert "says so now" in await said(house, f"{name} reject we have enough")
    assert await house.state(found) == ("rejected", "refused")


async def test_levels_are_shown_and_changed_by_typing(house: House) -> None:
    async def level(text: str, user: str = "U1") -> str:
        return str((await levels.told(house.ops, typed(text, user))).card)

    assert KIND in await level("")
    assert "of 35 decisions" in await level(KIND)
    assert "Only @approver may do this" in await level(f"{KIND} lower", "U3")
    with pytest.raises(InputError, match="Name one kind"):
        await level(f"{KIND} drop")
    assert "“suggest” now" in await level(f"{KIND} lower")
    async with house.ops.db.begin() as db:
        assert await autonomy.wished(house.ops, db, KIND) == "suggest"
    accepted = await levels.accept(house.ops, Ask("k", "action", "autonomy.accept", Person("U3"), value=KIND))
    assert accepted is not None
    assert "Only @approver" in accepted.card.conclusion
    assert await levels.decline(house.ops, Ask("k", "action", "autonomy.decline", Person("U1"), value=KIND)) is None


class Sample(Args):
    name: str = Field(title="Name", description="Whose?", max_length=80)
    kind: Literal["OTHER", "WRONG_ADDRESS"] = Field("OTHER", title="Kind", description="Which?")
    due: date = Field(title="Due", description="When?")
    note: str = Field("", title="Note", description="What else?", max_length=2000)


def test_a_form_asks_for_every_argument_and_gives_them_back() -> None:
    found = forms.fields(Sample, {"name": "Ann", "due": "2026-12-01", "kind": "OTHER"})
    assert [(one.id, one.label, one.kind, one.optional, one.initial) for one in found] == [
        ("name", "Name", "text", False, "Ann"),
        ("kind", "Kind", "choice", True, "OTHER"),
        ("due", "Due", "date", False, "2026-12-01"),
        ("note", "Note", "lines", True, ""),
    ]
    assert found[1].options == (("OTHER", "Other"), ("WRONG_ADDRESS", "Wrong address"))
    answers = {"name": "Ann", "kind": "", "due": "2026-12-01", "note": " ", "other": "x"}
    assert forms.raw(Sample, answers) == {"name": "Ann", "due": "2026-12-01"}
    assert forms.wrong(Sample, answers) == {}
    assert set(forms.wrong(Sample, {"name": "x" * 81, "due": "soon"})) == {"name", "due"}


def test_what_does_not_look_as_it_must_is_asked_for_again_in_plain_words() -> None:
    plain = "“12” does not fit. Which ad set, by its number?"
    assert forms.wrong(AdSetArgs, {"ad_set": "12"}) == {"ad_set": plain}
    with pytest.raises(InputError) as refused:
        meta_switch.PAUSE.told({"ad_set": "12"})
    assert refused.value.detail == f"Ad set: {plain}"
