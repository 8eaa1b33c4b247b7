"""Work that changes something at a vendor is put forward once, waited for, and reported as it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from domain.kernel import connector as connectors
from domain.kernel.errors import InputError
from domain.kernel.policy_trust import Approvals
from domain.kernel.ports import Ops
from domain.kernel.vendor import Call
from domain.tasks import desk, proposing, working
from domain.tasks.acceptance import Report
from domain.tasks.brief import Brief
from domain.tasks.lifecycle import By
from domain.trust import approvals
from domain.trust.approvals import Click
from jobs import approvals as approvals_job
from jobs import paths
from jobs import work as jobs_work
from models import task_work
from models.task_work import TaskRow
from tests.collecting import Rig, a_rig, connector
from tests.domain.tasks import work

ME = By("user:U1")


@dataclass
class House:
    rig: Rig
    ops: Ops
    deal: str

    async def handed(self, origin: str) -> TaskRow:
        """A task that has put its action forward."""
        words = "\n".join((f"follow up on deal {self.deal}", f"task: call the buyer {origin}", "due: 2026-12-01"))
        row, _ = await desk.hand_in(self.ops, work.hand(words, origin))
        assert row.state == "queued", row
        return await self.work(row)

    async def work(self, row: TaskRow) -> TaskRow:
        assert await working.begun(self.ops, row.id, row.run, [])
        await jobs_work.worked(self.ops, row.id, row.run, [])
        return await self.now(row.id)

    async def now(self, task_id: str) -> TaskRow:
        async with self.ops.db.begin() as db:
            found = await task_work.read(db, task_id)
        assert found is not None
        return found

    async def actions(self, task: TaskRow) -> list[Any]:
        said = "select a.*, p.id as approval, p.state as approval_state from action a join approval p"
        return await self.rig.rows(
            f"{said} on p.action_id = a.id where a.task_id = :id order by a.created_at", id=task.id
        )


@pytest_asyncio.fixture
async def house(database_url: str, vendor_server: str) -> AsyncIterator[House]:
    async with a_rig(database_url, vendor_server) as rig:
        door = connectors.source(rig.ops, connector("hubspot"))
        page = await door.ask(Call(f"/crm/objects/{door.version}/deals", query=(("limit", "1"),)))
        rules = rig.ops.policy.model_copy(update={"approvals": Approvals(approvers=("approver",))})
        ops = replace(rig.ops, people=work.Team(), policy=rules, flows=work.Begun())
        yield House(rig, ops, str(page.data["results"][0]["id"]))


async def test_an_action_is_put_forward_once_and_the_work_waits(house: House) -> None:
    task = await house.handed("w:1")
    assert task.state == "waiting"
    (action,) = await house.actions(task)
    assert (action.kind, action.requester, action.state) == ("hubspot.create_follow_up_task", "user:U1", "proposed")
    assert isinstance(await proposing.propose(house.ops, task), working.Waits)
    assert len(await house.actions(task)) == 1
    assert await proposing.unblocked(house.ops) == 0


async def test_an_action_that_was_done_is_reported_as_in_place(house: House) -> None:
    task = await house.handed("w:2")
    await house.rig.rows("update action set state = 'done' where task_id = :id returning 1", id=task.id)
    assert await proposing.unblocked(house.ops) == 1
    assert (await house.work(await house.now(task.id))).state == "done"
    ((told,),) = await house.rig.rows("select summary from report where task_id = :id", id=task.id)
    assert "“call the buyer w:2” by 1 Dec 2026" in told, "what stands there now, not only what was asked"


async def test_an_action_that_ends_before_the_work_is_seen_to_wait_strands_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(ops: Ops, task: TaskRow) -> Report | working.Waits:
        found = await proposing.propose(ops, task)
        await house.rig.rows("update action set state = 'done' where task_id = :id returning 1", id=task.id)
        return found

    monkeypatch.setattr(paths, "PATHS", {"propose": at_once})
    task = await house.handed("w:at once")
    assert (task.state, task.run) == ("queued", 2)


async def test_an_action_that_was_refused_fails_the_work_and_says_why(house: House) -> None:
    task = await house.handed("w:3")
    (action,) = await house.actions(task)
    await approvals.reject(house.ops, Click(action.approval, action.digest[:8], "U9", "not this week", "ask:1"))
    assert await proposing.unblocked(house.ops) == 1
    row = await house.now(task.id)
    assert (row.state, row.run) == ("queued", 2)
    with pytest.raises(InputError, match=f"The action {action.id} was not allowed"):
        await house.work(row)


async def test_work_whose_question_nobody_answered_in_time_goes_on_with_its_end(house: House) -> None:
    task = await house.handed("w:expired")
    late = (
        "update approval set expires_at = clock_timestamp() where action_id in (select id from action where task_id = "
    )
    await house.rig.rows(f"{late} :id) returning 1", id=task.id)
    assert (await approvals_job.kept(house.ops))["unblocked"] == 1
    assert (await house.now(task.id)).state == "queued"


@pytest.mark.parametrize("way", ["rejected", "taken over"])
async def test_a_person_who_has_it_begin_again_asks_once_more(house: House, way: str) -> None:
    task = await house.handed(f"w:again {way}")
    (action,) = await house.actions(task)
    if way == "rejected":
        await approvals.reject(house.ops, Click(action.approval, action.digest[:8], "U9", "not this week", "ask:1"))
        await proposing.unblocked(house.ops)
        with pytest.raises(InputError, match="was not allowed"):
            await house.work(await house.now(task.id))
        await working.failed(house.ops, task.id, 2, "input", "The action was not allowed")
    else:
        await desk.take(house.ops, task.id, ME)
    row = await house.work(await desk.resume(house.ops, task.id, ME))
    assert row.state == "waiting"
    first, second = await house.actions(task)
    assert (first.state, second.state, second.digest) == ("refused", "proposed", first.digest)
    await house.rig.rows("update action set state = 'done' where id = :id returning 1", id=second.id)
    assert await proposing.unblocked(house.ops) == 1
    assert (await house.work(await house.now(task.id))).state == "done"


@pytest.mark.parametrize("deed", [desk.cancel, desk.take], ids=["cancelled", "taken over"])
async def test_what_nobody_wants_any_more_is_not_asked_any_more(house: House, deed: Any) -> None:
    task = await house.handed(f"w:{deed.__name__}")
    await deed(house.ops, task.id, ME)
    (action,) = await house.actions(task)
    assert (action.state, action.approval_state) == ("refused", "withdrawn")
    assert await proposing.unblocked(house.ops) == 0


@pytest.mark.parametrize("deed", [desk.cancel, desk.pause], ids=["cancelled", "paused"])
async def test_work_that_is_stopped_while_the_vendor_is_looked_at_puts_nothing_forward(house: House, deed: Any) -> None:
    sales = next(one for one in house.ops.departments if one.key == "sales")
    at = connector("hubspot")
    declared = at.actions[0]

    async def before(source: Any, args: Any) -> Any:
        (task,) = await house.rig.rows("select id from task where state = 'running' and origin = :id", id=deed.__name__)
        await deed(house.ops, task.id, ME)
        return await declared.before(source, args)

    slow = replace(at, actions=(replace(declared, before=before),))
    house.ops = replace(house.ops, departments=(replace(sales, connectors=(slow,)),))
    task = await house.handed(deed.__name__)
    assert task.state in ("cancelled", "paused")
    assert await house.actions(task) == []


async def test_an_edit_puts_forward_the_other_arguments_alone(house: House) -> None:
    task = await house.handed("w:edit")
    brief = replace_input(task, "subject", "call the other buyer")
    row = await desk.edited(house.ops, task.id, brief, ME)
    await house.work(row)
    first, second = await house.actions(task)
    assert (first.approval_state, second.approval_state) == ("withdrawn", "pending")
    assert (await house.now(task.id)).state == "waiting"
    assert await proposing.unblocked(house.ops) == 0


def replace_input(task: TaskRow, name: str, text: str) -> Brief:
    return Brief.model_validate({**task.brief, "inputs": {**task.brief["inputs"], name: text}})
