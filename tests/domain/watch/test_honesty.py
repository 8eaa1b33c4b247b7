"""Failures of a job in a row are counted where its slots end: told after two, paused after ten, over when it runs."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.plan import Plan, Timing
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.watch import honesty, slots
from domain.watch.timing import Due
from models import job_state, slot
from models.job_state import State
from tests.jobs.parts import Clock, an_ops, emptied, fresh_database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OFTEN = Plan("orders", Timing(every=timedelta(minutes=15)), "jobs.collect", "logistics")
DAILY = Plan("pulse", Timing(at=(time(6, 30),)), "jobs.pulse", "orchestrator")
_OUTCOMES = st.lists(st.sampled_from(["ran", "skipped", *["escalated"] * 8]), max_size=30)
"""Mostly failures, or ten in a row would hardly come."""


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "honesty_test")


@pytest_asyncio.fixture(loop_scope="session")
async def ops(url: str) -> AsyncIterator[Ops]:
    ops = replace(an_ops(url, clock=Clock(NOON)), plans=(OFTEN, DAILY))
    await emptied(ops)
    yield ops
    await ops.db.close()


async def _one(ops: Ops, plan: Plan, outcome: str, label: str) -> str:
    """Claim a slot and, when it begins, end it like that; what became of the claim."""
    due = Due(ops.clock.now(), ops.today(), label)
    async with ops.db.begin() as db:
        taken = await slots.claim(ops, db, plan, due)
    if taken == "begun":
        args = slots.arguments(plan, slot.Key(plan.job, due.day, label))
        await slots.ended(ops, args, outcome, "why", {})  # type: ignore[arg-type]
    return taken


async def _many(ops: Ops, plan: Plan, outcome: str, number: int, label: str = "n") -> list[str]:
    return [await _one(ops, plan, outcome, f"{label}{place}") for place in range(number)]


async def _state(ops: Ops, job: str) -> State:
    return (await honesty.standing(ops)).get(job, State(job))


async def _later(ops: Ops, column: str, minutes: float) -> None:
    """Let so much time have passed since then."""
    async with ops.db.begin() as db:
        await db.execute(text(f"update job_state set {column} = {column} - make_interval(mins => {minutes})"))


async def _trail(ops: Ops, job: str) -> list[Any]:
    async with ops.db.begin() as db:
        asked = text("select what, by from trail where subject = :s order by id desc limit 5")
        return [tuple(row) for row in await db.execute(asked, {"s": f"job:{job}"})]


_round = itertools.count()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outcomes=_OUTCOMES)
async def test_the_count_is_that_of_the_failures_since_the_job_last_ran(ops: Ops, outcomes: list[str]) -> None:
    job, failures, told, paused = f"job {next(_round)}", 0, False, False
    async with ops.db.begin() as db:
        for outcome in outcomes:
            assert await honesty.resting(ops, db, job) == ("paused by itself after 10 failures" if paused else "")
            if paused:
                continue  # nothing of it begins any more
            await honesty.counted(ops, db, job, outcome)
            failures = {"ran": 0, "escalated": failures + 1}.get(outcome, failures)
            state = await job_state.read(db, job)
            assert state.failures == failures
            assert state.telling <= (failures >= 2)
            # Of a job people were told of lately they are not told anew: here no time passes.
            assert state.telling or told or failures < 2
            told, paused = told or failures >= 2, failures >= 10
            assert bool(state.paused_at) == paused


async def test_a_job_that_fails_once_is_not_told_of_and_twice_is(ops: Ops) -> None:
    await _one(ops, OFTEN, "escalated", "a")
    assert not (await _state(ops, "orders")).telling
    await _one(ops, OFTEN, "skipped", "b")
    await _one(ops, OFTEN, "escalated", "c")
    assert (await _state(ops, "orders")).telling


async def test_a_job_that_comes_rarely_is_told_of_after_its_first_failure(ops: Ops) -> None:
    await _one(ops, DAILY, "escalated", "a")
    assert (await _state(ops, "pulse")).telling


async def test_a_job_people_were_told_of_is_not_told_of_anew_within_the_hour(ops: Ops) -> None:
    await _many(ops, OFTEN, "escalated", 2)
    await _one(ops, OFTEN, "ran", "well")
    assert not (await _state(ops, "orders")).telling
    await _many(ops, OFTEN, "escalated", 3, "again")
    assert not (await _state(ops, "orders")).telling
    await _later(ops, "alerted_at", 61)
    await _one(ops, OFTEN, "escalated", "much later")
    assert (await _state(ops, "orders")).telling


async def test_a_job_that_failed_ten_times_pauses_itself_and_says_so_in_each_slot(ops: Ops) -> None:
    assert await _many(ops, OFTEN, "escalated", 12) == ["begun"] * 10 + ["skipped"] * 2
    async with ops.db.begin() as db:
        rows = await slot.recent(db, NOON - timedelta(hours=1))
    assert [row.reason for row in rows if row.state == "skipped"] == ["paused by itself after 10 failures"] * 2
    assert (await _trail(ops, "orders"))[0] == ("job.paused", "house")


async def test_a_job_that_paused_itself_is_tried_once_in_a_while_and_goes_on_when_that_runs(ops: Ops) -> None:
    await _many(ops, OFTEN, "escalated", 10)
    await _later(ops, "paused_at", 61)
    assert await _many(ops, OFTEN, "escalated", 2, "try") == ["begun", "skipped"]
    await _later(ops, "tried_at", 61)
    assert await _many(ops, OFTEN, "ran", 2, "good") == ["begun", "begun"]
    assert (await _state(ops, "orders")).failures == 0
    assert (await _trail(ops, "orders"))[0] == ("job.resumed", "house")


async def test_what_a_person_paused_only_a_person_resumes(ops: Ops) -> None:
    assert await honesty.pause(ops, "orders", "user:U1", "paused by @ana")
    assert not await honesty.pause(ops, "orders", "user:U2", "paused by @ben")
    await _later(ops, "paused_at", 6_000)
    assert await _one(ops, OFTEN, "ran", "a") == "skipped"
    note = Note("job.begun", "job:orders", "user:U2")
    assert await slots.by_hand(ops, OFTEN, "run-1", note) == "begun"
    assert await slots.by_hand(ops, OFTEN, "run-1", note) == "known"
    await slots.ended(ops, slots.arguments(OFTEN, slot.Key("orders", ops.today(), "run-1")), "ran", "", {})
    assert (await _state(ops, "orders")).paused_by == "user:U1"
    assert await honesty.resume(ops, "orders", "user:U2", cause="k1")
    assert not await honesty.resume(ops, "orders", "user:U2")
    assert await _one(ops, OFTEN, "ran", "b") == "begun"
    assert [what for what, _ in await _trail(ops, "orders")][:3] == ["job.resumed", "job.begun", "job.paused"]


async def test_a_slot_that_nobody_began_says_nothing_about_its_job(ops: Ops) -> None:
    idle = replace(OFTEN, wait=timedelta(seconds=-1))
    async with ops.db.begin() as db:
        await slots.claim(ops, db, idle, Due(NOON, ops.today(), "idle"))
    assert len(await slots.end_overdue(ops)) == 1
    assert (await _state(ops, "orders")).failures == 0
