"""The steps of a plan are done in order once all are approved, and taken back in reverse when one cannot be."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from domain.kernel.trail import Note
from domain.watch import replay
from models import action as rows
from tests.domain.actions.conftest import DiedError, Stage, Steps

_PLANS = count(1)
DEPARTMENTS = ("logistics", "marketing", "sales")


async def a_plan(stage: Stage, *kinds: str, **last: Any) -> list[str]:
    plan = f"plan-{next(_PLANS)}-{id(stage)}"
    values: list[dict[str, Any]] = [{"plan_id": plan, "step": step} for step in range(1, len(kinds) + 1)]
    values[-1] |= last
    return [await stage.approved(kind, **own) for kind, own in zip(kinds, values, strict=True)]


async def due(stage: Stage) -> set[str]:
    async with stage.ops.db.begin() as db:
        return {one.id for department in DEPARTMENTS for one in await rows.due(db, department)}


async def states(stage: Stage, names: list[str]) -> list[str]:
    return [(await stage.row(name)).state for name in names]


async def worked_off(stage: Stage, names: list[str], steps: Steps | None = None) -> list[str]:
    """Do what is due until nothing of the plan is; in which order."""
    order: list[str] = []
    while now := [name for name in names if name in await due(stage)]:
        for name in now:
            order.append(name)
            deed = "undo" if (await stage.row(name)).state == "undoing" else "do"
            await stage.run(name, deed, steps)  # type: ignore[arg-type]  # one of two literals
    return order


async def test_the_steps_follow_one_another(stage: Stage) -> None:
    names = await a_plan(stage, "meta.pause_ad_set", "shipbob.create_receiving_order", "hubspot.create_follow_up_task")
    assert await worked_off(stage, names) == names
    assert await states(stage, names) == ["done"] * 3


async def test_nothing_begins_while_a_step_waits_for_its_approval(stage: Stage) -> None:
    names = await a_plan(stage, "meta.pause_ad_set", "hubspot.create_follow_up_task", state="proposed")
    assert not await due(stage) & set(names)
    async with stage.ops.db.begin() as db:
        await rows.move(db, names[1], "refused", Note("action.refused", names[1], "user:U1"), was=("proposed",))
    await worked_off(stage, names)
    assert await states(stage, names) == ["stale", "refused"]
    assert "Step 2 of its plan" in (await stage.row(names[0])).error


@pytest.mark.parametrize("state", ["unclear", "undone"])
async def test_a_step_behind_one_that_will_never_be_done_ends_with_its_approval(stage: Stage, state: str) -> None:
    first, last = await a_plan(stage, "meta.pause_ad_set", "hubspot.create_follow_up_task")
    await stage.rig.rows("update action set state = :state where id = :id returning 1", id=first, state=state)
    assert last not in await due(stage)
    await stage.rig.rows("update approval set expires_at = now() where action_id = :id returning 1", id=last)
    assert await worked_off(stage, [last]) == [last]
    assert (await stage.row(last)).state == "stale"


@pytest.mark.parametrize("dies", ["", "record", "do"])
async def test_a_step_that_fails_takes_back_those_before_the_last_first(stage: Stage, dies: str) -> None:
    kinds = ("meta.pause_ad_set", "shipbob.create_receiving_order", "hubspot.create_follow_up_task")
    names = await a_plan(stage, *kinds, digest="0" * 64)
    before = [await stage.effects(kind.partition(".")[0]) for kind in kinds]
    for name in names[:2]:
        await stage.run(name)
    if dies:
        await stage.run(names[2])
        steps = Steps(stage.ops, dies_in=dies)
        with pytest.raises(DiedError):
            await stage.run(names[1], "undo", steps)
        await stage.run(names[1], "undo", steps.again())
        await worked_off(stage, names)
    else:
        assert await worked_off(stage, names) == [names[2], names[1], names[0]]
    assert await states(stage, names) == ["undone", "undone", "failed"]
    after = [await stage.effects(kind.partition(".")[0]) for kind in kinds]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 2, 0]
    (said,) = await stage.rig.rows("select title, needed from escalation where action_id = :id", id=names[2])
    assert tuple(said) == ("A plan could not be done", "Nothing of it is left in place.")


async def test_what_cannot_be_taken_back_is_told_with_how_everything_stands(stage: Stage) -> None:
    kinds = ("meta.pause_ad_set", "shipbob.create_receiving_order", "hubspot.create_follow_up_task")
    names = await a_plan(stage, *kinds, digest="0" * 64)
    for name in names[:2]:
        await stage.run(name)
    steps = Steps(stage.where("shipbob.create_receiving_order", undo=None))
    await stage.run(names[2], steps=steps)
    await worked_off(stage, names)
    assert await states(stage, names) == ["undone", "done", "failed"]
    titles = await stage.rig.rows(
        "select title, needed from escalation where cause like 'plan:%' order by first_at desc"
    )
    assert titles[0][0] == "A plan could not be done"
    assert names[1] in titles[0][1]


async def test_a_step_that_a_new_version_does_not_know_any_more_is_told_and_left(stage: Stage) -> None:
    names = await a_plan(stage, "meta.pause_ad_set", "hubspot.create_follow_up_task", digest="0" * 64)
    await stage.run(names[0])
    kept = tuple(one for one in stage.ops.departments if one.key != "marketing")
    await stage.run(names[1], steps=Steps(replace(stage.ops, departments=kept)))
    assert await states(stage, names) == ["done", "failed"]
    assert await stage.escalations(names[1]) == ["A plan could not be done"]


async def test_the_trail_replays_to_what_the_tables_say(stage: Stage) -> None:
    names = await a_plan(stage, "meta.pause_ad_set", "hubspot.create_follow_up_task", digest="0" * 64)
    await worked_off(stage, names)
    assert await states(stage, names) == ["undone", "failed"]
    found = await replay.replayed(stage.ops)
    assert [one for one in found.differences if one.subject in names] == []
