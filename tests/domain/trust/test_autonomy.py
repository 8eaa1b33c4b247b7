"""What is done without asking is earned by decisions, accepted by a named person, bounded, and lost at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from domain.kernel import action as actions
from domain.kernel import trail
from domain.kernel.errors import InputError
from domain.kernel.policy_trust import Autonomy
from domain.kernel.trail import Note
from domain.trust import autonomy, ledger
from models.autonomy import Record
from tests.domain.trust.conftest import KIND, House


def policy(house: House, **changes: Any) -> None:
    known = {**house.ops.policy.autonomy.model_dump(), **changes}
    found = house.ops.policy.model_copy(update={"autonomy": Autonomy.model_validate(known)})
    house.ops = replace(house.ops, policy=found)


async def decided(house: House, number: int, state: str = "approved") -> None:
    """Past decisions of a person about the kind."""
    async with house.ops.db.begin() as db:
        await db.execute(text("delete from approval"))
        await db.execute(text("delete from action"))
        await db.execute(text("delete from autonomy"))
        await db.execute(text("delete from outbox"))
        await db.execute(
            text("insert into action (id, key, kind, args, digest, reason, requester, department, risk, state) "
                 "select 'A-' || n, 'old:' || n, :kind, '{}', '', '', 'house', 'sales', 'low', 'done' "
                 "from generate_series(1, :number) n"), {"kind": KIND, "number": number})  # fmt: skip
        await db.execute(
            text("insert into approval (id, action_id, digest, approvers, state, expires_at, decided_by, decided_at) "
                 "select 'P-' || n, 'A-' || n, '', '[]', :state, clock_timestamp(), 'user:U1', clock_timestamp() "
                 "from generate_series(1, :number) n"), {"state": state, "number": number})  # fmt: skip


async def level(house: House) -> str:
    async with house.ops.db.begin() as db:
        return await autonomy.wished(house.ops, db, KIND)


@pytest.mark.parametrize(
    ("agreed", "decisions", "bound"), [(35, 35, 0.9011), (34, 34, 0.8985), (35, 36, 0.8583), (0, 0, 0.0), (0, 5, 0.0)]
)
def test_the_bound_is_wilsons(agreed: int, decisions: int, bound: float) -> None:
    assert autonomy.surely(Record(agreed, decisions, 0), 1.96) == pytest.approx(bound, abs=1e-4)


async def test_thirty_five_decisions_are_proposed_once_and_a_named_person_accepts(house: House) -> None:
    await decided(house, 34)
    assert await ledger.propose(house.ops) == []
    assert "34 of 35 decisions" in str(await ledger.card_of(house.ops, KIND))
    with pytest.raises(InputError, match="cannot be done without asking yet"):
        await autonomy.turn(house.ops, "U1", KIND, up=True)
    await decided(house, 35)
    assert await ledger.propose(house.ops) == [KIND]
    assert await ledger.propose(house.ops) == []
    assert await level(house) == "approve"
    assert not (await ledger.accept(house.ops, "U2", KIND)).allowed
    assert not (await ledger.accept(house.ops, "U5", KIND)).allowed
    assert await level(house) == "approve"
    assert (await ledger.accept(house.ops, "U1", KIND)).allowed
    assert await level(house) == "auto"
    with pytest.raises(InputError, match="stands at “auto” now"):
        await ledger.accept(house.ops, "U1", KIND)
    said = [row[0] for row in await house.rows("select what from trail where subject = :kind order by id", kind=KIND)]
    assert said == ["autonomy.proposed", "manage.denied", "manage.denied", "autonomy.set"]


async def test_a_record_that_fell_since_the_offer_raises_nothing(house: House) -> None:
    await decided(house, 35)
    assert await ledger.propose(house.ops) == [KIND]
    await house.rows("update approval set state = 'rejected' where id = 'P-1' returning id")
    with pytest.raises(InputError, match="Surely agreed to are 85%"):
        await ledger.accept(house.ops, "U1", KIND)
    await decided(house, 40, "superseded")
    assert await ledger.propose(house.ops) == []


async def test_within_the_limits_nobody_is_asked_and_beyond_them_somebody_is(house: House) -> None:
    await decided(house, 1)
    policy(house, start={KIND: "auto"}, limits={KIND: {"per_day": 2}})
    found = [await house.asked() for _ in range(3)]
    assert [await house.state(one) for one in found] == [("approved", "approved")] * 2 + [("pending", "proposed")]
    assert "what needs no asking" in await house.card(found[0])
    assert await house.rows("select decided from action where id = :id", id=found[0].action_id) == [(autonomy.BY_RULE,)]


async def test_of_many_at_once_no_more_are_done_unasked_than_the_limit_says(house: House) -> None:
    await decided(house, 1)
    policy(house, start={KIND: "auto"}, limits={KIND: {"per_day": 2}})
    found = await asyncio.gather(*(house.asked() for _ in range(6)))
    states = [await house.state(one) for one in found]
    assert states.count(("approved", "approved")) == 2


@pytest.mark.parametrize(("amount", "limit", "alone"), [(50, 100, True), (150, 100, False), (50, None, False),
                                                        (5000, 9000, False)])  # fmt: skip
async def test_money_has_a_limit_of_its_own(house: House, amount: int, limit: int | None, alone: bool) -> None:
    await decided(house, 1)
    house.worth(amount)
    policy(house, start={KIND: "auto"}, limits={KIND: {"amount": limit}})
    assert await house.state(await house.asked()) == (("approved",) * 2 if alone else ("pending", "proposed"))


@pytest.mark.parametrize("change", [{"undo": None}, {"risk": "high"}])
async def test_what_cannot_be_undone_or_risks_much_is_always_asked_for(house: House, change: dict[str, Any]) -> None:
    action = replace(actions.found(house.ops.departments, KIND)[2], **change)
    async with house.ops.db.begin() as db:
        assert not await autonomy.unasked(house.ops, db, action, "auto", None)
    assert "always asked" in autonomy.short_of(house.ops, action, Record(99, 99, 0))


async def test_an_undo_or_an_open_breaker_takes_it_away(house: House) -> None:
    await decided(house, 1)
    policy(house, start={KIND: "auto"})
    async with house.ops.db.begin() as db:
        assert await autonomy.fell(house.ops, db, KIND, "It was undone.", by="user:U2")
        assert not await autonomy.fell(house.ops, db, KIND, "It was undone again.")
    assert await level(house) == "approve"
    await decided(house, 1)
    assert await autonomy.kept_watch(house.ops) == []
    await house.rows("insert into connector_breaker (connector, failures, opened_at, trips, reason) "
                     "values ('hubspot', 5, clock_timestamp(), 1, 'down') returning connector")  # fmt: skip
    assert await autonomy.kept_watch(house.ops) == [KIND]
    assert await level(house) == "approve"


async def test_what_was_undone_lately_is_not_proposed(house: House) -> None:
    await decided(house, 40)
    async with house.ops.db.begin() as db:
        await trail.record(db, Note("action.undoing", "A-1", "user:U2"))
    assert await ledger.propose(house.ops) == []
    assert "1 of its actions had to be undone" in str(await ledger.card_of(house.ops, KIND))


async def test_an_owner_lowers_it_by_hand_and_others_do_not(house: House) -> None:
    await decided(house, 1)
    verdict, now = await autonomy.turn(house.ops, "U3", KIND, up=False)
    assert (verdict.allowed, now) == (False, "approve")
    assert (await autonomy.turn(house.ops, "U1", KIND, up=False))[1] == "suggest"
    with pytest.raises(InputError, match="nothing further"):
        await autonomy.turn(house.ops, "U1", KIND, up=False)
    found = await house.asked()
    assert "set it by hand" in await house.card(found)
    assert (await autonomy.turn(house.ops, "U1", KIND, up=True))[1] == "approve"
    assert KIND in str(await ledger.card(house.ops))
    with pytest.raises(InputError, match="Nobody here knows"):
        await ledger.card_of(house.ops, "no.such")
