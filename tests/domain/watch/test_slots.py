"""A slot is claimed once and ended once, with any number of clocks, over any night of downtime."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.plan import Plan, Timing
from domain.kernel.ports import Ops
from domain.watch import catchup, slots
from domain.watch.timing import Due
from models import slot
from models.slot import Key, SlotRow
from tests.jobs.parts import Clock, an_ops, emptied, fresh_database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDERS = Plan(
    "orders", Timing(every=timedelta(minutes=15)), "jobs.collect", "logistics", {"streams": ["shopify.orders"]}
)
PULSE = Plan("pulse", Timing(at=(time(6, 30),)), "jobs.pulse", "orchestrator")


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "slots_test")


@pytest_asyncio.fixture(loop_scope="session")
async def ops(url: str) -> AsyncIterator[Ops]:
    ops = an_ops(url, clock=Clock(NOON))
    await emptied(ops)
    yield ops
    await ops.db.close()


async def _rows(ops: Ops, job: str = "") -> list[SlotRow]:
    async with ops.db.begin() as db:
        return [row for row in await slot.recent(db, datetime(2000, 1, 1, tzinfo=UTC)) if not job or row.key.job == job]


async def _flows(ops: Ops) -> int:
    async with ops.db.begin() as db:
        return int((await db.execute(text("select count(*) from dbos.workflow_status"))).scalar() or 0)


async def _claim(ops: Ops, plan: Plan, due: Due) -> slots.Taken:
    async with ops.db.begin() as db:
        return await slots.claim(ops, db, plan, due)


def _due(at: datetime, label: str = "12:00+0000") -> Due:
    return Due(at, at.date(), label)


def _clock(ops: Ops) -> Clock:
    assert isinstance(ops.clock, Clock)
    return ops.clock


async def test_two_clocks_claim_a_slot_once_with_one_flow(ops: Ops) -> None:
    claimed = await asyncio.gather(*(slots.tick(ops, ORDERS, NOON) for _ in range(4)))
    assert sorted(claimed) == [0, 0, 0, 1]
    (row,) = await _rows(ops)
    assert (str(row.key), row.state, row.planned_at) == ("orders:2026-11-20:12:00+0000", "claimed", NOON)
    assert await _flows(ops) == 1


async def test_a_moment_nothing_is_due_claims_nothing(ops: Ops) -> None:
    assert await slots.tick(ops, ORDERS, NOON + timedelta(minutes=7)) == 0


async def test_a_slot_that_runs_ends_once(ops: Ops) -> None:
    await _claim(ops, ORDERS, _due(NOON))
    args = slots.arguments(ORDERS, Key("orders", NOON.date(), "12:00+0000"))
    assert await slots.opened(ops, args) == "go"
    assert await slots.opened(ops, args) == "go"  # a step that was repeated
    assert await slots.ended(ops, args, "ran", "", {"rows": 3})
    assert not await slots.ended(ops, args, "escalated", "late", {})
    assert await slots.opened(ops, args) == "over"
    (row,) = await _rows(ops)
    assert (row.state, row.detail) == ("ran", {"rows": 3})
    assert row.started_at
    assert row.ended_at


async def test_a_slot_behind_an_open_one_is_skipped_with_the_reason(ops: Ops) -> None:
    later = _due(NOON + timedelta(minutes=15), "12:15+0000")
    assert await _claim(ops, ORDERS, _due(NOON)) == "begun"
    assert await _claim(ops, ORDERS, _due(NOON)) == "known"
    assert [await _claim(ops, ORDERS, later) for _ in range(2)] == ["skipped", "known"]
    first, second = await _rows(ops)
    assert (first.state, second.state) == ("claimed", "skipped")
    assert second.reason == "overlap: the slot 2026-11-20 12:00+0000 has not ended"
    assert await _flows(ops) == 1


async def test_a_job_that_queues_waits_for_the_slot_before(ops: Ops) -> None:
    queueing = replace(ORDERS, overlap="queue")
    later = NOON + timedelta(minutes=15)
    await _claim(ops, queueing, _due(NOON))
    await _claim(ops, queueing, _due(later, "12:15+0000"))
    first = slots.arguments(queueing, Key("orders", NOON.date(), "12:00+0000"))
    second = slots.arguments(queueing, Key("orders", NOON.date(), "12:15+0000"))
    assert await slots.opened(ops, second) == "wait"
    assert await slots.opened(ops, first) == "go"
    await slots.ended(ops, first, "ran", "", {})
    assert await slots.opened(ops, second) == "go"


async def test_a_slot_past_its_limit_is_escalated_by_its_cause(ops: Ops) -> None:
    hasty = replace(ORDERS, wait=timedelta(seconds=-1))
    await _claim(ops, hasty, _due(NOON))
    slow = replace(PULSE, limit=timedelta(seconds=-1))
    await _claim(ops, slow, _due(NOON, "06:30"))
    await slots.opened(ops, slots.arguments(slow, Key("pulse", NOON.date(), "06:30")))
    assert len(await slots.end_overdue(ops)) == 2
    assert await slots.end_overdue(ops) == []
    assert [(row.key.job, row.state, row.reason) for row in await _rows(ops)] == [
        ("orders", "escalated", "not begun in time: no process took it from the queue logistics"),
        ("pulse", "escalated", "did not end within its time limit"),
    ]


async def test_a_flow_given_up_escalates_its_slot(ops: Ops) -> None:
    await _claim(ops, ORDERS, _due(NOON))
    assert await slots.end_of_flow(ops, "orders:2026-11-20:12:00+0000", "given up")
    assert not await slots.end_of_flow(ops, "backfill.shopify", "given up")
    assert (await _rows(ops))[0].state == "escalated"


async def test_a_new_house_has_missed_nothing(ops: Ops) -> None:
    missed = await catchup.sweep(ops, [ORDERS, PULSE])
    assert (missed.begun, missed.skipped) == ((), 0)
    assert await _rows(ops) == []


async def test_a_new_house_runs_at_once_what_asks_for_it(ops: Ops) -> None:
    missed = await catchup.sweep(ops, [replace(ORDERS, at_first=True), PULSE])
    assert missed.begun == ("orders first",)


async def test_a_night_of_downtime_makes_up_the_latest_and_skips_the_rest(ops: Ops) -> None:
    _clock(ops).at = datetime(2026, 11, 19, 23, 5, tzinfo=UTC)
    await catchup.sweep(ops, [ORDERS, PULSE])
    _clock(ops).at = datetime(2026, 11, 20, 9, 7, tzinfo=UTC)
    missed = await catchup.sweep(ops, [ORDERS, PULSE])
    assert missed.begun == ("orders 09:00+0000", "pulse 06:30")
    assert missed.skipped == 39
    rows = await _rows(ops, "orders")
    assert [row.state for row in rows] == ["skipped"] * 39 + ["claimed"]
    assert {row.reason for row in rows[:-1]} == {"downtime"}
    assert await _flows(ops) == 2
    assert (await catchup.sweep(ops, [ORDERS, PULSE])).begun == ()


async def test_a_missed_slot_behind_an_open_one_is_told_as_skipped_not_as_made_up(ops: Ops) -> None:
    await catchup.sweep(ops, [ORDERS])
    await slots.tick(ops, ORDERS, NOON + timedelta(minutes=15))
    _clock(ops).move(timedelta(hours=1))
    missed = await catchup.sweep(ops, [ORDERS])
    assert (missed.begun, missed.skipped) == ((), 3)
    assert [(row.state, row.reason) for row in await _rows(ops)] == [
        ("claimed", ""),
        ("skipped", "downtime"),
        ("skipped", "downtime"),
        ("skipped", "overlap: the slot 2026-11-20 12:15+0000 has not ended"),
    ]


async def test_each_slot_of_a_week_with_a_night_off_has_exactly_one_row(ops: Ops) -> None:
    start = datetime(2026, 10, 23, tzinfo=UTC)  # the clocks of London change on the 25th
    _clock(ops).at = start
    await catchup.sweep(ops, [ORDERS, PULSE])
    while _clock(ops).at < start + timedelta(days=7):
        night = _clock(ops).at.hour >= 22 or _clock(ops).at.hour < 5
        _clock(ops).move(timedelta(hours=9 if night else 3, minutes=7))
        await catchup.sweep(ops, [ORDERS, PULSE])
    rows = await _rows(ops, "pulse")
    assert [row.key.day for row in rows] == sorted({row.key.day for row in rows})
    assert len(rows) >= 7
    quarters = await _rows(ops, "orders")
    assert {b.planned_at - a.planned_at for a, b in itertools.pairwise(quarters)} == {timedelta(minutes=15)}


async def test_a_job_that_rested_for_a_day_has_missed_nothing(ops: Ops) -> None:
    await catchup.sweep(ops, [ORDERS, PULSE])
    for _ in range(24):
        _clock(ops).move(timedelta(hours=1))
        await catchup.sweep(ops, [PULSE])
    _clock(ops).move(timedelta(minutes=3))
    missed = await catchup.sweep(ops, [ORDERS, PULSE])
    assert (missed.begun, missed.skipped, missed.away_for) == ((), 0, timedelta(minutes=3))
    assert await _rows(ops, "orders") == []


async def test_a_job_that_makes_up_all_begins_each_missed_slot(ops: Ops) -> None:
    daily = replace(PULSE, missed="all", overlap="queue")
    await catchup.sweep(ops, [daily])
    _clock(ops).move(timedelta(days=3))
    assert (await catchup.sweep(ops, [daily])).begun == ("pulse 06:30",) * 3


async def test_a_job_that_skips_what_it_missed_begins_nothing_late(ops: Ops) -> None:
    daily = replace(PULSE, missed="skip")
    await catchup.sweep(ops, [daily])
    _clock(ops).move(timedelta(days=2))
    missed = await catchup.sweep(ops, [daily])
    assert (missed.begun, missed.skipped) == ((), 2)


async def test_a_slot_just_due_was_not_missed(ops: Ops) -> None:
    skipping = replace(ORDERS, missed="skip")
    await catchup.sweep(ops, [skipping])
    _clock(ops).move(timedelta(minutes=15, seconds=20))
    assert (await catchup.sweep(ops, [skipping])).begun == ("orders 12:15+0000",)


async def test_a_clock_set_back_doubles_nothing(ops: Ops) -> None:
    await catchup.sweep(ops, [ORDERS])
    _clock(ops).move(timedelta(hours=3))
    await catchup.sweep(ops, [ORDERS])
    before = [row.key for row in await _rows(ops)]
    _clock(ops).move(timedelta(hours=-3))
    await catchup.sweep(ops, [ORDERS])
    assert [row.key for row in await _rows(ops)] == before
    _clock(ops).move(timedelta(hours=3, minutes=16))
    await catchup.sweep(ops, [ORDERS])
    assert len(await _rows(ops)) == len(before) + 1


async def test_two_sweeps_at_once_do_the_work_of_one(ops: Ops) -> None:
    await catchup.sweep(ops, [ORDERS])
    _clock(ops).move(timedelta(hours=8))
    found = await asyncio.gather(*(catchup.sweep(ops, [ORDERS]) for _ in range(3)))
    assert sum(len(one.begun) for one in found) == 1
    assert sum(one.skipped for one in found) == 31
