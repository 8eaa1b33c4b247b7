"""A flow once begun is finished, once, and an id means one thing."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.errors import LogicError, TransientError
from domain.kernel.plan import Plan, Timing
from domain.kernel.ports import Ops
from domain.watch import executors, slots
from domain.watch.timing import Due
from jobs import executors as workers
from jobs import flows
from jobs.flows import Queue, changed, step, workflow
from models import slot
from models.slot import Key
from tests.jobs.parts import an_ops, fresh_database

PACE = workers.Pace()
QUICK = Queue("logistics", 50, 0.05)
_done: list[str] = []
_gates: dict[str, asyncio.Event] = {}
_reached: dict[str, asyncio.Event] = {}


async def _note(ops: Ops, word: str) -> str:
    _done.append(word)
    return word


async def _fail(ops: Ops, detail: str) -> None:
    raise TransientError(detail, source="shop")


async def _await_gate(ops: Ops, name: str) -> str:
    _reached.setdefault(name, asyncio.Event()).set()
    await _gates[name].wait()
    return "open"


@workflow("test.two_steps")
async def two_steps(args: dict[str, Any]) -> str:
    first = await step("one", _note, args["word"] + " one")
    return first + ", " + await step("two", _note, args["word"] + " two")


@workflow("test.failing")
async def failing(args: dict[str, Any]) -> str:
    try:
        await step("fail", _fail, "the shop is closed")
    except TransientError as error:
        return f"{error.kind} {error.source}: {error.detail}"
    return "no failure"


@workflow("test.gated")
async def gated(args: dict[str, Any]) -> str:
    await step("note", _note, args["gate"])
    return await step("gate", _await_gate, args["gate"])


@workflow("test.changed")
async def altered(args: dict[str, Any]) -> list[str]:
    done = [await step("new", _note, "new")] if await changed("a new first step") else []
    return [*done, await step("old", _note, "old")]


ALL = (two_steps, failing, gated, altered)


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "flows_test")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(url: str) -> AsyncIterator[Ops]:
    ops = an_ops(url, boot_id="worker-1")
    await executors.beat(ops, "worker-logistics", {})
    await flows.launch(ops, queues=[QUICK], workflows=ALL, config={"notification_listener_polling_interval_sec": 0.05})
    yield ops
    await flows.land(timedelta())
    await ops.db.close()


async def _result(flow_id: str) -> Any:
    handle: Any = await DBOS.retrieve_workflow_async(flow_id)
    return await handle.get_result(polling_interval_sec=0.02)


async def test_a_flow_begun_runs_every_step_in_order(ops: Ops) -> None:
    assert await ops.flows.start("test.two_steps", "a:1", {"word": "a"}, queue="logistics")
    assert await _result("a:1") == "a one, a two"
    assert [word for word in _done if word.startswith("a ")] == ["a one", "a two"]


async def test_the_same_id_twice_is_one_flow(ops: Ops) -> None:
    assert await ops.flows.start("test.two_steps", "b:1", {"word": "b"}, queue="logistics")
    assert not await ops.flows.start("test.two_steps", "b:1", {"word": "b"}, queue="logistics")
    await _result("b:1")
    assert not await ops.flows.start("test.two_steps", "b:1", {"word": "b"}, queue="logistics")
    assert _done.count("b one") == 1


async def test_the_same_id_with_other_arguments_is_refused(ops: Ops) -> None:
    assert await ops.flows.start("test.two_steps", "c:1", {"word": "c"}, queue="logistics")
    with pytest.raises(LogicError, match="other arguments"):
        await ops.flows.start("test.two_steps", "c:1", {"word": "d"}, queue="logistics")
    assert await _result("c:1") == "c one, c two"


async def test_twenty_begin_the_same_flow_at_once_and_one_runs(ops: Ops) -> None:
    begun = await asyncio.gather(
        *(ops.flows.start("test.two_steps", "e:1", {"word": "e"}, queue="logistics") for _ in range(20))
    )
    await _result("e:1")
    assert sorted(begun) == [False] * 19 + [True]
    assert _done.count("e one") == 1


async def test_a_flow_begins_with_the_callers_rows_or_not_at_all(ops: Ops) -> None:
    async with ops.db.engine.connect() as db:
        await ops.flows.start("test.two_steps", "f:1", {"word": "f"}, queue="logistics", db=db)
        await db.rollback()
    async with ops.db.begin() as db:
        assert (
            await db.execute(text("select count(*) from dbos.workflow_status where workflow_uuid = 'f:1'"))
        ).scalar() == 0
        assert await ops.flows.start("test.two_steps", "f:1", {"word": "f"}, queue="logistics", db=db)
    assert await _result("f:1") == "f one, f two"


async def test_the_kind_of_a_failure_travels_as_data(ops: Ops) -> None:
    await ops.flows.start("test.failing", "g:1", {}, queue="logistics")
    assert await _result("g:1") == "transient shop: the shop is closed"


async def test_arguments_are_kept_as_readable_json(ops: Ops) -> None:
    await ops.flows.start("test.two_steps", "h:1", {"word": "naïve"}, queue="logistics")
    async with ops.db.begin() as db:
        kept = (await db.execute(text("select inputs from dbos.workflow_input where workflow_uuid = 'h:1'"))).scalar()
    assert "word" in str(kept)
    await _result("h:1")


async def test_a_flow_of_a_dead_process_is_taken_over_and_finished_steps_stay(ops: Ops) -> None:
    _gates["dead"] = asyncio.Event()
    _gates["dead"].set()
    other = dataclasses.replace(ops, boot_id="worker-dead")
    await executors.beat(other, "worker-marketing", {})
    await ops.flows.start("test.gated", "i:1", {"gate": "dead"}, queue="marketing")  # nobody listens to marketing
    async with ops.db.begin() as db:
        await db.execute(
            text(
                "update dbos.workflow_status set status='PENDING', executor_id='worker-dead' where workflow_uuid='i:1'"
            )
        )
        await db.execute(text("update dbos.workflow_status set queue_name='logistics' where workflow_uuid='i:1'"))
    assert (await workers.attend_once(ops, PACE, PACE.silent)).resumed == ()
    await executors.die(other)
    assert (await workers.attend_once(ops, PACE, PACE.silent)).resumed == ("i:1",)
    assert await _result("i:1") == "open"


async def test_a_flow_that_ends_its_process_too_often_is_given_up(ops: Ops) -> None:
    await ops.flows.start("test.two_steps", "poison:1", {"word": "poison"}, queue="marketing")
    async with ops.db.begin() as db:
        await db.execute(
            text("update dbos.workflow_status set status='PENDING', executor_id='gone' where workflow_uuid='poison:1'")
        )
        await db.execute(text("update flow set takeovers = 5 where id = 'poison:1'"))
    assert (await workers.attend_once(ops, PACE, PACE.silent)).given_up == ("poison:1",)
    assert (await workers.attend_once(ops, PACE, PACE.silent)).given_up == ()
    async with ops.db.begin() as db:
        row = (await db.execute(text("select given_up_at is not null from flow where id = 'poison:1'"))).scalar()
    assert row is True


async def test_a_flow_of_a_dead_process_ends_when_a_later_slot_does_its_work(ops: Ops) -> None:
    plan, now = Plan("tidy", Timing(every=timedelta(hours=1)), "test.two_steps", "marketing"), ops.clock.now()
    early, late = (Due(now + timedelta(hours=hours), ops.today(), f"turn {hours}") for hours in (1, 2))
    left = f"tidy:{ops.today()}:turn 1"
    async with ops.db.begin() as db:
        assert await slots.claim(ops, db, plan, early) == "begun"
        await db.execute(
            text("update dbos.workflow_status set status='PENDING', executor_id='gone' where workflow_uuid = :id"),
            {"id": left},
        )
        assert not await slots.overtaken(db, left)
    await slots.end_of_flow(ops, left, "did not end within its time limit")
    async with ops.db.begin() as db:
        assert not await slots.overtaken(db, left)
        assert await slots.claim(ops, db, plan, late) == "begun"
    assert await workers.attend_once(ops, PACE, PACE.silent) == executors.Reaped(overtaken=(left,))
    async with ops.db.begin() as db:
        asked = text("select status from dbos.workflow_status where workflow_uuid = :id")
        assert (await db.execute(asked, {"id": left})).scalar() == "CANCELLED"


async def test_a_later_slot_that_nobody_began_in_time_does_no_work_for_an_earlier_one(ops: Ops) -> None:
    keys = [Key("sweep", ops.today(), f"turn {number}") for number in (1, 2)]
    async with ops.db.begin() as db:
        for number, key in enumerate(keys):
            planned_at = ops.clock.now() + timedelta(hours=number)
            assert await slot.claim(db, key, planned_at, queue="marketing", limit=timedelta(hours=1))
        await slot.end(db, keys[0], "ran")
        assert await slot.overtaken(db, keys[0]), "the later one waits for a process"
        await slot.end(db, keys[1], "escalated", "not begun in time")
        assert not await slot.overtaken(db, keys[0])


async def test_work_that_is_given_up_is_told_of(ops: Ops) -> None:
    await ops.flows.start("test.two_steps", "mop:1", {"word": "mop"}, queue="marketing")
    async with ops.db.begin() as db:
        await db.execute(
            text("update dbos.workflow_status set status='PENDING', executor_id='gone' where workflow_uuid = 'mop:1'")
        )
        await db.execute(text("update flow set takeovers = 99 where id = 'mop:1'"))
    assert (await workers.attend_once(ops, PACE, PACE.silent)).given_up == ("mop:1",)
    async with ops.db.begin() as db:
        told = (await db.execute(text("select title from escalation where cause = 'job:mop'"))).scalar()
    assert told == "Work of mop is given up"


async def test_a_flow_nobody_runs_although_its_process_lives_is_begun_again(ops: Ops) -> None:
    await ops.flows.start("test.two_steps", "j:1", {"word": "j"}, queue="marketing")
    async with ops.db.begin() as db:
        await db.execute(
            text(
                "update dbos.workflow_status set status='PENDING', executor_id='worker-1', queue_name='logistics',"
                " started_at_epoch_ms = 1000 where workflow_uuid='j:1'"
            )
        )
    await workers.attend_once(ops, PACE, PACE.silent)
    assert await _result("j:1") == "j one, j two"


async def test_a_flow_that_runs_here_is_left_alone(ops: Ops) -> None:
    _gates["long"], _reached["long"] = asyncio.Event(), asyncio.Event()
    await ops.flows.start("test.gated", "k:1", {"gate": "long"}, queue="logistics")
    await _reached["long"].wait()
    assert "k:1" in flows.running()
    async with ops.db.begin() as db:
        await db.execute(text("update dbos.workflow_status set started_at_epoch_ms = 1000 where workflow_uuid='k:1'"))
    assert (await workers.attend_once(ops, workers.Pace(fresh=timedelta()), PACE.silent)).resumed == ()
    _gates["long"].set()
    assert await _result("k:1") == "open"
    assert _done.count("long") == 1


async def test_an_open_flow_keeps_its_steps_when_the_program_changes(ops: Ops) -> None:
    await ops.flows.start("test.changed", "p:new", {}, queue="logistics")
    assert await _result("p:new") == ["new", "old"]
    await ops.flows.start("test.changed", "p:old", {}, queue="marketing")
    async with ops.db.begin() as db:  # as a version of the program before the change had left it
        await db.execute(
            text(
                "insert into dbos.operation_outputs (workflow_uuid, function_id, function_name, output, serialization)"
                " select 'p:old', 1, 'old', output, serialization from dbos.operation_outputs"
                " where workflow_uuid = 'p:new' and function_name = 'old'"
            )
        )
        await db.execute(text("update dbos.workflow_status set queue_name='logistics' where workflow_uuid='p:old'"))
    assert await _result("p:old") == ["old"]


async def test_flows_of_another_version_are_named(ops: Ops) -> None:
    await ops.flows.start("test.two_steps", "l:1", {"word": "l"}, queue="marketing")
    async with ops.db.begin() as db:
        await db.execute(text("update dbos.workflow_status set application_version='0' where workflow_uuid='l:1'"))
    assert await executors.foreign(ops, flows.VERSION) == {"0": 1}


async def test_a_flow_that_stands_still_is_found_unless_it_declared_the_wait(ops: Ops) -> None:
    await ops.flows.start("test.two_steps", "m:1", {"word": "m"}, queue="marketing")
    await ops.flows.start("test.two_steps", "m:2", {"word": "m"}, queue="waiting")
    await executors.beat(dataclasses.replace(ops, boot_id="worker-slow"), "worker-slow", {})
    async with ops.db.begin() as db:
        await db.execute(
            text(
                "update dbos.workflow_status set status='PENDING', executor_id='worker-slow', started_at_epoch_ms=1000"
                " where workflow_uuid in ('m:1', 'm:2')"
            )
        )
    found = await executors.standing_still(ops)
    assert [one.id for one in found] == ["m:1"]


async def test_a_long_step_within_its_slots_limit_does_not_stand_still(ops: Ops) -> None:
    key = Key("backfill", ops.today(), "12:00+0000")
    await ops.flows.start("test.two_steps", str(key), {"word": "l"}, queue="marketing")
    await executors.beat(dataclasses.replace(ops, boot_id="worker-filling"), "worker-filling", {})
    async with ops.db.begin() as db:
        await slot.claim(db, key, ops.clock.now(), queue="marketing", limit=timedelta(minutes=5))
        await slot.start(db, key, limit=timedelta(hours=3))
        await db.execute(
            text(
                "update dbos.workflow_status set status='PENDING', executor_id='worker-filling',"
                " started_at_epoch_ms=1000 where workflow_uuid = :id"
            ),
            {"id": str(key)},
        )
    still = [one.id for one in await executors.standing_still(ops)]
    assert str(key) not in still
    async with ops.db.begin() as db:
        await db.execute(text("update slot set limit_at = now() - interval '1 second' where job = 'backfill'"))
    still = [one.id for one in await executors.standing_still(ops)]
    assert str(key) in still


async def test_after_an_outage_silence_proves_nothing(ops: Ops) -> None:
    quiet = dataclasses.replace(ops, boot_id="worker-quiet")
    await executors.beat(quiet, "worker-quiet", {})
    await ops.flows.start("test.two_steps", "n:1", {"word": "n"}, queue="marketing")
    async with ops.db.begin() as db:
        await db.execute(text("update executor set beat_at = now() - interval '1 hour' where id = 'worker-quiet'"))
        await db.execute(
            text(
                "update dbos.workflow_status set status='PENDING', executor_id='worker-quiet', queue_name='logistics'"
                " where workflow_uuid='n:1'"
            )
        )
    assert (await workers.attend_once(ops, PACE, None)).resumed == ()
    assert (await workers.attend_once(ops, PACE, PACE.silent)).resumed == ("n:1",)
    assert await _result("n:1") == "n one, n two"
