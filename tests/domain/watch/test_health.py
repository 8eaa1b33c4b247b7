"""The card for /health names what is not well: a stopped worker, a stale source, a failing job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.escalations import batch, failures
from domain.kernel import outbox
from domain.kernel.breaker import Breaker
from domain.kernel.card import Card, Line, Lines
from domain.kernel.plan import Plan, Timing
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.marketing import meta
from domain.pulse.department import DEPARTMENT as ORCHESTRATOR
from domain.watch import activity, checks, directory, executors, health, measures, notices, retention, slots
from domain.watch.catchup import Missed
from jobs import selfcheck, silence
from models import check, connector, inbox, raw_page, slot, thread
from models import directory as places
from models.base import Db
from models.cache import Cache
from models.connector import Answered, Fault
from models.db import Database
from models.slot import Key
from tests.collecting import DEPARTMENTS, Secrets, policy, sandbox_secrets
from tests.jobs.parts import Clock, RealClock, emptied, fresh_database, well

NOTHING = Plan("deals", Timing(every=timedelta(hours=1)), "jobs.none", "sales")


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "health_test")


@pytest_asyncio.fixture(loop_scope="session")
async def ops(stores: Stores, url: str) -> AsyncIterator[Ops]:
    secrets = Secrets(sandbox_secrets("http://127.0.0.1:9"))
    database, cache = Database(url), Cache(stores.redis_url)
    http = Client(secrets, Breaker(database))
    ops = Ops(
        policy=policy(),
        clock=RealClock(),
        db=database,
        cache=cache,
        secrets=secrets,
        http=http,
        flows=cast("Any", None),
        departments=(*DEPARTMENTS, ORCHESTRATOR),
        boot_id="test",
    )
    await emptied(ops)
    for role in checks.expected(ops):
        await executors.beat(replace(ops, boot_id=role), role, well(role))
    yield ops
    await http.close()
    await cache.close()
    await database.close()


async def _fresh(ops: Ops, *but: str) -> None:
    async with ops.db.begin() as db:
        for department in DEPARTMENTS:
            for one in department.connectors:
                for stream in one.streams:
                    if f"{one.key}.{stream.key}" not in but:
                        await connector.answered(db, one.key, stream.key, Answered(3, ops.clock.now(), ops.clock.now()))


async def _slot(ops: Ops, label: str, state: Any, reason: str = "") -> None:
    async with ops.db.begin() as db:
        key = Key("deals", ops.today(), label)
        await slot.claim(db, key, ops.clock.now(), queue="sales", limit=timedelta(minutes=5))
        await slot.end(db, key, state, reason)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is bad is looked at again at once."""
    monkeypatch.setattr(checks, "AGAIN_SECONDS", 0.1)


def _lines(card: Card) -> dict[str, Line]:
    return {line.label: line for part in card.parts if isinstance(part, Lines) for line in part.lines}


async def test_a_house_that_is_well_says_so_in_one_sentence(ops: Ops) -> None:
    await _fresh(ops)
    card = await health.card(ops)
    assert card.conclusion == "The house is well."
    assert "All 7" in _lines(card)


async def test_the_command_that_asks_is_not_told_to_wait(ops: Ops) -> None:
    await _fresh(ops)
    async with ops.db.begin() as db:
        asking = [inbox.Envelope(f"command:{word}", "command", "{}") for word in ("health", "pulse")]
        await inbox.take(db, asking, owner=1)
    assert "inbox" not in _lines(await health.card(ops))
    async with ops.db.begin() as db:
        await db.execute(text("update inbox set received_at = received_at - interval '3 minutes' where key ~ 'pulse'"))
    assert _lines(await health.card(ops))["inbox"].text == "1 command waits, for 3 minutes."
    async with ops.db.begin() as db:
        await inbox.finish(db, [(one.key, "answered") for one in asking])


async def test_a_stopped_worker_and_a_stale_source_are_named(ops: Ops) -> None:
    await _fresh(ops, "hubspot.deals")
    async with ops.db.begin() as db:
        long_ago = ops.clock.now() - timedelta(days=4)
        await connector.answered(db, "hubspot", "deals", Answered(3, long_ago, long_ago))
        await connector.failed(db, "hubspot", "deals", Fault("credential", "HubSpot: it answers 401."), ops.clock.now())
    await executors.die(replace(ops, boot_id="worker-sales"))
    lines = _lines(card := await health.card(ops))
    assert lines["worker-sales"].mark == "bad"
    assert lines["HubSpot deals"].text == "HubSpot: it answers 401; last good value 4 days ago."
    assert card.conclusion.startswith("2 things need a look — worker-sales: ")


async def test_a_source_that_is_not_connected_is_off_and_not_bad(ops: Ops) -> None:
    await _fresh(ops)
    del cast("Secrets", ops.secrets).known["META_TOKEN"]
    card = await health.card(ops)
    assert _lines(card)[meta.CONNECTOR.name].mark == "off"
    assert card.conclusion == "The house is well."


async def test_a_failing_job_is_named_with_its_reason(ops: Ops) -> None:
    await _fresh(ops)
    await _slot(ops, "01:00", "escalated", "HubSpot answers 401")
    line = _lines(await health.card(ops))["deals"]
    assert line.mark == "bad"
    assert line.text.endswith(": HubSpot answers 401")


async def test_a_job_whose_source_fails_points_to_the_source_and_is_no_second_thing(ops: Ops) -> None:
    await _fresh(ops)
    now = ops.clock.now()
    async with ops.db.begin() as db:
        await connector.failed(db, "hubspot", "deals", Fault("credential", "HubSpot: it answers 401."), now)
        await slot.claim(db, key := Key("deals", ops.today(), "01:00"), now, queue="sales", limit=timedelta(minutes=5))
        await slot.end(db, key, "escalated", "it answers 401.", {"source": "hubspot"})
    card = await health.card(ops)
    assert _lines(card)["deals"].text.endswith(": see Sources.")
    assert card.conclusion.startswith("1 thing needs a look — HubSpot deals: HubSpot: it answers 401")


async def test_jobs_that_ran_are_counted_past_the_fifth(ops: Ops) -> None:
    now = ops.clock.now()
    rows = [slot.SlotRow(Key(name, ops.today(), "1"), now, "ran", "", "", {}, now, now) for name in "abcdefg"]
    (line,) = health.jobs(rows, (), now)
    assert line.text.endswith(" and 2 more.")


async def test_without_its_database_the_card_says_that(ops: Ops) -> None:
    away = replace(ops, db=Database(ops.db.url.replace("health_test", "nowhere_health_test")))
    card = await health.card(away)
    await away.db.close()
    assert card.conclusion == "The database does not answer."


async def test_a_self_check_is_kept_and_what_it_finds_bad_is_told_only_once(ops: Ops) -> None:
    await _fresh(ops)
    assert await selfcheck.looked(ops, "look:1") == {"bad": 0}
    await executors.die(replace(ops, boot_id="scheduler"))
    for _ in range(2):
        assert await selfcheck.looked(ops, "look:2") == {"bad": 1}
        await batch.flush(ops)
    (told,) = await _told(ops)
    assert told.startswith("escalation:E-")
    kept = {one.name: one.state for one in await _kept(ops)}
    assert kept["process.scheduler"] == "bad"
    assert kept["disk"]


async def test_after_a_jump_of_the_databases_clock_nobody_is_taken_for_dead(ops: Ops) -> None:
    await _fresh(ops)
    async with ops.db.begin() as db:
        await db.execute(text("update executor set beat_at = beat_at - interval '3 hours'"))

    async def beats() -> None:
        await asyncio.sleep(0.05)
        for role in checks.expected(ops):
            await executors.beat(replace(ops, boot_id=role), role, well(role))

    found, _ = await asyncio.gather(selfcheck.looked(ops, "look:1"), beats())
    assert found == {"bad": 0}


@pytest.mark.parametrize("hours", [3, -3])
async def test_a_clock_set_three_hours_wrong_is_named_and_nothing_else(ops: Ops, hours: int) -> None:
    await _fresh(ops)
    plans = (replace(NOTHING, at_first=True), replace(NOTHING, job="other", queue="marketing"))
    async with ops.db.begin() as db:
        for plan in plans:
            await slot.met(db, plan.job, ops.clock.now() - timedelta(days=9))
            key = Key(plan.job, ops.today(), "1")
            await slot.claim(db, key, ops.clock.now(), queue=plan.queue, limit=timedelta(minutes=5))
    set_wrong = replace(ops, clock=Clock(ops.clock.now() + timedelta(hours=hours)), plans=plans)
    assert await selfcheck.looked(set_wrong, "look:1") == {"bad": 1}
    assert await silence.listened(set_wrong, "look:1") == {"silent": []}
    card = await health.card(set_wrong)
    assert card.conclusion.startswith("1 thing needs a look — clock: This machine's clock is 3 hours")
    async with ops.db.begin() as db:
        assert [row[0] for row in await db.execute(text("select cause from escalation"))] == ["check:clock"]


async def test_a_silent_job_a_post_that_waits_and_the_last_output_are_shown(ops: Ops) -> None:
    await _fresh(ops)
    now, heard = ops.clock.now(), replace(ops, plans=(NOTHING, replace(NOTHING, job="pulse", queue="orchestrator")))
    async with ops.db.begin() as db:
        for job, hours, detail in (("deals", 9, {"rows": 3}), ("deals", 8, {"rows": 0}), ("pulse", 1, {"post": "p"})):
            await slot.met(db, job, now - timedelta(days=9))
            key = Key(job, ops.today(), str(hours))
            await slot.claim(db, key, now - timedelta(hours=hours), queue="sales", limit=timedelta(minutes=5))
            await slot.end(db, key, "ran", "", detail)
        behind = [(Key("deals", ops.today(), "behind"), now - timedelta(hours=1))]
        await slot.skip(db, behind, "overlap: the slot 8 has not ended")
        await outbox.say(db, channel="ops-pulse", card=Card("A pulse", "All is well."), key="p")
        await db.execute(text("update outbox set created_at = now() - interval '40 minutes'"))
    lines = _lines(await health.card(heard))
    assert lines["deals"].text == "never fired: the job deals has not begun for 8 hours."
    assert lines["pulse"].text == "ran 0 seconds ago; its post waits, for 40 minutes."
    found = await activity.look(heard)
    last = {(one.kind, one.name): one.at for one in found.last}
    async with ops.db.begin() as db:
        ended = {row.key.slot: row.ended_at for row in await slot.recent(db, now - timedelta(days=1))}
    assert last["job", "deals"] == ended["9"]  # what brought nothing does not count
    assert await silence.listened(heard, "look:1") == {"silent": ["the job deals has not begun for 8 hours"]}
    await silence.listened(heard, "look:2")
    async with ops.db.begin() as db:
        (row,) = await db.execute(text("select cause from escalation"))
    assert row.cause == "silent:deals"


async def test_a_slot_skipped_for_a_reason_that_is_told_is_no_silence(ops: Ops) -> None:
    heard, now = replace(ops, plans=(NOTHING,)), ops.clock.now()
    async with ops.db.begin() as db:
        await slot.met(db, "deals", now - timedelta(days=9))
        await slot.skip(db, [(Key("deals", ops.today(), "1"), now - timedelta(minutes=9))], "paused by hand")
    assert (await activity.look(heard)).quiet == ()


async def test_what_a_later_look_finds_well_is_over(ops: Ops) -> None:
    await _fresh(ops)
    await executors.die(replace(ops, boot_id="scheduler"))
    await selfcheck.looked(ops, "look:1")
    await executors.beat(replace(ops, boot_id="scheduler"), "scheduler", {})
    await selfcheck.looked(ops, "look:2")
    async with ops.db.begin() as db:
        (row,) = await db.execute(text("select cause, well_at is not null from escalation"))
    assert tuple(row) == ("check:process.scheduler", True)


async def _kept(ops: Ops) -> list[check.Result]:
    async with ops.db.begin() as db:
        return await check.latest(db)


async def test_two_problems_that_begin_alike_are_both_kept(ops: Ops) -> None:
    begins = "I am not a member of the channel that is called "
    links = {"links": 2, "links_wanted": 2, "problems": [f"{begins}#one.", f"{begins}#two."]}
    await executors.beat(replace(ops, boot_id="bot"), "bot", {"slack": links})
    await selfcheck.looked(ops, "look:1")
    (kept,) = [one for one in await _kept(ops) if one.name.startswith("slack.i-am")]
    assert kept.text == f"{begins}#one. {begins}#two."


async def test_an_alarm_that_could_not_be_told_is_told_by_the_next_look(
    ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fresh(ops)
    await executors.die(replace(ops, boot_id="scheduler"))

    async def dies(*_: Any) -> bool:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(failures, "raised", lambda *_, **__: dies())
        with pytest.raises(ConnectionError):
            await selfcheck.looked(ops, "look:1")
    assert await _kept(ops) == []
    assert await selfcheck.looked(ops, "look:2") == {"bad": 1}
    assert await batch.flush(ops) == 1


async def _told(ops: Ops) -> list[str]:
    async with ops.db.begin() as db:
        return [row[0] for row in await db.execute(text("select key from outbox order by id"))]


async def test_a_night_away_is_told_in_one_message(ops: Ops) -> None:
    now = ops.clock.now()
    night = Missed(("orders 09:00", "pulse 06:30"), 39, now - timedelta(hours=8), now)
    assert await notices.caught_up(ops, night)
    assert not await notices.caught_up(ops, night)
    assert not await notices.caught_up(ops, replace(night, since=now - timedelta(minutes=5)))
    assert not await notices.caught_up(ops, replace(night, skipped=0))
    assert len(await _told(ops)) == 1


async def test_channels_and_people_of_the_policy_are_held_against_slack(ops: Ops) -> None:
    assert not (await directory.missing(ops)).read
    named = ops.policy.channels
    await _read(ops, places.Place("C1", named.pulse, False, False, False))
    assert await _wrong(ops) == [f"#{named.escalations}", f"#{named.pulse}", "@approver"]
    await _read(
        ops,
        places.Place("C1", named.pulse, True, False, True),
        places.Place("C2", named.escalations, True, False, False),
    )
    assert await _wrong(ops) == [f"#{named.pulse}", "@approver"], "channels nothing is posted to are nobody's trouble"


async def test_who_is_to_answer_for_a_department_must_be_a_member(ops: Ops) -> None:
    wishes = ops.policy.escalations.model_copy(update={"owners": {"sales": "nobody-here"}, "deputy": "gone"})
    named = ops.policy.channels
    await _read(ops, *(places.Place(f"C-{name}", name, True, False, False) for name in named.used().values()))
    asked = replace(ops, policy=ops.policy.model_copy(update={"escalations": wishes}))
    assert await _wrong(asked) == ["@approver", "@nobody-here", "@gone"]


async def _read(ops: Ops, *rooms: places.Place) -> None:
    async with ops.db.begin() as db:
        await places.keep_channels(db, list(rooms))


async def _wrong(ops: Ops) -> list[str]:
    return [one.name for one in (await directory.missing(ops)).problems]


async def test_working_rows_past_their_days_are_deleted_and_others_stay(ops: Ops) -> None:
    now = ops.clock.now()
    async with ops.db.begin() as db:
        for age in (20, 1):
            at = now - timedelta(days=age)
            await raw_page.keep(db, "meta", "ads", request="GET", body=b"{}", at=at)
            await check.keep(db, [check.Result("disk", at, "ok", "")])
        for age in (500, 1):
            await slot.skip(db, [(Key("deals", ops.today(), f"old {age}"), now - timedelta(days=age))], "downtime")
    found = await retention.forget(ops)
    assert (found["raw_pages"], found["slots"], found["checks"]) == (1, 1, 1)
    assert await retention.ended_flows(ops) == []
    assert await slots.end_overdue(ops) == []


async def test_an_old_thread_is_left_unless_somebody_still_talks_in_it(ops: Ops) -> None:
    async with ops.db.begin() as db:
        for ts in ("new", "old", "old and alive"):
            await thread.own(db, "C1", ts)
        await db.execute(text("update thread set created_at = now() - interval '91 days' where ts like 'old%'"))
        await db.execute(
            text(
                "insert into outbox (key, target, lane, card, channel_id, thread_ts, state) "
                "values ('answer', 'post', 'C1', '{}', 'C1', 'old and alive', 'sent')"
            )
        )
    assert (await retention.forget(ops))["threads"] == 1
    async with ops.db.begin() as db:
        assert [await thread.owned(db, "C1", ts) for ts in ("new", "old", "old and alive")] == [True, False, True]


async def test_a_redis_that_hangs_takes_no_time_from_the_database(ops: Ops) -> None:
    answered = asyncio.Event()

    class Hangs(Cache):
        async def ping(self) -> bool:
            await answered.wait()
            return False

    class Tells(Database):
        @asynccontextmanager
        async def begin(self) -> AsyncIterator[Db]:
            async with super().begin() as db:
                yield db
            answered.set()

    database = Tells(ops.db.url)
    async with asyncio.timeout(10):
        found = await measures.look(replace(ops, cache=Hangs(None), db=database))
    await database.close()
    assert (found.redis, found.database_error) == (False, "")
