"""The buttons of an escalation: who may press them, what they ask for, and what stands on the card afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from domain.escalations import batch, failures
from domain.escalations.failures import Failure
from domain.kernel.card import Buttons
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from handlers import escalations
from handlers import ops as ops_surface
from handlers.surface import Answer, Ask, Dialog, Person
from models.directory import Who
from tests.jobs.parts import an_ops, emptied

KNOWN = {
    "U1": Who("U1", "approver", "T1", ""),
    "U2": Who("U2", "ben", "T1", ""),
    "U3": Who("U3", "gus", "T1", "guest"),
}


class People:
    """Slack, which knows three people."""

    async def look(self, user_id: str) -> Who | None:
        return KNOWN.get(user_id)


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[Ops]:
    ops = replace(an_ops(database_url), people=People())
    await emptied(ops)
    async with ops.db.begin() as db:
        one = Failure("vendor:shop", "systemic", "the key was revoked", "Shop fails", "Read.", "Once.", "A new key.")
        await failures.raised(ops, db, [one])
    await batch.flush(ops)
    yield ops
    await ops.db.close()


async def _id(ops: Ops) -> str:
    async with ops.db.begin() as db:
        return str((await db.execute(text("select id from escalation"))).scalar())


async def _row(ops: Ops) -> tuple[str, str]:
    async with ops.db.begin() as db:
        state, owner = (await db.execute(text("select state, owner from escalation"))).one()
        return state, owner


async def _pressed(ops: Ops, name: str, by: str = "U1", **values: str) -> Answer | Dialog | None:
    key = await _id(ops)
    kind = "view" if values else "action"
    ask = Ask(f"k:{name}:{by}", kind, name, Person(by), "C1", value=key, values=values)  # type: ignore[arg-type]
    surface = escalations.SURFACE
    runs = {one.name: one.run for one in (surface.views if values else surface.actions)}
    return await runs[name](ops, ask)


async def test_who_takes_it_has_it(house: Ops) -> None:
    answer = await _pressed(house, "escalation.ack")
    assert isinstance(answer, Answer)
    assert answer.card.conclusion == "@approver acknowledged it."
    assert await _row(house) == ("acked", "approver")


@pytest.mark.parametrize("name", ["ack", "assign", "snooze", "close"])
@pytest.mark.parametrize("by", ["U2", "U3", "U9"])
async def test_who_is_not_named_may_not_and_leaves_a_row(house: Ops, name: str, by: str) -> None:
    with pytest.raises(InputError):
        await _pressed(house, f"escalation.{name}", by)
    assert (await _row(house))[0] == "open"
    async with house.db.begin() as db:
        asked = "select count(*) from trail where what = 'manage.denied' and subject = :key and by = :by"
        assert (await db.execute(text(asked), {"key": await _id(house), "by": f"user:{by}"})).scalar()


async def test_who_was_given_it_may_answer_it(house: Ops) -> None:
    assert isinstance(await _pressed(house, "escalation.assign"), Dialog)
    await _pressed(house, "escalation.assign", who="U2")
    assert await _row(house) == ("open", "ben")
    await _pressed(house, "escalation.ack", "U2")
    assert await _row(house) == ("acked", "ben")


@pytest.mark.parametrize("who", ["U3", "U9"])
async def test_it_is_given_to_members_alone(house: Ops, who: str) -> None:
    with pytest.raises(InputError):
        await _pressed(house, "escalation.assign", who=who)


async def test_it_is_put_off_and_closed_by_dialogs(house: Ops) -> None:
    asked = await _pressed(house, "escalation.snooze")
    assert isinstance(asked, Dialog)
    assert [label for _, label in asked.fields[0].options] == ["1 hour", "4 hours", "until the next morning"]
    await _pressed(house, "escalation.snooze", span="morning")
    assert (await _row(house))[0] == "snoozed"
    assert isinstance(await _pressed(house, "escalation.close"), Dialog)
    check = next(one.check for one in escalations.SURFACE.views if one.name == "escalation.close")
    assert check({"done": " "})  # type: ignore[call-arg, arg-type]
    await _pressed(house, "escalation.close", done="A new key is set.")
    assert (await _row(house))[0] == "closed"


async def test_what_waits_is_listed_and_one_is_shown_with_its_buttons(house: Ops) -> None:
    key = await _id(house)

    async def said(words: str) -> Answer:
        answer = await ops_surface.run(house, Ask(f"k:{words}", "command", "/ops", Person("U1"), "C1", words))
        assert isinstance(answer, Answer)
        return answer

    assert key in str((await said("escalations")).card)
    assert "escalation.ack" in str((await said(f"escalations {key.lower()}")).card)
    with pytest.raises(InputError):
        await said("escalations E-NOTHING")


async def test_what_to_do_is_told_to_whoever_presses_it(house: Ops) -> None:
    answer = await _pressed(house, "escalation.guide", by="U3")
    assert isinstance(answer, Answer)
    assert answer.card.title == "A vendor cannot be read"
    assert not any(isinstance(part, Buttons) for part in answer.card.parts)
    linked = house.policy.escalations.model_copy(update={"runbook": "https://books.example.org/runbook.md"})
    house = replace(house, policy=house.policy.model_copy(update={"escalations": linked}))
    answer = await _pressed(house, "escalation.guide")
    assert isinstance(answer, Answer)
    (button,) = next(part for part in answer.card.parts if isinstance(part, Buttons)).buttons
    assert button.url == "https://books.example.org/runbook.md#vendor"
