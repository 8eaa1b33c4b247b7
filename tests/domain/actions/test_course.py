"""An approved action is done once, whatever the vendor answers and wherever the process ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.actions import bell, runner
from domain.actions.bell import Due
from domain.kernel import action as actions
from domain.kernel.errors import LogicError
from domain.kernel.policy_trust import Autonomy
from domain.kernel.source import Source
from domain.kernel.trail import Note
from domain.kernel.vendor_errors import CredentialError, SlowError
from models import action as rows
from tests.domain.actions.conftest import KINDS, DiedError, Stage, Steps

LOST: tuple[dict[str, Any], ...] = (
    {"kind": "cut-after-accept", "n": 1},
    {"kind": "cut-after-accept", "status": 500, "n": 1},
)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_approved_is_done_proved_and_undone(stage: Stage, kind: str) -> None:
    name, vendor = await stage.approved(kind), kind.partition(".")[0]
    before = await stage.effects(vendor)
    await stage.run(name)
    row = await stage.row(name)
    assert (row.state, row.error, row.after != row.before) == ("done", "", True)
    assert await stage.effects(vendor) == before + 1
    await stage.undoing(name)
    await stage.run(name, "undo")
    back = await stage.row(name)
    assert (back.state, back.error, back.after) == ("undone", "", row.before)
    assert await stage.effects(vendor) == before + 2


@pytest.mark.parametrize("fault", LOST, ids=["cut", "500"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_answer_is_looked_up_and_not_asked_for_again(
    stage: Stage, kind: str, fault: dict[str, Any]
) -> None:
    name, vendor = await stage.approved(kind), kind.partition(".")[0]
    before = await stage.effects(vendor)
    for deed, state in (("do", "done"), ("undo", "undone")):
        await stage.rig.fault(vendor, **fault)
        if deed == "undo":
            await stage.undoing(name)
        await stage.run(name, deed)  # type: ignore[arg-type]  # one of two literals
        assert (await stage.row(name)).state == state
    assert await stage.effects(vendor) == before + 2
    assert await stage.escalations(name) == []


@pytest.mark.parametrize("step", ["ready", "look", "intend", "do", "read back", "record", "tell"])
@pytest.mark.parametrize("deed", ["do", "undo"])
async def test_a_process_may_end_behind_any_step(stage: Stage, step: str, deed: Any) -> None:
    name = await stage.approved("hubspot.create_follow_up_task")
    before = await stage.effects("hubspot")
    if deed == "undo":
        await stage.run(name)
        await stage.undoing(name)
    steps = Steps(stage.ops, dies_in=step)
    with pytest.raises(DiedError):
        await stage.run(name, deed, steps)
    await stage.run(name, deed, steps.again())
    assert (await stage.row(name)).state == {"do": "done", "undo": "undone"}[deed]
    assert await stage.effects("hubspot") == before + {"do": 1, "undo": 2}[deed]


async def test_a_call_its_process_did_not_outlive_is_made_again_only_when_nothing_is_there(stage: Stage) -> None:
    name = await stage.approved("hubspot.create_follow_up_task")
    before = await stage.effects("hubspot")
    steps = Steps(stage.ops, dies_in="intend")
    with pytest.raises(DiedError):
        await stage.run(name, steps=steps)
    async with stage.ops.db.begin() as db:
        assert await rows.try_once(db, name, "do", 0), "the process that ended had claimed the try"
    again = steps.again()
    await stage.run(name, steps=again)
    assert (await stage.row(name)).state == "done"
    assert [word for word in again.told if word in ("do", "look up")] == ["do", "look up", "look up", "do"]
    assert await stage.effects("hubspot") == before + 1


class Silent:
    """A `do` that goes out `fails` times without an answer and without an effect."""

    def __init__(self, fails: int, then: Any) -> None:
        self.fails = fails
        self.then = then
        self.called = 0

    async def __call__(self, *args: Any) -> Any:
        self.called += 1
        if self.called <= self.fails:
            raise SlowError("it did not answer within 60 s.")
        return await self.then(*args)


@pytest.mark.parametrize(("natural", "state", "calls"), [(False, "unclear", 1), (True, "done", 2)])
async def test_a_call_without_any_answer_is_repeated_only_where_that_is_harmless(
    stage: Stage, natural: bool, state: str, calls: int
) -> None:
    kind = "hubspot.create_follow_up_task"
    do = Silent(1, actions.found(stage.ops.departments, kind)[2].do)
    ops = stage.where(kind, do=do, natural=natural)
    name = await stage.approved(kind)
    before = await stage.effects("hubspot")
    await stage.run(name, steps=Steps(ops))
    assert ((await stage.row(name)).state, do.called) == (state, calls)
    assert await stage.effects("hubspot") == before + calls - 1
    assert await stage.escalations(name) == (["An action is unclear"] if state == "unclear" else [])


@pytest.mark.parametrize(("arrives", "state"), [(True, "done"), (False, "failed")])
async def test_what_stayed_unclear_is_looked_up_hours_later(stage: Stage, arrives: bool, state: str) -> None:
    kind = "hubspot.create_follow_up_task"
    declared = actions.found(stage.ops.departments, kind)[2]
    looked: list[Any] = []

    async def guard(source: Source, args: Any, key: str) -> Any:
        looked.append(key)
        if arrives and len(looked) == 4:  # one before it, two after it, and now the call that was so slow is through
            await declared.do(source, args, (await stage.row(name)).before or {}, key)
        return await declared.guard(source, args, key)

    policy = stage.ops.policy.actions.model_copy(update={"look_again_after_s": (300, 1800)})
    ops = stage.where(kind, do=Silent(1, declared.do), guard=guard)
    ops = replace(ops, policy=ops.policy.model_copy(update={"actions": policy}))
    name = await stage.approved(kind)
    before = await stage.effects("hubspot")
    await stage.run(name, steps=Steps(ops))
    row = await stage.row(name)
    assert (row.state, await stage.effects("hubspot")) == (state, before + arrives)
    assert len(looked) == (4 if arrives else 5)
    effect = await stage.rig.one("select state from effect where action_id = :id", id=name)
    assert effect == ("done" if arrives else "absent")


async def test_behind_the_last_call_without_an_answer_nobody_says_that_nothing_was_changed(stage: Stage) -> None:
    kind = "hubspot.create_follow_up_task"
    do = Silent(9, None)
    name = await stage.approved(kind)
    await stage.run(name, steps=Steps(stage.where(kind, do=do, natural=True)))
    assert ((await stage.row(name)).state, do.called) == ("unclear", 3)
    assert await stage.rig.one("select state from effect where action_id = :id", id=name) == "unclear"


async def test_a_look_up_that_fails_leaves_it_unclear(stage: Stage) -> None:
    async def nothing(*_: Any) -> None:
        if do.called:
            raise CredentialError("the key was revoked meanwhile.")

    do = Silent(1, nothing)
    ops = stage.where("hubspot.create_follow_up_task", do=do, guard=nothing, natural=True)
    name = await stage.approved("hubspot.create_follow_up_task")
    await stage.run(name, steps=Steps(ops))
    row = await stage.row(name)
    assert (row.state, do.called) == ("unclear", 1)
    assert "revoked" in row.error


async def test_what_the_vendor_accepts_and_does_not_show_is_unclear(stage: Stage) -> None:
    ops = stage.where("hubspot.create_follow_up_task", in_place=lambda *_: False)
    name = await stage.approved("hubspot.create_follow_up_task")
    await stage.run(name, steps=Steps(ops))
    row = await stage.row(name)
    assert row.state == "unclear"
    assert row.saved


@pytest.mark.parametrize("kind", KINDS)
async def test_being_asked_to_slow_down_changes_nothing_but_the_time(stage: Stage, kind: str) -> None:
    name, vendor = await stage.approved(kind), kind.partition(".")[0]
    before = await stage.effects(vendor)
    await stage.rig.fault(vendor, "status", status=429, retry_after=0, n=2)
    await stage.run(name)
    assert ((await stage.row(name)).state, await stage.effects(vendor)) == ("done", before + 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_credential_fails_without_an_effect_and_asks_a_person(stage: Stage, kind: str) -> None:
    name, vendor = await stage.approved(kind), kind.partition(".")[0]
    before = await stage.effects(vendor)
    await stage.rig.fault(vendor, "status", status=401)
    await stage.run(name)
    row = await stage.row(name)
    assert (row.state, await stage.effects(vendor)) == ("failed", before)
    assert row.error
    assert await stage.rig.one("select count(*) from failure where subject = :id", id=name) == 1


async def test_an_approved_action_is_looked_at_again_before_it_begins(stage: Stage) -> None:
    changed = await stage.approved("meta.pause_ad_set", digest="0" * 64)
    nobody = await stage.approved("meta.pause_ad_set")
    late = await stage.approved("meta.pause_ad_set")
    for statement in (
        f"update approval set state = 'rejected' where action_id = '{nobody}' returning 1",
        f"update approval set expires_at = now() where action_id = '{late}' returning 1",
    ):
        await stage.rig.rows(statement)
    before = await stage.effects("meta")
    for name, state, word in ((changed, "failed", "changed"), (nobody, "failed", "Nobody"), (late, "stale", "time")):
        await stage.run(name)
        row = await stage.row(name)
        assert row.state == state
        assert word in row.error
    assert await stage.effects("meta") == before


@pytest.mark.parametrize("late", [False, True])
async def test_what_a_rule_allowed_needs_that_rule_and_its_time_when_it_begins(stage: Stage, late: bool) -> None:
    name = await stage.approved("meta.pause_ad_set", decided="rule:autonomy")
    auto = Autonomy(start={"meta.*": "auto" if late else "approve"})
    ops = replace(stage.ops, policy=stage.ops.policy.model_copy(update={"autonomy": auto}))
    if late:
        await stage.rig.rows("update approval set expires_at = now() where action_id = :id returning 1", id=name)
    before = await stage.effects("meta")
    await stage.run(name, steps=Steps(ops))
    assert ((await stage.row(name)).state, await stage.effects("meta")) == ("stale", before)


@pytest.mark.parametrize("deed", ["do", "undo"])
async def test_what_was_ended_while_it_was_looked_at_is_not_tried(stage: Stage, deed: Any) -> None:
    name = await stage.approved("meta.pause_ad_set")
    if deed == "undo":
        await stage.run(name)
        await stage.undoing(name)
    await runner.ready(stage.ops, name, deed)
    await runner.lost(stage.ops, name, deed, "its flow was given up.")
    with pytest.raises(LogicError, match="ended meanwhile"):
        await runner.intended(stage.ops, name, deed, {})
    assert await stage.rig.rows("select 1 from effect where key = :key", key=f"{name}:{deed}") == []


async def test_without_the_write_credential_nothing_is_begun(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    del stage.rig.secrets.known["META_WRITE_TOKEN"]
    await stage.run(name)
    row = await stage.row(name)
    assert row.state == "failed"
    assert "META_WRITE_TOKEN" in row.error


async def test_what_the_policy_forbids_by_now_is_not_begun(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    strict = stage.ops.policy.actions.model_copy(update={"forbidden": ("meta.*",)})
    policy = stage.ops.policy.model_copy(update={"actions": strict})
    await stage.run(name, steps=Steps(replace(stage.ops, policy=policy)))
    assert ((await stage.row(name)).state, "forbidden" in (await stage.row(name)).error) == ("failed", True)


async def test_nobody_allows_a_change_they_did_not_see(stage: Stage) -> None:
    args = await stage.args("meta.pause_ad_set")
    name = await stage.approved("meta.pause_ad_set", args)
    other = await stage.approved("meta.pause_ad_set", args)
    await stage.run(other)
    await stage.run(name)
    row = await stage.row(name)
    assert row.state == "stale"
    assert "already" in row.error


async def test_an_undo_is_refused_when_the_world_moved_on(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    await stage.run(name)
    await stage.args("meta.pause_ad_set")  # somebody switches it on again
    await stage.undoing(name)
    await stage.run(name, "undo")
    row = await stage.row(name)
    assert row.state == "done"
    assert "running" in row.error


async def test_what_is_over_is_left_alone(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    async with stage.ops.db.begin() as db:
        await rows.move(db, name, "refused", Note("action.refused", name, "user:U1"), was=("approved",))
    assert await stage.run(name) is None
    assert await stage.run(name, "undo") is None


async def test_what_no_flow_will_end_is_asked_about(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    await runner.ready(stage.ops, name, "do")
    async with stage.ops.db.begin() as db:
        assert name not in [one.id for one in await rows.abandoned(db, "marketing", still=timedelta(minutes=2))]
        assert name in [one.id for one in await rows.abandoned(db, "marketing", still=timedelta(0))]
    await runner.lost(stage.ops, name, "do", "its flow was given up.")
    assert (await stage.row(name)).state == "unclear"
    assert await stage.escalations(name) == ["An action is unclear"]


async def test_what_its_flow_never_began_is_ended_as_not_done(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    flow = "insert into dbos.workflow_status (workflow_uuid, name, status) values (:id, 'act', :status) returning 1"
    await stage.rig.rows(flow, id=f"act:{name}", status="MAX_RECOVERY_ATTEMPTS_EXCEEDED")
    async with stage.ops.db.begin() as db:
        assert name in [one.id for one in await rows.abandoned(db, "marketing", still=timedelta(0))]
    await runner.lost(stage.ops, name, "do", "its flow was given up.", begun=False)
    assert (await stage.row(name)).state == "failed"
    assert await stage.rig.one("select count(*) from failure where subject = :id", id=name) == 1


async def test_an_action_that_cannot_be_begun_keeps_no_other_waiting(stage: Stage) -> None:
    names = [await stage.approved("meta.pause_ad_set") for _ in range(2)]
    begun, all_seen = [], asyncio.Event()

    async def begin(one: Due) -> None:
        begun.append(one.id)
        if one.id == names[0]:
            raise LogicError("its flow was begun before with other arguments.")
        if one.id == names[1]:
            all_seen.set()

    async with asyncio.timeout(10):
        attending = asyncio.create_task(bell.attend(stage.ops, "marketing", begin, sweep=0.01))
        seen = asyncio.create_task(all_seen.wait())
        await asyncio.wait({attending, seen}, return_when=asyncio.FIRST_COMPLETED)
    attending.cancel()
    seen.cancel()
    assert set(names) <= set(begun)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_house_restored_from_yesterday_does_nothing_again(stage: Stage, kind: str) -> None:
    name, vendor = await stage.approved(kind), kind.partition(".")[0]
    before = await stage.effects(vendor)
    await stage.run(name)
    forgotten = "update action set state = 'approved', saved = null, after = null where id = :id returning 1"
    await stage.rig.rows(forgotten, id=name)
    await stage.rig.rows("delete from effect where action_id = :id returning 1", id=name)
    await stage.run(name)
    assert (await stage.row(name)).state in ("done", "stale")
    assert await stage.effects(vendor) == before + 1


async def test_an_action_that_a_new_version_does_not_know_any_more_is_asked_about(stage: Stage) -> None:
    name = await stage.approved("meta.pause_ad_set")
    steps = Steps(stage.ops, dies_in="intend")
    with pytest.raises(DiedError):
        await stage.run(name, steps=steps)
    again = steps.again()
    again.ops = replace(stage.ops, departments=())
    await stage.run(name, steps=again)
    row = await stage.row(name)
    assert (row.state, "Nobody here knows" in row.error) == ("unclear", True)
    assert await stage.escalations(name) == ["An action is unclear"]
