"""Work is taken in once, asked about while something is missing, and stopped or changed at any step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.kernel import card as cards
from domain.kernel import ids
from domain.kernel.card import Button, Buttons, Card
from domain.kernel.errors import InputError
from domain.kernel.policy_work import Work
from domain.kernel.ports import Ops
from domain.tasks import access, desk, intake
from domain.tasks.lifecycle import By
from models import trail
from models.db import Database
from tests.domain.tasks import work

ME = By("user:U1")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    database = Database(database_url, pool=2, name="desk")
    yield work.ops(database)
    await database.close()


async def _said(ops: Ops, task_id: str) -> list[Card]:
    query = "select card from outbox where key like :key order by id"
    async with ops.db.begin() as db:
        return [cards.from_json(row[0]) for row in await db.execute(text(query), {"key": f"task:{task_id}%"})]


def _begun(ops: Ops) -> list[tuple[str, str, str]]:
    return cast("work.Begun", ops.flows).flows


async def test_a_question_is_queued_where_its_rule_says_and_nothing_is_posted_yet(ops: Ops) -> None:
    row, new = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:1"))
    assert new
    assert (row.state, row.category, row.department, row.path) == ("queued", "question", "orchestrator", "answer")
    assert row.limit_at is not None
    assert ("jobs.work", f"task:{row.id}:1", "orchestrator") in _begun(ops)
    assert await _said(ops, row.id) == []
    async with ops.db.begin() as db:
        (born,) = await trail.of(db, row.id)
    assert (born.what, born.by) == ("task.handed_in", "user:U1")
    assert born.body["row"]["rule"] == "questions_and_figures"
    assert len(born.body["row"]["rule_version"]) == 12


async def test_the_same_origin_twice_is_one_task(ops: Ops) -> None:
    hand = work.hand("how was net revenue last week?", "q:twice")
    first, _ = await desk.hand_in(ops, hand)
    again, new = await desk.hand_in(ops, hand)
    assert (again.id, new) == (first.id, False)
    assert [one[1] for one in _begun(ops)].count(f"task:{first.id}:1") == 1


async def test_what_no_rule_matches_goes_to_a_person(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("paint the office blue", "q:blue"))
    assert row.state == "escalated"
    (card,) = await _said(ops, row.id)
    assert card.title == f"A person must decide: {row.id}"
    assert [one.label for one in _buttons(card)] == ["Take over", "Cancel"]
    assert f"/task edit {row.id}" in str(card), "the way on is named"
    with pytest.raises(InputError, match="No rule says what"):
        await desk.resume(ops, row.id, ME)
    taken = await desk.take(ops, row.id, ME)
    assert (taken.state, taken.owner) == ("taken_over", "U1")
    assert (await desk.finish(ops, row.id, ME)).state == "done"


async def test_nothing_runs_until_what_is_missing_was_answered(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("put an order on hold", "q:hold"))
    assert row.state == "asking"
    (card,) = await _said(ops, row.id)
    assert card.conclusion == "Nothing runs until you have answered in this thread."
    half = await desk.answered(ops, row.id, "536365", ME)
    assert half is not None
    assert (half.state, [one["name"] for one in half.missing]) == ("asking", ["note"])
    whole = await desk.answered(ops, row.id, "the address is wrong", ME)
    assert whole is not None
    assert (whole.state, whole.department, whole.missing) == ("queued", "logistics", [])
    assert whole.brief["inputs"]["order"] == "536365"
    assert ("jobs.work", f"task:{row.id}:{whole.run}", "logistics") in _begun(ops)
    assert await desk.answered(ops, row.id, "thanks", ME) is None


async def test_an_answer_that_does_not_fit_is_asked_again_and_named(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("put an order on hold", "q:misfit"))
    again = await desk.answered(ops, row.id, "the blue one", ME)
    assert again is not None
    assert desk.asked(again).conclusion.startswith("“the blue one” does not fit: Which order is it?")


async def test_an_answer_may_send_work_elsewhere(ops: Ops) -> None:
    """Rules look at what was answered: more than five thousand units are a person's to decide."""
    row, _ = await desk.hand_in(ops, work.hand("restock 85123A", "q:restock"))
    assert row.state == "asking"
    found = await desk.answered(ops, row.id, "9000 units", ME)
    assert found is not None
    assert (found.state, found.rule) == ("escalated", "large_restocks_are_decided_by_people")


async def test_what_is_declared_to_follow_begins_also_when_a_person_ends_the_work(ops: Ops) -> None:
    ops = _followed(ops, most=1)
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:followed"))
    await desk.take(ops, row.id, ME)
    await desk.finish(ops, row.id, ME)
    child = await desk.found(ops, ids.of("T", f"next:{row.id}:0"))
    assert (child.parent_id, child.state, child.next) == (row.id, "queued", [])


async def test_where_nothing_may_follow_nothing_is_declared(ops: Ops) -> None:
    row, _ = await desk.hand_in(_followed(ops, most=0), work.hand("how was net revenue last week?", "q:alone"))
    assert row.next == []


def _followed(ops: Ops, *, most: int) -> Ops:
    wishes = Work(following=({"after": "question", "words": "what is the trend?"},), most_following=most)
    return replace(ops, policy=ops.policy.model_copy(update={"work": wishes}))


async def test_an_edit_begins_anew_with_the_other_brief(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:edit"))
    brief = intake.from_words("how was net revenue yesterday?", ops.policy.tasks)
    after = await desk.edited(ops, row.id, brief, ME)
    assert (after.objective, after.run, after.state) == ("how was net revenue yesterday?", row.run + 1, "queued")
    await desk.cancel(ops, row.id, ME)
    with pytest.raises(InputError, match="so it cannot be edited"):
        await desk.edited(ops, row.id, brief, ME)


async def test_every_state_is_shown_with_its_time(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:show"))
    await desk.pause(ops, row.id, ME)
    await desk.resume(ops, row.id, ME)
    _, card = await desk.show(ops, row.id)
    shown = cards.to_json(card)
    assert shown.count('"moment"') == 3
    assert "paused by U1" in shown


async def test_buttons_offer_what_the_table_allows(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:buttons"))
    labels = {"queued": ["Pause", "Take over", "Cancel"], "paused": ["Resume", "Take over", "Cancel"]}
    for state in ("queued", "paused"):
        found = row if state == "queued" else await desk.pause(ops, row.id, ME)
        assert [one.label for one in _buttons(desk.receipt(found))] == labels[state]
    assert _buttons(desk.receipt(await desk.cancel(ops, row.id, ME))) == []


def _buttons(card: Card) -> list[Button]:
    return [button for part in card.parts if isinstance(part, Buttons) for button in part.buttons]


async def test_only_who_asked_took_over_or_runs_the_house_may_change_a_task(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:may"))
    assert (await access.change(ops, "U1", row, "ask:1")).who == "user:U1"
    assert (await access.change(ops, "U9", row, "ask:1")).who == "user:U9"
    with pytest.raises(InputError, match="belongs to somebody else"):
        await access.change(ops, "U2", row, "ask:2")
    taken = await desk.take(ops, row.id, By("user:U2"))
    assert (await access.change(ops, "U2", taken, "ask:3")).who == "user:U2"
    async with ops.db.begin() as db:
        denied = [one for one in await trail.of(db, row.id) if one.what == "task.denied"]
    assert [(one.by, one.cause) for one in denied] == [("user:U2", "ask:2")]


@pytest.mark.parametrize("person", ["U5", "U404"])
async def test_strangers_and_the_unknown_hand_nothing_in(ops: Ops, person: str) -> None:
    with pytest.raises(InputError):
        await access.hand_in(ops, person, "ask:4")
    assert (await access.hand_in(ops, "U2", "ask:4")).who == "user:U2"


async def test_a_receipt_names_a_department_only_where_there_is_one(ops: Ops) -> None:
    asked, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "q:receipt"))
    assert "is taken up; the outcome comes to you" in desk.receipt(asked).conclusion
    held, _ = await desk.hand_in(ops, work.hand("hold order 1001 because it is late", "h:receipt"))
    assert "goes to logistics; the outcome comes to you" in desk.receipt(held).conclusion
