"""A decision is taken once, in time, for exactly what was shown, by somebody who may."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from domain.kernel import ids
from domain.trust import proposals
from domain.trust.proposals import Origin
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
