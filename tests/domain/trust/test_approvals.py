"""A decision is taken once, in time, for exactly what was shown, by somebody who may."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from domain.kernel import ids, trail
from domain.kernel.errors import InputError
from domain.kernel.trail import Note
from domain.trust import approvals, proposals
from domain.trust.approvals import Click
from domain.trust.proposals import Origin
from models import directory
from models.directory import Place
from models.wire import Wire
from tests.domain.trust.conftest import KIND, House


async def test_what_is_put_forward_waits_with_a_card_and_is_one_thing(house: House) -> None:
    found = await house.asked()
    assert await house.state(found) == ("pending", "proposed")
    card = await house.card(found)
    for words in ("The deal is cold.", "@approver or @finance", "approval.approve", found.approval_id, "Call"):
        assert words in card, words
    said = "select channel, department from outbox where key = 'approval:' || :id"
    assert [tuple(row) for row in await house.rows(said, id=found.approval_id)] == [("ops-sales", "sales")]
    key = (await house.rows("select key from action where id = :id", id=found.action_id))[0][0]
    assert found.action_id == ids.of("A", key)
    again = Origin(key=key, requester="bot:sales", reason="Once more.")
    raw = {"deal": house.deal, "subject": "Other", "due": "2026-12-01"}
    assert await proposals.ask(house.ops, KIND, raw, again) == replace(found, new=False)


async def test_fifty_clicks_of_two_people_are_one_decision(house: House) -> None:
    found = await house.asked()
    said = await asyncio.gather(*[house.click(found, person) for _ in range(25) for person in ("U1", "U2")])
    words = [one.word for one in said]
    assert words.count("approved") == 1
    assert words.count("refused") == 49
    assert {one.why[:24] for one in said if one.word == "refused"} == {"It was approved already "}
    assert await house.state(found) == ("approved", "approved")
    assert (await house.trail(found)).count("approval.approved") == 1
    assert (await house.trail(found)).count("approval.refused") == 49
    card = await house.card(found)
    assert "Approved by @" in card
    assert "approval.approve" not in card


@pytest.mark.parametrize(
    ("person", "word", "rule"),
    [("U3", "denied", "unnamed"), ("U5", "denied", "stranger"), ("U9", "denied", "unknown"), ("U1", "denied", "own"),
     ("U4", "denied", "own")],
)  # fmt: skip
async def test_a_click_of_who_may_not_has_no_effect_and_a_row(house: House, person: str, word: str, rule: str) -> None:
    house.set(approvers=["approver", "finance", "approver-two"])
    found = await house.asked(requester="user:U1")
    assert (await house.click(found, person)).word == word
    assert await house.state(found) == ("pending", "proposed")
    denied = await house.rows("select body ->> 'rule' from trail where subject = :id and what = 'approve.denied'",
                              id=found.approval_id)  # fmt: skip
    assert [row[0] for row in denied] == [rule]


async def test_who_shaped_the_task_does_not_allow_what_came_of_it(house: House) -> None:
    async with house.ops.db.begin() as db:
        await db.execute(text("insert into task (id, origin, source, requester, brief, state, rule) values "
                              "('T-1', 'T-1', 'slash', 'user:U3', '{}', 'waiting', 'holds')"))  # fmt: skip
        await trail.record(db, Note("task.edited", "T-1", "user:U2"))
    found = await house.asked(task_id="T-1")
    assert (await house.click(found, "U2")).word == "denied"
    async with house.ops.db.begin() as db:
        await trail.record(db, Note("rule.edited", "rule:holds", "user:U1"))
    assert (await house.click(found, "U1")).word == "denied"


async def test_who_shaped_a_task_does_not_allow_what_came_of_the_one_that_followed_it(house: House) -> None:
    async with house.ops.db.begin() as db:
        await db.execute(text("insert into task (id, origin, source, requester, brief, state, parent_id) values "
                              "('T-2', 'T-2', 'schedule:x', 'U3', '{}', 'done', null), "
                              "('T-3', 'T-3', 'bot', 'U3', '{}', 'waiting', 'T-2')"))  # fmt: skip
        await trail.record(db, Note("task.edited", "T-2", "user:U2"))
    found = await house.asked("user:U3", task_id="T-3")
    assert (await house.click(found, "U2")).word == "denied"
    assert (await house.click(found, "U1")).word == "approved"


async def test_a_part_of_what_was_shown_is_not_what_was_shown(house: House) -> None:
    found = await house.asked()
    digest = str(await house.one("select digest from approval where id = :id", found))
    assert (await house.click(found, "U1", digest=digest[:7])).word == "refused"
    assert (await house.click(found, "U1", digest=digest[:8])).word == "approved"


async def test_one_card_that_cannot_be_drawn_keeps_no_other_question_open(house: House) -> None:
    odd, plain = await house.asked(), await house.asked()
    await house.rows("update action set before = '{}' where id = :id returning 1", id=odd.action_id)
    for one in (odd, plain):
        await house.late(one)
    await approvals.expire(house.ops)
    assert [await house.state(one) for one in (odd, plain)] == [("expired", "refused")] * 2
    assert "does not fit" in await house.card(odd)


async def test_a_click_after_its_time_closes_the_question(house: House) -> None:
    found = await house.asked()
    await house.late(found)
    said = await house.click(found, "U1")
    assert (said.word, said.why) == ("refused", "Its time is up, so nothing was done.")
    assert await house.state(found) == ("expired", "refused")
    assert "Nobody decided in time" in await house.card(found)
    assert (await house.click(found, "U1")).why.startswith("It was expired already")


async def test_what_nobody_decides_ends_by_itself(house: House) -> None:
    found, other = await house.asked(), await house.asked()
    await house.late(found)
    assert await approvals.expire(house.ops) == 1
    assert await house.state(found) == ("expired", "refused")
    assert await house.state(other) == ("pending", "proposed")
    assert await approvals.expire(house.ops) == 0


@pytest.mark.parametrize("change", ["update approval set digest = repeat('b', 64) where id = :id",
                                    "update action set digest = repeat('b', 64) where id = :action"])  # fmt: skip
async def test_a_click_on_what_changed_since_has_no_effect(house: House, change: str) -> None:
    found = await house.asked()
    shown = await house.one("select digest from approval where id = :id", found)
    async with house.ops.db.begin() as db:
        await db.execute(text(change), {"id": found.approval_id} if ":id" in change else {"action": found.action_id})
    said = await house.click(found, "U1", digest=shown)
    assert (said.word, said.why[:10]) == ("refused", "It changed")
    assert await house.state(found) == ("pending", "proposed")


async def test_who_is_no_approver_any_more_or_only_since_does_not_decide(house: House) -> None:
    house.set(approvers=["approver"])
    found = await house.asked()
    house.set(approvers=["approver", "finance"])
    assert (await house.click(found, "U2")).word == "denied"
    house.set(approvers=["finance"])
    assert (await house.click(found, "U1")).word == "denied"
    house.team.known["U1"] = replace(house.team.known["U1"], stranger="deactivated")
    house.set(approvers=["approver"])
    assert (await house.click(found, "U1")).word == "denied"
    assert await house.state(found) == ("pending", "proposed")


async def test_a_no_needs_a_reason_and_ends_it(house: House) -> None:
    found = await house.asked()
    with pytest.raises(InputError, match="Say why"):
        await house.click(found, "U1", "reject", reason="  ")
    assert (await house.click(found, "U1", "reject", reason="Not this one")).word == "rejected"
    assert await house.state(found) == ("rejected", "refused")
    card = await house.card(found)
    assert "Rejected by @approver: Not this one" in card
    assert "What was to change" in card
    assert "The deal is cold." in card, "why it was asked stays readable"
    why = await house.rows("select error from action where id = :id", id=found.action_id)
    assert why == [("Not this one",)], "whoever asked reads it there"
    assert (await house.click(found, "U2")).why.startswith("It was rejected already by @approver")


async def test_two_people_are_two_mailboxes_that_still_may(house: House) -> None:
    house.set(approvers=["approver", "finance", "approver-two"], two_above={"GBP": 100})
    house.worth(5000)
    found = await house.asked()
    assert "2 people are needed" in await house.card(found)
    assert [(await house.click(found, who)).word for who in ("U1", "U1", "U4")] == ["noted", "refused", "refused"]
    assert "Said yes" in await house.card(found)
    house.set(approvers=["finance"])
    assert (await house.click(found, "U2")).word == "noted", "the first of the two may not any more"
    house.set(approvers=["approver", "finance"])
    assert await house.state(found) == ("pending", "proposed")
    other = await house.asked()
    assert [(await house.click(other, who)).word for who in ("U1", "U2")] == ["noted", "approved"]
    assert await house.state(other) == ("approved", "approved")


async def test_a_limit_that_fell_since_counts(house: House) -> None:
    house.worth(500)
    found = await house.asked()
    house.set(two_above={"GBP": 400})
    assert [(await house.click(found, who)).word for who in ("U1", "U2")] == ["noted", "approved"]


async def test_a_plan_of_which_one_step_is_refused_asks_no_further(house: House) -> None:
    plan = [await house.asked(plan_id="plan:1", step=step) for step in range(3)]
    other = await house.asked()
    assert (await house.click(plan[0], "U1")).word == "approved"
    assert (await house.click(plan[1], "U2", "reject", reason="Not now")).word == "rejected"
    assert [await house.state(one) for one in (*plan, other)] == [
        ("approved", "approved"), ("rejected", "refused"), ("withdrawn", "refused"), ("pending", "proposed"),
    ]  # fmt: skip
    assert "Withdrawn" in await house.card(plan[2])


async def test_two_at_the_same_moment_are_enough(house: House) -> None:
    house.set(two_above={})
    house.worth(1)
    found = await house.asked()
    said = await asyncio.gather(*[house.click(found, who) for _ in range(10) for who in ("U1", "U2")])
    assert sorted({one.word for one in said}) == ["approved", "noted", "refused"]
    assert [one.word for one in said].count("approved") == 1
    assert await house.state(found) == ("approved", "approved")


async def test_who_edits_agrees_to_what_they_wrote(house: House) -> None:
    found = await house.asked()
    new = {"deal": house.deal, "subject": "Call them today", "due": "2026-12-01"}
    assert (await house.edit(found, "U3", new)).word == "denied"
    assert (await house.edit(found, "U1", new)).word == "approved"
    assert await house.state(found) == ("superseded", "approved")
    assert "Changed by @approver; the new version stands below." in await house.card(found)
    rows = await house.rows("select version, p.state, decided_by, p.digest = a.digest from approval p join action a "
                            "on a.id = action_id where a.id = :id order by version", id=found.action_id)  # fmt: skip
    assert [tuple(row) for row in rows] == [(1, "superseded", "user:U1", False), (2, "approved", "user:U1", True)]
    assert (await house.click(found, "U2")).why.startswith("It was superseded already by @approver")


async def test_where_two_must_agree_who_edits_is_one_of_them(house: House) -> None:
    house.set(two_above={})
    house.worth(1)
    found = await house.asked()
    assert (await house.click(found, "U2")).word == "noted"
    with pytest.raises(InputError, match="Nothing is different"):
        await house.edit(found, "U1", await house.args(found))
    assert (await house.edit(found, "U1", await house.args(found) | {"subject": "Other"})).word == "noted"
    second = replace(found, approval_id=proposals.approval_id(found.action_id, 2))
    assert await house.state(second) == ("pending", "proposed")
    assert (await house.click(second, "U1")).word == "refused", "once is once"
    assert (await house.click(second, "U2")).word == "approved"


async def test_what_is_only_suggested_has_no_buttons_and_is_not_allowed_by_a_click(house: House) -> None:
    del house.rig.secrets.known["HUBSPOT_WRITE_KEY"]
    found = await house.asked()
    card = await house.card(found)
    assert "set it by hand" in card
    assert "approval.approve" not in card
    assert (await house.click(found, "U1")).why.startswith("I may only suggest")
    assert await house.state(found) == ("pending", "proposed")


async def test_what_the_policy_forbids_meanwhile_is_not_allowed(house: House) -> None:
    found = await house.asked()
    strict = house.ops.policy.model_copy(update={"actions": house.ops.policy.actions.model_copy(
        update={"forbidden": ("hubspot.*",)})})  # fmt: skip
    house.ops = replace(house.ops, policy=strict)
    assert "forbidden by the policy" in (await house.click(found, "U1")).why
    with pytest.raises(InputError, match="forbidden by the policy"):
        await house.asked()


async def test_a_button_of_nothing_is_answered(house: House) -> None:
    for name in ("P-NONE", "", "'; drop table approval; --"):
        assert (await approvals.approve(house.ops, Click(name, "abcd", "U1"))).word == "refused"


async def test_a_question_taken_back_stays_so(house: House) -> None:
    found = await house.asked()
    assert await approvals.withdraw(house.ops, found.approval_id, "user:U3", "the task was cancelled")
    assert not await approvals.withdraw(house.ops, found.approval_id, "user:U3", "again")
    assert await house.state(found) == ("withdrawn", "refused")
    assert (await house.click(found, "U1")).word == "refused"


async def test_a_yes_wakes_the_worker_of_the_department(house: House) -> None:
    found = await house.asked()
    line = await Wire.open(house.ops.db, name="test")
    try:
        await line.listen("act")
        await house.click(found, "U1")
        assert await line.wait(2)
    finally:
        await line.close()


async def test_where_the_bot_is_no_member_it_is_asked_among_the_escalations(house: House) -> None:
    for place in (Place("C1", "ops-sales", False, False, False), Place("C1", "ops-sales", True, False, True)):
        async with house.ops.db.begin() as db:
            await directory.keep_channels(db, [place])
        found = await house.asked()
        assert await house.one("select channel from outbox where key = 'approval:' || :id", found) == "ops-escalations"
