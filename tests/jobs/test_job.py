"""The slot of a job ends whatever its body does: ran, skipped with the reason, escalated with the reason."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.stores import Stores
from domain.kernel.errors import SystemicError
from domain.kernel.plan import Plan, Timing
from domain.kernel.ports import Ops
from domain.watch import executors, slots
from domain.watch.timing import Due
from jobs import flows
from jobs.flows import Queue, Sparse, step
from jobs.job import Done, Slot, slotted
from models import slot
from models.slot import Key, SlotRow
from tests.jobs.parts import an_ops, emptied, fresh_database, run_now

_order: list[str] = []


async def _note(ops: Ops, word: str) -> str:
    _order.append(word)
    return word


async def _refuse(ops: Ops) -> None:
    raise SystemicError("the key was revoked", source="shop")


async def _stumble(ops: Ops) -> None:
    raise ZeroDivisionError("a defect of ours")


async def _linger(ops: Ops) -> None:
    await asyncio.sleep(30)


@slotted("test.body")
async def body(found: Slot) -> Done:
    match found.args["do"]:
        case "note":
            return Done(detail={"rows": len(await step("note", _note, f"{found.day} {found.slot}"))})
        case "skip":
            return Done("nothing is connected", state="skipped")
        case "refuse":
            await step("refuse", _refuse)
        case "stumble":
            await step("stumble", _stumble)
        case "linger":
            await step("linger", _linger)
    return Done()


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "job_test")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(url: str) -> AsyncIterator[Ops]:
    ops = an_ops(url, boot_id="worker-job", failures={"logic": {"attempts": 1}})
    await emptied(ops)
    await executors.beat(ops, "worker-logistics", {})
    await flows.launch(ops, queues=[Queue("logistics", 50, 0.05)], workflows=[body])
    yield ops
    await flows.land(timedelta())
    await ops.db.close()


def _plan(job: str, do: str, **more: object) -> Plan:
    every = Timing(every=timedelta(hours=1))
    return Plan(job, every, "test.body", "logistics", {"do": do}, **more)  # type: ignore[arg-type]


async def _ended(ops: Ops, key: Key) -> SlotRow:
    async with asyncio.timeout(15):
        while True:
            async with ops.db.begin() as db:
                row = await slot.read(db, key)
            if row and row.ended_at:
                return row
            await asyncio.sleep(0.03)


async def _run(ops: Ops, plan: Plan) -> SlotRow:
    key = await run_now(ops, plan)
    assert key
    return await _ended(ops, key)


async def test_a_body_that_works_has_run_with_what_it_did(ops: Ops) -> None:
    row = await _run(ops, _plan("works", "note"))
    assert (row.state, row.reason, row.detail) == ("ran", "", {"rows": 14})
    assert row.started_at


async def test_a_body_with_nothing_to_do_is_skipped_with_the_reason(ops: Ops) -> None:
    row = await _run(ops, _plan("rests", "skip"))
    assert (row.state, row.reason) == ("skipped", "nothing is connected")


async def test_a_failure_of_the_taxonomy_is_escalated_with_its_kind(ops: Ops) -> None:
    row = await _run(ops, _plan("refused", "refuse"))
    assert (row.state, row.reason) == ("escalated", "the key was revoked")
    assert row.detail == {"source": "shop", "kind": "systemic"}


async def test_a_defect_of_ours_is_escalated_by_its_name(ops: Ops) -> None:
    row = await _run(ops, _plan("stumbles", "stumble"))
    assert (row.state, row.reason) == ("escalated", "unforeseen: ZeroDivisionError")


async def test_a_step_that_takes_too_long_is_ended(ops: Ops) -> None:
    row = await _run(ops, _plan("lingers", "linger", limit=timedelta(seconds=0.3)))
    assert row.state == "escalated"
    assert row.reason == "the step 'linger' did not end within 0.3 seconds"


async def test_a_job_that_queues_runs_behind_the_slot_before(ops: Ops) -> None:
    plan = _plan("queues", "note", overlap="queue")
    first, second = (Due(ops.clock.now() + timedelta(seconds=n), ops.today(), f"turn {n}") for n in (1, 2))
    async with ops.db.begin() as db:
        for due in (second, first):
            await slots.claim(ops, db, plan, due)
    await _ended(ops, Key("queues", second.day, "turn 2"))
    assert [word.split(" ", 1)[1] for word in _order if "turn" in word] == ["turn 1", "turn 2"]


async def test_a_slot_that_was_ended_meanwhile_is_not_worked(ops: Ops) -> None:
    plan = _plan("late", "note", wait=timedelta(seconds=-1))
    quiet = an_ops(ops.db.url, boot_id="nobody")
    async with quiet.db.begin() as db:
        await slots.claim(quiet, db, plan, Due(ops.clock.now(), ops.today(), "late"))
    await slots.end_overdue(quiet)
    await quiet.db.close()
    await asyncio.sleep(0.4)
    assert not [word for word in _order if word.endswith(" late")]


def test_a_dead_database_does_not_fill_the_log() -> None:
    sparse = Sparse(every=30)
    line = logging.LogRecord("dbos", logging.WARNING, "here.py", 7, "gone", (), None)
    shown = []
    for second in range(120):
        line.created = 1000.0 + second
        shown.append(sparse.filter(line))
    assert sum(shown) == 4
    other = logging.LogRecord("dbos", logging.WARNING, "here.py", 8, "gone", (), None)
    assert sparse.filter(other)
