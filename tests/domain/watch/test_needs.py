"""A job whose source or forerunner is missing waits, runs without it or is skipped, as it declares, and says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import pytest
import pytest_asyncio

from bot.stores import Stores
from domain.kernel import freshness
from domain.kernel.breaker import Breaker
from domain.kernel.card import Line
from domain.kernel.plan import Need, Plan, Timing, WhenMissing
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.watch import health, honesty, jobs, slots
from domain.watch.timing import Due
from jobs import troubles
from models import connector, slot
from models.connector import Answered, Fault
from models.slot import Key, SlotRow
from tests.collecting import DEPARTMENTS, sandbox_secrets
from tests.jobs.parts import Clock, Secrets, an_ops, emptied, fresh_database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOURLY = Timing(every=timedelta(hours=1))
NIGHTLY = Plan("nightly", Timing(at=(time(2, 20),)), "jobs.nightly", "orchestrator")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def found(stores: Stores) -> AsyncIterator[Ops]:
    bare = an_ops(fresh_database(stores.database_url, "needs_test"), clock=Clock(NOON))
    secrets = Secrets(sandbox_secrets("http://127.0.0.1:9"))
    http = Client(secrets, Breaker(bare.db))
    yield replace(bare, secrets=secrets, http=http, departments=DEPARTMENTS)
    await http.close()
    await bare.db.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ops(found: Ops) -> Ops:
    await emptied(found)
    return found


def _with(ops: Ops, when_missing: WhenMissing, on: str = "hubspot.deals", **more: Any) -> tuple[Ops, Plan]:
    plan = Plan("reader", HOURLY, "jobs.reader", "sales", needs=(Need(on, when_missing),), **more)
    return replace(ops, plans=(plan, NIGHTLY)), plan


async def _read(ops: Ops, hours_ago: float) -> None:
    at = NOON - timedelta(hours=hours_ago)
    async with ops.db.begin() as db:
        await connector.answered(db, "hubspot", "deals", Answered(3, at, at))


async def _opened(ops: Ops, plan: Plan, label: str = "12:00") -> tuple[str, dict[str, Any]]:
    """Claim a slot and open it; what its flow is told, and its arguments."""
    key = Key(plan.job, ops.today(), label)
    async with ops.db.begin() as db:
        assert await slots.claim(ops, db, plan, Due(NOON, key.day, label)) == "begun"
    args = slots.arguments(plan, key)
    return await slots.opened(ops, args), args


async def _row(ops: Ops, args: dict[str, Any]) -> SlotRow:
    async with ops.db.begin() as db:
        row = await slot.read(db, slots.key_of(args))
    assert row
    return row


async def test_a_job_that_waits_begins_when_its_source_is_fresh(ops: Ops) -> None:
    house, plan = _with(ops, "wait")
    await _read(ops, 400)
    word, args = await _opened(house, plan)
    assert word == "wait"
    assert (await _row(ops, args)).state == "claimed"
    await _read(ops, 1)
    assert await slots.opened(house, args) == "go"


async def test_a_job_that_waited_long_enough_is_skipped_with_the_reason(ops: Ops) -> None:
    house, plan = _with(ops, "wait", wait=timedelta(seconds=30))
    word, args = await _opened(house, plan)
    assert word == "over"
    row = await _row(ops, args)
    assert (row.state, row.reason) == ("skipped", "it needs hubspot.deals: HubSpot deals were not read yet")
    assert (await honesty.standing(ops)) == {}


async def test_nobody_waits_for_a_vendor_that_is_not_connected(ops: Ops) -> None:
    house, plan = _with(ops, "wait")
    known = cast("Secrets", house.secrets).known
    token = known.pop("HUBSPOT_SERVICE_KEY")
    try:
        word, args = await _opened(house, plan)
    finally:
        known["HUBSPOT_SERVICE_KEY"] = token
    assert word == "over"
    assert (await _row(ops, args)).reason.endswith("HubSpot is not connected: HUBSPOT_SERVICE_KEY is not set")


async def test_a_job_that_runs_all_the_same_says_what_it_did_without(ops: Ops) -> None:
    house, plan = _with(ops, "degraded")
    await _read(ops, 400)
    word, args = await _opened(house, plan)
    assert word == "go"
    assert await troubles.ended(house, args, "ran", "", {"rows": 2})
    row = await _row(ops, args)
    assert row.detail == {"rows": 2, "without": {"hubspot.deals": "the last good value is 17 days old"}}
    (entry, _) = await jobs.entries(house)
    assert entry.told == "ran without hubspot.deals (the last good value is 17 days old)"
    (source,) = [one async for one in _sources(house) if one.key == "hubspot.deals"]
    assert Line("warn", "reader", "ran without hubspot.deals: see Sources.") in health.jobs([row], [source], NOON)


async def _sources(ops: Ops) -> AsyncIterator[Any]:
    async with ops.db.begin() as db:
        for one in await freshness.seen(ops, db):
            yield one


async def test_a_source_that_answers_badly_but_was_read_just_before_is_not_missed(ops: Ops) -> None:
    house, plan = _with(ops, "skip")
    await _read(ops, 1)
    async with ops.db.begin() as db:
        await connector.failed(db, "hubspot", "deals", Fault("slow", "it is slow"), NOON)
    assert (await _opened(house, plan))[0] == "go"


@pytest.mark.parametrize(
    ("done", "why"),
    [
        ("", "the job nightly has not run yet"),
        ("escalated", "the job nightly failed when it ran last"),
        ("ran", ""),
        ("old", "the job nightly has not run since 18 November 02:20"),
        ("paused", "the job nightly is paused by @ana"),
    ],
)
async def test_a_job_that_needs_another_one_knows_how_that_did(ops: Ops, done: str, why: str) -> None:
    house, plan = _with(ops, "skip", on="job:nightly")
    day = ops.today() - timedelta(days=2 if done == "old" else 0)
    if done:
        key, at = Key("nightly", day, "02:20"), datetime(2026, 11, day.day, 2, 20, tzinfo=UTC)
        async with ops.db.begin() as db:
            await slot.claim(db, key, at, queue="orchestrator", limit=timedelta(minutes=5))
            await slot.end(db, key, "escalated" if done == "escalated" else "ran")
    if done == "paused":
        await honesty.pause(ops, "nightly", "user:U1", "paused by @ana")
    word, args = await _opened(house, plan)
    assert word == ("over" if why else "go")
    assert (await _row(ops, args)).reason == (f"it needs job:nightly: {why}" if why else "")


async def test_a_job_that_the_company_lets_rest_keeps_nobody_waiting(ops: Ops) -> None:
    house, plan = _with(ops, "skip", on="job:nightly")
    assert (await _opened(replace(house, plans=(plan,)), plan))[0] == "go"
