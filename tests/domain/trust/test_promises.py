"""Whatever many people press at once, what must never be so is never so, and the trail tells all of it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from domain.kernel.errors import InputError
from domain.trust import approvals, proposals
from domain.trust.approvals import Click, Said
from domain.trust.proposals import Proposed
from domain.watch import invariants
from tests.domain.trust.conftest import House

_PEOPLE = ("U1", "U2", "U3", "U4", "U5", "U9")


async def _one(house: House, found: Proposed, chance: random.Random) -> Said | None:
    """Somebody does something to a version that may be there or not, as it was shown or not."""
    person, version = chance.choice(_PEOPLE), chance.choice((1, 1, 2))
    on = replace(found, approval_id=proposals.approval_id(found.action_id, version))
    rows = await house.rows("select digest from approval where id = :id", id=on.approval_id)
    digest = rows[0][0] if rows and chance.random() < 0.9 else "0" * 8
    try:
        match chance.choice(("approve", "approve", "reject", "edit", "withdraw")):
            case "edit" if rows:
                return await house.edit(on, person, await house.args(found) | {"subject": chance.choice("abc")})
            case "withdraw" if chance.random() < 0.2:
                await approvals.withdraw(house.ops, on.approval_id, f"user:{person}", "not needed")
                return None
            case "reject":
                return await approvals.reject(house.ops, Click(on.approval_id, digest[:8], person, "no"))
            case _:
                return await approvals.approve(house.ops, Click(on.approval_id, digest[:8], person))
    except InputError as error:
        return Said("refused", error.detail)


@pytest.mark.parametrize("seed", range(3))
async def test_no_order_of_clicks_breaks_a_promise(house: House, seed: int) -> None:
    chance = random.Random(seed)
    house.set(approvers=["approver", "finance", "approver-two"], two_above={"GBP": 100})
    for number in range(5):
        house.worth(chance.choice((1, 5000)))
        house.set(expires_hours=chance.choice((24.0, 24.0, 0.00003)))
        found = await house.asked(requester=chance.choice(("bot:sales", "user:U1", "user:U2")))
        said = await asyncio.gather(*[_one(house, found, chance) for _ in range(12)])
        assert sum(one.word == "approved" for one in said if one) <= 1, number
        assert all(one.why.endswith(".") or one.word == "approved" for one in said if one)
    await approvals.expire(house.ops)
    held = [one for one in await invariants.check(house.ops) if not one.name.startswith(("I2", "I5", "I1"))]
    assert [one.sentence for one in held if one.broken] == []
    apart = (
        "select count(*) from approval p join action a on a.id = p.action_id "
        "where (p.state = 'approved') <> (a.state = 'approved') "
        "and p.version = (select max(version) from approval where action_id = a.id)"
    )
    assert (await house.rows(apart))[0][0] == 0
