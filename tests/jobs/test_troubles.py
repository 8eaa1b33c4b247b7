"""A slot that fails is tried again within its limit; its failures are one trouble, which ends when the job runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.escalations import batch
from domain.kernel.errors import LogicError, TransientError
from domain.kernel.plan import Plan, Timing
from domain.kernel.policy_honesty import Honesty
from domain.kernel.ports import Ops
from domain.watch import executors, honesty, slots
from domain.watch.silences import Quiet
from domain.watch.timing import Due
from jobs import escalate, flows, troubles
from jobs.flows import Queue, step
from jobs.job import Done, Slot, slotted
from models import connector, outbox, slot
from models.connector import Fault
from models.slot import SlotRow
from tests.collecting import DEPARTMENTS
from tests.jobs.parts import Clock, an_ops, emptied, fresh_database, run_now

_tries: dict[str, int] = {}


async def _stumble(_ops: Ops, how: str, good_at: int) -> int:
    _tries[how] = _tries.get(how, 0) + 1
    if _tries[how] >= good_at:
        return _tries[how]
    if how.startswith("same"):
        raise LogicError("the field 'total' is missing in row 17")
    if how.startswith("other"):
        raise LogicError(["a strange value", "an empty page", "a wrong word"][_tries[how] - 1])
    raise TransientError("the shop did not answer", source="")


@slotted("test.stumbles")
async def stumbles(found: Slot) -> Done:
    return Done(detail={"tries": await step("try", _stumble, str(found.args["how"]), int(found.args["good_at"]))})


QUICK = {"transient": {"delays": [0, 0, 0], "attempts": 3, "escalate": "after_attempts"},
         "logic": {"delays": [0], "attempts": 4, "escalate": "after_attempts"}}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    ops = an_ops(fresh_database(stores.database_url, "troubles_test"), boot_id="worker-t", failures=QUICK)
    await emptied(ops)
    await executors.beat(ops, "worker-logistics", {})
    await flows.launch(ops, queues=[Queue("logistics", 50, 0.05)], workflows=[stumbles])
    yield ops
    await flows.land(timedelta())
    await ops.db.close()


async def _run(ops: Ops, how: str, good_at: int, name: str = "now", **more: Any) -> SlotRow:
    plan = Plan(how, Timing(every=timedelta(hours=1)), "test.stumbles", "logistics",
                {"how": how, "good_at": good_at}, **more)  # fmt: skip
    key = await run_now(ops, plan, name)
    assert key
    while True:
        async with ops.db.begin() as db:
            row = await slot.read(db, key)
        if row and row.ended_at:
            return row
        await asyncio.sleep(0.03)


async def _about(ops: Ops, cause: str) -> Any:
    async with ops.db.begin() as db:
        number = "(select count(*) from failure f where f.escalation_id = e.id) as failures"
        return (await db.execute(text(f"select e.*, {number} from escalation e where cause = :c"), {"c": cause})).one()


async def test_what_may_pass_is_tried_again_and_runs(ops: Ops) -> None:
    row = await _run(ops, "passes", 3)
    assert (row.state, row.detail) == ("ran", {"tries": 3})
    found = await _about(ops, "job:passes")
    assert (found.state, found.failures, found.well_at is not None) == ("staged", 2, True)


def test_what_the_self_check_found_is_told_with_how_it_is_mended() -> None:
    (one,) = troubles.checked({"slack": "Slack refuses what the bot sends (token_revoked)."})
    assert "A revoked token: a new one into the environment, then restart the house." in one.needed


async def test_what_does_not_pass_ends_escalated_after_its_tries(ops: Ops) -> None:
    row = await _run(ops, "stays", 99)
    assert (row.state, _tries["stays"]) == ("escalated", 3)
    found = await _about(ops, "job:stays")
    assert (found.failures, found.least, found.title) == (3, 3, "The job stays keeps failing")


async def test_no_try_begins_past_the_limit_of_the_slot(ops: Ops) -> None:
    slow = replace(ops, policy=an_ops(ops.db.url).policy)
    args = {"job": "brief", "day": str(ops.today()), "slot": "1", "limit": 30.0, "args": {}, "overlap": "skip"}
    async with ops.db.begin() as db:
        key = slots.key_of(args)
        await slot.claim(db, key, ops.clock.now(), queue="nobody", limit=timedelta(seconds=30))
    assert await troubles.judged(slow, args, 1, "away", {"kind": "transient"}) is None
    assert await troubles.judged(slow, {**args, "slot": "never"}, 1, "away", {"kind": "transient"}) is None


async def test_the_same_input_failing_twice_in_the_same_way_is_not_tried_a_third_time(ops: Ops) -> None:
    assert (await _run(ops, "same", 99)).state == "escalated"
    assert _tries["same"] == 2


async def test_a_failure_by_chance_is_tried_again(ops: Ops) -> None:
    assert (await _run(ops, "other", 3)).state == "ran"
    assert _tries["other"] == 3


async def test_a_slot_that_nobody_began_is_a_failure_of_its_job(ops: Ops) -> None:
    plan = Plan("idle", Timing(every=timedelta(hours=1)), "test.stumbles", "nobody", wait=timedelta(seconds=-1))
    async with ops.db.begin() as db:
        await slots.claim(ops, db, plan, Due(ops.clock.now(), ops.today(), "late"))
    clockwork_rows = await slots.end_overdue(ops, None)
    assert [row.key.job for row in clockwork_rows] == ["idle"]
    (one,) = troubles.overdue(clockwork_rows)
    assert one.cause == "job:idle"
    assert one.detail == "not begun in time: no process took it from the queue nobody"


@pytest.mark.parametrize(
    ("kind", "word", "source", "cause"),
    [
        ("transient", "slow", "hubspot.deals", "vendor:hubspot"),
        ("transient", "breaker", "hubspot.deals", "vendor:hubspot"),
        ("systemic", "credential", "hubspot.deals", "vendor:hubspot"),
        ("systemic", "permission", "hubspot.deals", "source:hubspot.deals"),
        ("logic", "shape", "hubspot.deals", "source:hubspot.deals"),
        ("systemic", "credential", "", "vendor:hubspot"),
        ("logic", "shape", "", "job:many"),
    ],
)
async def test_what_lies_behind_a_failure_is_one_cause_whatever_fails_because_of_it(
    ops: Ops, kind: str, word: str, source: str, cause: str
) -> None:
    house = replace(ops, departments=DEPARTMENTS)
    async with ops.db.begin() as db:
        await connector.failed(db, "hubspot", "deals", Fault(word, "it fails"), ops.clock.now())
    args = {
        "job": "many",
        "day": "2026-11-20",
        "slot": word,
        "limit": 1.0,
        "args": {"source": source} if source else {},
    }
    one = await troubles._of_slot(house, args, "it fails", {"kind": kind, "source": "hubspot"})
    assert one.cause == cause
    assert cause == "job:many" or one.department == "sales"


async def test_what_has_fallen_silent_is_over_when_it_speaks(ops: Ops) -> None:
    await troubles.silent(ops, [Quiet("deals", "ran empty", "the job deals has brought nothing")])
    assert (await _about(ops, "silent:deals")).wrong == "the job deals has brought nothing"
    await troubles.silent(ops, [])
    assert (await _about(ops, "silent:deals")).well_at is not None


async def test_flows_that_stand_still_are_over_when_they_move(ops: Ops) -> None:
    await troubles.standing(ops, {"f:1": "no new step"}, {"0": "3 unfinished flows"})
    await troubles.standing(ops, {}, {"0": "3 unfinished flows"})
    assert (await _about(ops, "still:f:1")).well_at is not None
    assert (await _about(ops, "version:0")).well_at is None


async def test_a_message_nobody_took_is_told_once_and_the_crier_cries_each_minute(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await outbox.put(db, outbox.Draft(key="pulse:lost", target="post", card="{}", lane="gone", channel="gone"))
        await db.execute(text("update outbox set state = 'failed', error = 'not_in_channel'"))
    clock = Clock(ops.clock.now())
    crier = escalate.Crier(replace(ops, clock=clock))
    assert await crier.look(clock.now()) >= 1
    found = await _about(ops, "outbox")
    assert (found.state, found.failures, found.wrong) == ("open", 1, "not_in_channel")
    await troubles.undelivered(ops)
    assert (await _about(ops, "outbox")).failures == 1
    assert await crier.look(clock.now() + timedelta(seconds=5)) == 0
    assert await batch.urgent(ops) is False


async def _due(ops: Ops, cause: str) -> str:
    """How a trouble stands once it has been gathered for long enough."""
    async with ops.db.begin() as db:
        await db.execute(text("update escalation set flush_at = clock_timestamp() where cause = :c"), {"c": cause})
    await batch.flush(ops)
    return str((await _about(ops, cause)).state)


async def test_a_job_whose_slots_fail_twice_in_a_row_is_told_of_and_once_is_not(ops: Ops) -> None:
    await _run(ops, "twice", 99)
    assert (_tries["twice"], await _due(ops, "job:twice")) == (3, "staged")
    await _run(ops, "twice", 99, "again")
    assert await _due(ops, "job:twice") == "open"


async def test_a_job_that_failed_and_ran_is_not_told_of_when_it_fails_once_more(ops: Ops) -> None:
    await _run(ops, "now and then", 4)
    assert (await _run(ops, "now and then", 4, "good")).state == "ran"
    _tries["now and then"] = 0
    await _run(ops, "now and then", 99, "bad")
    assert await _due(ops, "job:now and then") == "staged"


async def test_a_job_that_paused_itself_is_told_of_once_until_it_goes_on(ops: Ops) -> None:
    house = replace(ops, policy=ops.policy.model_copy(update={"honesty": Honesty(pause_after=2)}))
    args = {"job": "weary", "day": str(ops.today()), "limit": 30.0, "args": {}, "overlap": "skip"}
    for label in ("1", "2"):
        async with ops.db.begin() as db:
            await slot.claim(db, slots.key_of({**args, "slot": label}), ops.clock.now(), queue="x", limit=timedelta(1))
        await troubles.ended(house, {**args, "slot": label}, "escalated", "it broke", {})
    for _ in range(2):
        await troubles.paused(house)
    assert await _due(ops, "paused:weary") == "open"
    found = await _about(ops, "paused:weary")
    assert (found.failures, found.wrong) == (1, "The job weary is paused by itself after 2 failures.")
    assert await honesty.resume(ops, "weary", "user:U1")
    await troubles.paused(house)
    assert (await _about(ops, "paused:weary")).well_at is not None


async def test_what_slack_does_not_take_is_told_as_undelivered_whoever_said_it(ops: Ops) -> None:
    args = {"job": "heartbeat", "day": "2026-11-20", "slot": "1", "args": {}}
    assert (
        await troubles._of_slot(ops, args, "it is away", {"kind": "transient", "source": "slack"})
    ).cause == "outbox"
