"""A vendor that can try a change out is asked to, before any person is."""

from __future__ import annotations

import pytest

from domain.kernel.errors import OpsError
from domain.trust import proposals
from domain.trust.proposals import Origin, Proposed
from tests.domain.actions.conftest import AD_SET
from tests.domain.trust.conftest import House


async def _asked(house: House, key: str) -> Proposed:
    origin = Origin(key=key, requester="bot:marketing", reason="It costs more than it brings.")
    return await proposals.ask(house.ops, "meta.pause_ad_set", {"ad_set": AD_SET}, origin)


async def _effects(house: House) -> int:
    async with house.rig.session.get(f"{house.rig.url}/_sandbox/journal") as answer:
        found = await answer.json()
    return sum(len(done) for done in found["meta"]["effects"].values())


async def test_what_the_vendor_would_refuse_is_never_put_forward(house: House) -> None:
    house.rig.secrets.known["META_WRITE_TOKEN"] = house.rig.secrets.known["META_TOKEN"]
    with pytest.raises(OpsError):
        await _asked(house, "dry:refused")
    assert await house.rows("select 1 from action where key = 'dry:refused'") == []


async def test_what_the_vendor_would_do_is_put_forward_and_nothing_is_done(house: House) -> None:
    before = await _effects(house)
    found = await _asked(house, "dry:tried")
    tried = await house.rows(
        "select why from trail where what = 'action.tried_out' and subject = :id", id=found.action_id
    )
    assert tried == [("the vendor checked it without doing it",)]
    assert await _effects(house) == before


async def test_without_the_write_credential_nothing_can_be_tried(house: House) -> None:
    house.rig.secrets.known.pop("META_WRITE_TOKEN")
    found = await _asked(house, "dry:suggested")
    assert (
        await house.rows("select 1 from trail where what = 'action.tried_out' and subject = :id", id=found.action_id)
        == []
    )
