"""A person who may takes an action back, once; everybody else is told why not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from domain.actions import undo
from domain.kernel import ids
from domain.kernel.ports import Ops
from domain.trust import autonomy, cards
from handlers import actions
from handlers.surface import Ask, Person
from models.directory import Who
from tests.domain.actions.conftest import Stage, Steps


@dataclass(frozen=True)
class Staff:
    """Everybody is a member whose handle is their id."""

    async def look(self, user_id: str) -> Who | None:
        return Who(user_id, user_id.lower(), "T1", "") if user_id != "UGONE" else None


def _staffed(stage: Stage) -> Ops:
    asking = stage.ops.policy.approvals.model_copy(update={"approvers": ("u1",)})
    return replace(stage.ops, people=Staff(), policy=stage.ops.policy.model_copy(update={"approvals": asking}))


async def test_who_may_takes_it_back_once(stage: Stage) -> None:
    ops = _staffed(stage)
    name = await stage.approved("meta.pause_ad_set")
    assert not (await undo.wanted(ops, name, "U1")).begun
    await stage.run(name)
    assert (await undo.wanted(ops, name, "U1")).begun
    assert (await undo.wanted(ops, name, "U1")).why == "It is being undone already."
    await stage.run(name, "undo")
    assert (await stage.row(name)).state == "undone"
    assert (await undo.wanted(ops, name, "U1")).why == "It was undone already."


@pytest.mark.parametrize("person", ["U2", "UGONE"])
async def test_who_may_not_is_told_why(stage: Stage, person: str) -> None:
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    said = await undo.wanted(_staffed(stage), name, person)
    assert not said.begun
    assert said.why.endswith(".")
    assert (await stage.row(name)).state == "done"
    denied = await stage.rig.rows("select \"by\" from trail where what = 'undo.denied' and subject = :id", id=name)
    assert [row[0] for row in denied] == [f"user:{person}"]


async def test_what_cannot_be_undone_stays(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    ops = _staffed(stage)
    mended = replace(ops, departments=stage.where("meta.pause_ad_set", undo=None).departments)
    assert "cannot be undone" in (await undo.wanted(mended, name, "U1")).why
    assert "know of no action" in (await undo.wanted(ops, "A-NOTHING", "U1")).why


async def test_an_undo_that_fails_leaves_it_done_and_may_be_tried_again(stage: Stage) -> None:
    ops = _staffed(stage)
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    await undo.wanted(ops, name, "U1")
    token = stage.rig.secrets.known.pop("META_WRITE_TOKEN")
    await stage.run(name, "undo")
    row = await stage.row(name)
    assert (row.state, "META_WRITE_TOKEN" in row.error) == ("done", True)
    assert f"UTC. Not undone. {row.error}" in str(await undo.listed(ops))
    async with ops.db.begin() as db:
        assert f"Not undone. {row.error}" in str(await cards.of(ops, db, ids.of("P", name)))
    stage.rig.secrets.known["META_WRITE_TOKEN"] = token
    assert (await undo.wanted(ops, name, "U1")).begun
    await stage.rig.fault("meta", "status", status=401)
    await stage.run(name, "undo", Steps(stage.ops))
    await stage.rig.fault("meta", "clear")
    assert (await stage.row(name)).state == "done"
    assert (await undo.wanted(ops, name, "U1")).begun
    await stage.run(name, "undo", Steps(stage.ops))
    assert ((await stage.row(name)).state, (await stage.row(name)).error) == ("undone", "")


async def test_the_last_actions_are_listed_with_what_became_of_them(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    card = await undo.listed(stage.ops)
    assert f"{name} done" in str(card)


async def test_what_a_person_takes_back_is_asked_for_again_from_then_on(stage: Stage) -> None:
    wishes = stage.ops.policy.autonomy.model_copy(update={"start": {"meta.pause_ad_set": "auto"}})
    ops = replace(stage.ops, policy=stage.ops.policy.model_copy(update={"autonomy": wishes}))
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    await stage.undoing(name)
    await stage.run(name, "undo", Steps(ops))
    async with ops.db.begin() as db:
        assert await autonomy.wished(ops, db, "meta.pause_ad_set") == "approve"


async def test_the_button_answers_only_when_nothing_was_begun(stage: Stage) -> None:
    ops = _staffed(stage)
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    stranger = await actions.pressed(ops, Ask("k1", "action", "action.undo", Person("U2"), value=name))
    assert stranger is not None
    assert "@u1" in stranger.card.conclusion
    assert await actions.pressed(ops, Ask("k2", "action", "action.undo", Person("U1"), value=name)) is None
    assert (await stage.row(name)).state == "undoing"


async def test_who_handed_the_work_in_hears_that_it_was_taken_back(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set", task_id="T-AAAAAAAAAA")
    await stage.run(name)
    await stage.undoing(name)
    await stage.run(name, "undo")
    said = "select channel, thread_key, card from outbox where key = 'undone:' || :id"
    ((channel, above, card),) = await stage.rig.rows(said, id=name)
    assert (channel, above) == ("U2", "task:T-AAAAAAAAAA")
    assert "Pause an ad set: " in str(card)
    assert " took it back, and things stand as before." in str(card)
