"""Every job of the timetable keeps the same promises; a new one is tested by being listed."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.escalations import batch
from domain.kernel.errors import RefusedError
from domain.kernel.plan import Plan
from domain.kernel.policy import ConnectorPolicy, JobPolicy, Policy
from domain.pulse.department import DEPARTMENT as ORCHESTRATOR
from domain.watch import executors, graph, slots, sources, timing
from jobs import flows, job
from jobs.flows import Queue
from jobs.job import Job
from jobs.timetable import TIMETABLE, workflows
from models import slot
from models.slot import Key, SlotRow
from tests.collecting import DEPARTMENTS, Rig, a_rig
from tests.collecting import policy as a_policy
from tests.jobs.parts import fresh_database, run_now

each_job = pytest.mark.parametrize("entry", TIMETABLE, ids=lambda entry: entry.name)
HISTORY_FIRST: list[Job] = sorted(TIMETABLE, key=lambda entry: entry.name != "backfill")
history_first = pytest.mark.parametrize("entry", HISTORY_FIRST, ids=lambda entry: entry.name)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
SHORT = a_policy(
    shopify=ConnectorPolicy(exclude_sources=("faire", "amazon"), history_days=14),
)
QUEUES = tuple(Queue(queue.name, queue.at_once, 0.05) for queue in flows.QUEUES)


def _plan(entry: Job) -> Plan:
    found = entry.plan(JobPolicy())
    assert found
    return found


def test_there_are_at_least_fourteen_jobs_with_names_of_their_own() -> None:
    assert len(TIMETABLE) >= 14
    assert len({entry.name for entry in TIMETABLE}) == len(TIMETABLE)


def test_the_shipped_policy_names_no_job_that_does_not_exist() -> None:
    assert len(job.plans(TIMETABLE, a_policy())) == len(TIMETABLE)
    with pytest.raises(RefusedError, match="nobody knows the job 'odrers'"):
        job.plans(TIMETABLE, a_policy().model_copy(update={"jobs": {"odrers": JobPolicy(every_minutes=5)}}))


@each_job
def test_a_job_says_what_it_is_for_and_where_it_runs(entry: Job) -> None:
    assert entry.purpose.endswith(".")
    assert entry.queue in {queue.name for queue in flows.QUEUES}
    assert entry.flow in workflows()
    assert json.loads(json.dumps(dict(entry.args))) == dict(entry.args)


@each_job
def test_a_job_that_makes_up_everything_does_not_skip_over_itself(entry: Job) -> None:
    plan = entry.plan(JobPolicy(missed="all"))
    assert plan
    assert plan.overlap == "queue"


@each_job
def test_a_job_ends_before_it_must_come_again_twice(entry: Job) -> None:
    plan = _plan(entry)
    zone = a_policy().company.tz
    week = list(timing.between(plan.timing, zone, MONDAY, MONDAY + timedelta(days=7)))
    assert week
    gaps = [later.instant - earlier.instant for earlier, later in itertools.pairwise(week)]
    assert not gaps or entry.name == "backfill" or plan.limit <= 2 * min(gaps)


@each_job
def test_a_company_may_change_a_timetable_or_rest_a_job(entry: Job) -> None:
    changed = entry.plan(JobPolicy(at=(time(7, 7),), missed="skip"))
    assert changed
    assert (changed.timing.at, changed.timing.every, changed.missed) == ((time(7, 7),), None, "skip")
    assert entry.plan(JobPolicy(every_minutes=5)) is not None
    assert entry.plan(JobPolicy(enabled=False)) is None
    with pytest.raises(RefusedError, match="not both"):
        entry.plan(JobPolicy(at=(time(7, 7),), every_minutes=5))


@each_job
def test_what_a_job_reads_is_a_source_of_a_department(entry: Job) -> None:
    known = {f"{one.key}.{stream.key}" for dep in DEPARTMENTS for one in dep.connectors for stream in one.streams}
    assert entry.args.get("source") in {None, *known}


@each_job
def test_what_a_job_needs_exists_and_comes_before_it(entry: Job) -> None:
    plans = job.plans(TIMETABLE, a_policy())
    edges = graph.edges_of(plans, DEPARTMENTS)
    assert {need.on for need in entry.needs} <= set(edges)
    place = {node.name: number for number, level in enumerate(graph.levels(edges, {})) for node in level}
    assert all(place[need.on.removeprefix("job:")] < place[entry.name] for need in entry.needs)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(stores: Stores, vendor_server: str) -> AsyncIterator[Rig]:
    url = fresh_database(stores.database_url, "jobs_contract")
    async with a_rig(url, vendor_server) as rig:
        rig.ops = replace(
            rig.ops,
            policy=SHORT,
            flows=flows.FlowsClient(url, rig.ops.db.begin),
            departments=(*DEPARTMENTS, ORCHESTRATOR),
            boot_id="jobs-contract",
            plans=job.plans(TIMETABLE, SHORT),
        )
        await executors.beat(rig.ops, "worker-all", {})
        await flows.launch(rig.ops, queues=QUEUES, workflows=workflows())
        yield rig
        await flows.land(timedelta())


async def _run(rig: Rig, entry: Job, label: str) -> SlotRow:
    key = await run_now(rig.ops, _plan(entry), label)
    assert key
    return await _ended(rig, key)


async def _ended(rig: Rig, key: Key) -> SlotRow:
    async with asyncio.timeout(100):
        while True:
            async with rig.ops.db.begin() as db:
                row = await slot.read(db, key)
            if row and row.ended_at:
                return row
            await asyncio.sleep(0.05)


@history_first
async def test_a_job_run_by_its_flow_ends_its_slot_well(house: Rig, entry: Job) -> None:
    row = await _run(house, entry, "contract")
    assert row.state in ("ran", "skipped"), row.reason
    assert row.state == "ran" or row.reason


_WEEKS = [f"week {number}" for number in range(1, 6)]
STEPS = {
    "jobs.collect": ["open", "collect", "end"],
    "jobs.backfill": ["open", "names", "fill meta.ads", "fill shopify.orders", "end"],
    "jobs.pulse": ["open", "prepare", "say", "end"],
    "jobs.audit": ["open", "look", "tell", "end"],
    "jobs.attention": ["open", "prepare", "look", "put forward", "tell", "end"],
    "jobs.nightly": ["open", *_WEEKS, "end"],
    "jobs.reconcile": ["open", "names", "compare shopify.orders", "end"],
    "jobs.selfcheck": ["open", "look", "end"],
    "jobs.heartbeat": ["open", "beat", "end"],
    "jobs.patrol": ["open", "round", "end"],
    "jobs.silence": ["open", "listen", "end"],
    "jobs.credentials": ["open", "tell", "end"],
    "jobs.drift": ["open", "look", "end"],
    "jobs.directory": ["open", "resolve", "end"],
    "jobs.approvals": ["open", "keep", "end"],
    "jobs.autonomy": ["open", "propose", "end"],
    "jobs.retention": ["open", "rows", "flows", "end"],
}


@each_job
async def test_the_steps_of_a_flow_are_those_that_open_flows_have_recorded(house: Rig, entry: Job) -> None:
    """Changed steps strand flows that are open during a deploy: put a change behind `flows.changed`, then edit here."""
    found = await house.rows(
        "select function_name from dbos.operation_outputs where workflow_uuid like :id order by function_id",
        id=f"{entry.name}:%:contract",
    )
    assert [row[0] for row in found] == STEPS[entry.flow.name]


@each_job
async def test_the_same_slot_twice_runs_once(house: Rig, entry: Job) -> None:
    async with house.ops.db.begin() as db:
        before = (await db.execute(text("select count(*) from dbos.workflow_status"))).scalar()
    assert await run_now(house.ops, _plan(entry), "contract") is None
    async with house.ops.db.begin() as db:
        assert (await db.execute(text("select count(*) from dbos.workflow_status"))).scalar() == before


async def _said(rig: Rig, beginning: str) -> list[str]:
    found = await rig.rows("select key from outbox where key like :like order by id", like=f"{beginning}%")
    return [row[0] for row in found]


async def test_the_pulse_is_said_once_a_day_with_its_details_in_the_thread(house: Rig) -> None:
    entry = next(one for one in TIMETABLE if one.name == "pulse")
    first = await _said(house, "pulse:")
    assert first[0] == "pulse:ops-pulse:2026-11-20"
    assert first[1:]
    assert all(key.startswith("pulse:ops-pulse:2026-11-20:detail:") for key in first[1:])
    again = await _run(house, entry, "again")
    assert (again.state, again.reason) == ("ran", "it was said before")
    assert await _said(house, "pulse:") == first
    threads = await house.rows("select distinct thread_key from outbox where key like 'pulse:%:detail:%'")
    assert [row[0] for row in threads] == ["pulse:ops-pulse:2026-11-20"]


async def test_the_pulse_is_said_although_vendors_fail(house: Rig) -> None:
    entry = next(one for one in TIMETABLE if one.name == "pulse")
    house.clock.move(timedelta(days=1))
    try:
        await house.fault("meta", "status", status=401, n=50)
        await house.fault("hubspot", "html", n=50)
        row = await _run(house, entry, "faulty")
    finally:
        await house.fault("*", "clear")
        house.clock.move(-timedelta(days=1))
    assert row.state == "ran"
    assert {"meta.ads", "hubspot.deals"} <= set(row.detail["faults"])
    assert "pulse:ops-pulse:2026-11-21" in await _said(house, "pulse:")


async def test_a_pulse_whose_day_is_over_is_not_said(house: Rig) -> None:
    entry = next(one for one in TIMETABLE if one.name == "pulse")
    due = timing.Due(house.clock.now(), house.ops.today() - timedelta(days=1), "06:30")
    async with house.ops.db.begin() as db:
        assert await slots.claim(house.ops, db, _plan(entry), due) == "begun"
    row = await _ended(house, Key("pulse", due.day, "06:30"))
    assert (row.state, row.reason) == ("skipped", "its day is over")


async def test_a_source_that_fails_escalates_its_slot_and_twice_is_told_once(house: Rig) -> None:
    entry = next(one for one in TIMETABLE if one.name == "deals")
    await house.fault("hubspot", "status", status=401, n=50)
    try:
        rows = [await _run(house, entry, label) for label in ("bad-1", "bad-2", "bad-3")]
    finally:
        await house.fault("*", "clear")
    assert {row.state for row in rows} == {"escalated"}
    assert rows[0].detail == {"source": "hubspot", "kind": "systemic"}
    await batch.flush(house.ops)
    told = await house.rows("select id, state, count, posted from escalation where cause = 'vendor:hubspot'")
    ((key, *now),) = told
    assert now == ["open", 3, 1]
    assert await _said(house, f"escalation:{key}") == [f"escalation:{key}"]
    assert (await _run(house, entry, "good")).state == "ran"
    assert await house.one("select well_at is not null from escalation where cause = 'vendor:hubspot'")


async def test_a_source_that_is_not_connected_is_skipped_with_the_reason(house: Rig) -> None:
    entry = next(one for one in TIMETABLE if one.name == "shipments")
    known = dict(house.secrets.known)
    del house.secrets.known["SHIPBOB_TOKEN"]
    row = await _run(house, entry, "unconnected")
    house.secrets.known.update(known)
    assert row.state == "skipped"
    assert row.reason == "ShipBob is not connected: SHIPBOB_TOKEN is not set"


async def test_flows_that_ended_long_ago_are_deleted_and_their_slots_stay(house: Rig) -> None:
    entry = next(one for one in TIMETABLE if one.name == "retention")
    before = await house.one("select count(*) from dbos.workflow_status")
    ended = await house.one("select count(*) from slot")
    house.clock.move(timedelta(days=20))
    try:
        assert (await _run(house, next(one for one in TIMETABLE if one.name == "nightly"), "later")).state == "ran"
        row = await _run(house, entry, "much later")
    finally:
        house.clock.move(-timedelta(days=20))
    assert row.state == "ran", row.reason
    assert row.detail["flows"] >= before - 1
    assert await house.one("select count(*) from dbos.workflow_status") == 1
    assert await house.one("select count(*) from flow") == 1
    assert await house.one("select count(*) from slot") == ended + 2


def test_a_pulse_looks_back_to_last_years_month_only_for_its_plan() -> None:
    today = datetime(2026, 11, 20, tzinfo=UTC).date()
    with_plan: Policy = SHORT.model_copy(update={"plan": SHORT.plan.model_copy(update={"months": {"2026-11": 100}})})
    assert sources.needed_since(SHORT, today) == datetime(2025, 11, 1, tzinfo=UTC).date() - timedelta(days=62)
    assert sources.needed_since(with_plan, today) == today - timedelta(days=95)
