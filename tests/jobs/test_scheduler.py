"""The clock brings every moment with its fire time, any number of clocks at once, and notices a jump."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.plan import Plan, Timing
from domain.kernel.ports import Ops
from domain.watch import slots
from domain.watch.timing import Due
from jobs.scheduler import Clockwork
from models import slot
from models.slot import SlotRow
from tests.jobs.parts import Clock, RealClock, an_ops, emptied, fresh_database

SECONDLY = Plan("secondly", Timing(every=timedelta(seconds=1)), "jobs.none", "logistics", overlap="queue")
QUARTERLY = Plan("quarterly", Timing(every=timedelta(minutes=15)), "jobs.none", "logistics")


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "scheduler_test")


@pytest_asyncio.fixture(loop_scope="session")
async def ops(url: str) -> AsyncIterator[Ops]:
    ops = an_ops(url, clock=RealClock())
    await emptied(ops)
    yield ops
    await ops.db.close()


async def _rows(ops: Ops) -> list[SlotRow]:
    async with ops.db.begin() as db:
        return await slot.recent(db, datetime(2000, 1, 1, tzinfo=UTC))


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


async def test_two_clocks_bring_each_second_once(ops: Ops) -> None:
    stop = asyncio.Event()
    clocks = [asyncio.create_task(Clockwork(ops, [SECONDLY], monotonic=_monotonic).run(stop)) for _ in range(2)]
    await asyncio.sleep(2.3)
    stop.set()
    await asyncio.gather(*clocks)
    rows = await _rows(ops)
    moments = [row.planned_at for row in rows]
    assert 2 <= len(rows) <= 3
    assert moments == sorted(set(moments))
    assert all(moment.microsecond == 0 for moment in moments)


async def test_a_loop_that_was_blocked_still_brings_every_moment(ops: Ops) -> None:
    stop = asyncio.Event()
    clock = asyncio.create_task(Clockwork(ops, [SECONDLY], monotonic=_monotonic).run(stop))
    await asyncio.sleep(0.2)
    blocked = datetime.now(UTC)
    while datetime.now(UTC) - blocked < timedelta(seconds=2.2):
        sum(range(10_000))
    for _ in range(100):
        if len(await _rows(ops)) >= 2:
            break
        await asyncio.sleep(0.1)
    stop.set()
    await clock
    moments = [row.planned_at for row in await _rows(ops)]
    assert len(moments) >= 2
    assert {b - a for a, b in itertools.pairwise(moments)} == {timedelta(seconds=1)}


async def test_a_jump_of_the_clock_restarts_the_triggers_and_catches_up(ops: Ops) -> None:
    standing = Clock(datetime(2026, 11, 20, 12, 1, tzinfo=UTC))
    counted = [0.0]
    clockwork = Clockwork(an_ops_with(ops, standing), [QUARTERLY], monotonic=lambda: counted[0])
    await clockwork.look()
    standing.move(timedelta(hours=3))
    counted[0] += 5
    await clockwork.look()
    clockwork.end()
    assert clockwork.last_jump == timedelta(hours=2, minutes=59, seconds=55)
    rows = await _rows(ops)
    assert [row.state for row in rows] == ["skipped"] * 11 + ["claimed"]
    assert rows[0].reason == "the clock jumped"


async def test_a_clock_that_was_set_is_named_at_once_and_ends_no_slot_that_is_at_work(ops: Ops) -> None:
    standing, counted = Clock(datetime(2026, 11, 20, 12, 1, tzinfo=UTC)), [0.0]
    clockwork = Clockwork(an_ops_with(ops, standing), [], monotonic=lambda: counted[0])
    await clockwork.look()
    standing.move(timedelta(hours=-3))
    overdue = replace(QUARTERLY, wait=timedelta(seconds=-1))
    async with ops.db.begin() as db:
        await slots.claim(ops, db, overdue, Due(ops.clock.now(), ops.today(), "at work"))
    counted[0] += 5
    await clockwork.look()
    clockwork.end()
    assert [row.state for row in await _rows(ops)] == ["claimed"]
    async with ops.db.begin() as db:
        ((cause, wrong),) = await db.execute(text("select cause, wrong from escalation"))
    assert (cause, wrong) == ("check:clock.steady", "The clock of the scheduler was set back by 3 hours.")


async def test_a_database_that_is_away_costs_no_slot(ops: Ops) -> None:
    standing = Clock(datetime(2026, 11, 20, 12, 1, tzinfo=UTC))
    away = an_ops_with(an_ops(ops.db.url.replace("scheduler_test", "nowhere_test")), standing)
    there = an_ops_with(ops, standing)
    await Clockwork(there, [QUARTERLY], monotonic=_monotonic).look()
    standing.move(timedelta(minutes=15))
    await Clockwork(away, [QUARTERLY], monotonic=_monotonic).look()
    standing.move(timedelta(minutes=4))
    await Clockwork(there, [QUARTERLY], monotonic=_monotonic).look()
    await away.db.close()
    assert [row.key.slot for row in await _rows(ops)] == ["12:15+0000"]


def an_ops_with(ops: Ops, clock: Clock) -> Ops:
    from dataclasses import replace

    return replace(ops, clock=clock)


async def test_a_slot_nobody_began_is_a_failure_and_what_is_due_is_told_in_the_round_of_the_clock(ops: Ops) -> None:
    late = replace(QUARTERLY, job="late", wait=timedelta(seconds=-1))
    async with ops.db.begin() as db:
        await slots.claim(ops, db, late, Due(ops.clock.now(), ops.today(), "00:00"))
    clock = Clockwork(ops, [], monotonic=_monotonic)
    await clock.look()
    async with ops.db.begin() as db:
        found = list(await db.execute(text("select cause, least, count, state from escalation")))
        assert [tuple(row) for row in found] == [("job:late", 1, 1, "staged")]
        await db.execute(text("update escalation set flush_at = now(), kind = 'systemic', least = 1"))
    await clock.look()
    async with ops.db.begin() as db:
        assert (await db.execute(text("select state from escalation"))).scalar() == "open"
