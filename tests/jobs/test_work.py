"""Work that was handed in is done once, stops where a person wants it to, and goes on behind its last step."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel import ids
from domain.kernel.errors import InputError, TransientError
from domain.kernel.policy_work import Work
from domain.kernel.ports import Ops
from domain.tasks import desk, working
from domain.tasks.acceptance import Report
from domain.tasks.lifecycle import By
from domain.tasks.working import Task, Waits
from domain.watch import executors
from jobs import flows, paths, timetable
from jobs.flows import Queue
from models import task_work, trail
from models.task_work import TaskRow
from tests.domain.tasks import work
from tests.jobs.parts import an_ops, fresh_database

ME = By("user:U1")
QUEUES = tuple(Queue(queue.name, queue.at_once, 0.05) for queue in flows.QUEUES)
_gates: dict[str, asyncio.Event] = {}
_made: list[str] = []


async def _answer(ops: Ops, task: Task) -> Report | Waits:
    """A path whose words say what becomes of it."""
    _made.append(task.id)
    if gate := _gates.get(task.id):
        await gate.wait()
    if "fail" in task.objective:
        raise RuntimeError("password=hunter2")
    if "throttled" in task.objective and _made.count(task.id) < 3:
        raise TransientError(f"The shop is closed until {_made.count(task.id)}.", source="shop")
    if "wrong" in task.objective:
        raise InputError("The shop has no such order.")
    if "wait" in task.objective and _made.count(task.id) == 1:
        return Waits("an action is asked for")
    return Report("" if "empty" in task.objective else "It was £5.")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    at_once = {kind: {"delays": [0, 0], "attempts": 3} for kind in ("transient", "logic")}
    ops = an_ops(fresh_database(stores.database_url, "work_test"), boot_id="work-1", failures=at_once)
    await executors.beat(ops, "worker-orchestrator", {})
    settings = {"notification_listener_polling_interval_sec": 0.05}
    await flows.launch(ops, queues=QUEUES, workflows=timetable.workflows(), config=settings)
    yield ops
    await flows.land(timedelta())
    await ops.db.close()


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PATHS", {"answer": _answer})


async def _until(ops: Ops, task_id: str, *states: str) -> TaskRow:
    async with asyncio.timeout(15):
        while True:
            async with ops.db.begin() as db:
                row = await task_work.read(db, task_id)
            if row is not None and row.state in states:
                return row
            await asyncio.sleep(0.03)


async def _passed(ops: Ops, task_id: str) -> list[str]:
    async with ops.db.begin() as db:
        return [one.body["row"]["state"] for one in await trail.of(db, task_id) if "row" in one.body]


async def test_a_question_is_answered_held_against_its_brief_and_told_once(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "w:1"))
    done = await _until(ops, row.id, "done")
    assert await _passed(ops, row.id) == ["queued", "running", "checking", "done"]
    assert done.read_at is not None
    async with ops.db.begin() as db:
        report = await task_work.report(db, done.report_id or "")
        said = (await db.execute(text("select key, channel, card from outbox where key like 'task:%'"))).all()
    assert report is not None
    assert (report.summary, [one["ok"] for one in report.checks]) == ("It was £5.", [True])
    (post,) = [one for one in said if one.key == f"task:{row.id}"]
    assert post.channel == "U1"
    assert "It was £5." in post.card


async def test_an_output_that_is_not_what_was_asked_is_not_called_done(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("why is it empty?", "w:empty"))
    failed = await _until(ops, row.id, "failed", "done")
    assert (failed.state, failed.why) == ("failed", "Nothing came out.")


async def test_a_defect_of_ours_fails_the_task_and_tells_no_secret(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("why does it fail?", "w:fail"))
    failed = await _until(ops, row.id, "failed")
    assert (failed.why, failed.attempts) == ("unforeseen: RuntimeError", 1)
    (cause,) = await _causes(ops, row.id)
    assert cause == f"task.failed:{row.id}"


async def test_what_passes_by_itself_is_tried_again_before_anybody_is_asked(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was it while we were throttled?", "w:throttled"))
    done = await _until(ops, row.id, "done", "failed")
    assert (done.state, done.attempts, _made.count(row.id)) == ("done", 2, 3)
    assert await _causes(ops, row.id) == []


async def test_what_was_handed_in_wrongly_goes_back_to_who_asked_and_to_nobody_else(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("why is this order wrong?", "w:wrong"))
    failed = await _until(ops, row.id, "failed")
    assert (failed.why, _made.count(row.id)) == ("The shop has no such order", 1)
    assert await _causes(ops, row.id) == []


async def test_what_a_person_resumes_is_nobodys_trouble_any_more(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("why is it empty again?", "w:over"))
    await _until(ops, row.id, "failed")
    await desk.cancel(ops, row.id, ME)
    query = text("select well_at from escalation where cause = :cause")
    async with ops.db.begin() as db:
        assert (await db.execute(query, {"cause": f"task.failed:{row.id}"})).scalar() is not None


async def test_what_is_declared_to_follow_begins_with_the_end_and_not_for_ever(ops: Ops) -> None:
    follows = Work(following=({"after": "question", "words": "what is the trend behind {nothing}?"},), most_following=2)
    ops = dataclasses.replace(ops, policy=ops.policy.model_copy(update={"work": follows}))
    flows.bind(ops)
    row, _ = await desk.hand_in(ops, work.hand("how was it before the others?", "w:follow"))
    assert row.next == [{"words": "what is the trend behind {nothing}?"}]
    family = [row]
    for number in range(2):
        child_id = ids.of("T", f"next:{family[-1].id}:0")
        family.append(await _until(ops, child_id, "done"))
        assert (family[-1].parent_id, family[-1].requester) == (family[number].id, "U1")
    assert family[-1].next == []


async def _causes(ops: Ops, task_id: str) -> list[str]:
    async with ops.db.begin() as db:
        found = await db.execute(text("select cause from failure where subject = :id"), {"id": task_id})
    return [one[0] for one in found]


async def test_a_pause_stops_at_the_next_step_and_a_resume_goes_on_behind_it(ops: Ops) -> None:
    hand = work.hand("how was it behind the gate?", "w:gate")
    task_id = await _gated(ops, hand)
    await desk.pause(ops, task_id, ME)
    _gates[task_id].set()
    await _flow_ended(ops, f"task:{task_id}:1")
    assert (await _until(ops, task_id, "paused")).report_id is not None
    await desk.resume(ops, task_id, ME)
    assert (await _until(ops, task_id, "done")).run == 2
    assert _made.count(task_id) == 1


async def test_what_was_not_as_asked_is_made_anew_when_a_person_resumes_it(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("why is it empty, and again?", "w:anew"))
    await _until(ops, row.id, "failed")
    await desk.resume(ops, row.id, ME)
    async with asyncio.timeout(15):
        while _made.count(row.id) < 2:  # noqa: ASYNC110 - the flow runs elsewhere
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("deed", [desk.cancel, desk.take], ids=["cancel", "take over"])
async def test_what_a_person_stops_while_it_runs_stays_stopped(ops: Ops, deed: Any) -> None:
    task_id = await _gated(ops, work.hand("how was it before somebody came?", f"w:{deed.__name__}"))
    stopped = await deed(ops, task_id, ME)
    _gates[task_id].set()
    await _flow_ended(ops, f"task:{task_id}:1")
    assert (await _until(ops, task_id, stopped.state)).report_id is None


async def test_what_waits_goes_on_when_that_has_ended(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("why do we wait?", "w:waits"))
    await _until(ops, row.id, "waiting")
    async with ops.db.begin() as db:
        assert await working.went_on(ops, db, row.id, "the action is done", "A-1")
        assert not await working.went_on(ops, db, row.id, "the action is done", "A-1")
    await _until(ops, row.id, "done")
    assert await _passed(ops, row.id) == ["queued", "running", "waiting", "queued", "running", "checking", "done"]


async def test_a_question_that_is_not_understood_is_no_outcome(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    row, _ = await desk.hand_in(ops, work.hand("why is the sky blue?", "w:sky"))
    failed = await _until(ops, row.id, "failed", "done")
    assert failed.state == "failed"
    assert failed.why.startswith("I could not read")
    assert await _causes(ops, row.id) == []


async def _gated(ops: Ops, hand: desk.Hand) -> str:
    """A task whose path stands before a gate."""
    task_id = ids.of("T", hand.origin)
    _gates[task_id] = asyncio.Event()
    await desk.hand_in(ops, hand)
    async with asyncio.timeout(15):
        while task_id not in _made:  # noqa: ASYNC110 - the flow runs in threads of the engine
            await asyncio.sleep(0.02)
    return task_id


async def _flow_ended(ops: Ops, flow_id: str) -> None:
    async with asyncio.timeout(15):
        while flow_id in flows.running():  # noqa: ASYNC110 - the engine tells nobody
            await asyncio.sleep(0.02)
