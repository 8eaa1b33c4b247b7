"""Whoever asks from outside is told whether the house lives, and what is amiss."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import text

from bot import web
from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.breaker import Breaker
from domain.kernel.card import Card
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.watch import checks, executors, pings
from models import connector
from models.cache import Cache
from models.connector import Fault
from tests.collecting import DEPARTMENTS, Secrets, sandbox_secrets
from tests.jobs.parts import an_ops, fresh_database


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    ops = an_ops(fresh_database(stores.database_url, "web_test"), cache=Cache(stores.redis_url))
    for role in checks.expected(ops):
        await executors.beat(dataclasses.replace(ops, boot_id=role), role, {})
    yield ops
    await ops.cache.close()
    await ops.db.close()


async def _asked(ops: Ops) -> tuple[int, dict[str, Any]]:
    runner = await web.serve(ops, 0)
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{web.address(runner)}/healthz") as answer:
            return answer.status, await answer.json()
    finally:
        await runner.cleanup()


async def test_a_house_that_lives_says_so(ops: Ops) -> None:
    status, body = await _asked(ops)
    assert (status, body["status"], body["faults"]) == (200, "ok", [])


async def test_without_redis_it_is_degraded_and_says_so(ops: Ops) -> None:
    status, body = await _asked(dataclasses.replace(ops, cache=Cache(None)))
    assert (status, body["status"]) == (200, "degraded")
    assert body["faults"] == ["Redis does not answer; everything works, more slowly."]


async def test_a_process_that_ended_is_named(ops: Ops) -> None:
    scheduler = dataclasses.replace(ops, boot_id="scheduler")
    await executors.die(scheduler)
    status, body = await _asked(ops)
    await executors.beat(scheduler, "scheduler", {})
    assert (status, body["status"]) == (200, "degraded")
    assert "scheduler has ended" in body["faults"][0]


async def test_a_source_that_fails_is_named(ops: Ops) -> None:
    secrets = Secrets(sandbox_secrets("http://127.0.0.1:9"))
    http = Client(secrets, Breaker(ops.db))
    sources = dataclasses.replace(ops, departments=DEPARTMENTS, secrets=secrets, http=http)
    refused = "HubSpot: the credential is refused (401). Check HUBSPOT_SERVICE_KEY (HubSpot, Settings)."
    async with ops.db.begin() as db:
        await connector.failed(db, "hubspot", "deals", Fault("credential", refused), ops.clock.now())
    status, body = await _asked(sources)
    assert (status, body["status"]) == (200, "degraded")
    assert body["faults"][-1] == f"HubSpot deals: {refused}"


async def test_without_its_database_it_is_down(ops: Ops) -> None:
    away = an_ops(ops.db.url.replace("web_test", "nowhere_web_test"))
    status, body = await _asked(away)
    await away.db.close()
    assert (status, body["status"]) == (503, "down")


async def test_it_listens_on_this_machine_only(ops: Ops) -> None:
    runner = await web.serve(ops, 0)
    assert [where[0] for where in runner.addresses] == ["127.0.0.1"]
    await runner.cleanup()


async def test_a_port_that_is_taken_is_refused_in_a_sentence(ops: Ops) -> None:
    runner = await web.serve(ops, 0)
    port = int(web.address(runner).rsplit(":", 1)[1])
    with pytest.raises(RefusedError, match="OPS_WEB_PORT"):
        await web.serve(ops, port)
    await runner.cleanup()


async def test_it_beats_while_it_serves_and_is_dead_after(ops: Ops) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(web.run(dataclasses.replace(ops, boot_id="web-2"), 0, stop))
    stop.set()
    await serving
    async with ops.db.begin() as db:
        from models import executor

        rows = {row.id: row.state for row in await executor.latest(db)}
    assert rows["web-2"] == "dead"


async def test_it_tells_an_outsider_what_to_judge_it_by(ops: Ops) -> None:
    _, body = await _asked(ops)
    assert (body["heartbeat"], body["pulse"]) == (None, None), "nothing was posted yet"
    assert set(body["processes"]) >= set(checks.expected(ops))
    async with ops.db.begin() as db:
        for key, ts in (("heartbeat", "1.5"), ("pulse:ops-pulse:2026-11-20", "2.5")):
            await outbox.say(db, channel="ops-pulse", card=Card("Said", "It was said."), key=key)
            taken = "update outbox set state = 'sent', channel_id = 'C1', ts = :ts, delivered_at = now() "
            await db.execute(text(taken + "where key = :key"), {"key": key, "ts": ts})
    _, body = await _asked(ops)
    assert (body["heartbeat"]["channel"], body["heartbeat"]["ts"]) == ("C1", "1.5")
    assert body["pulse"]["day"] == "2026-11-20"
    assert body["pulse"]["due_at"] == "2026-11-21T07:00:00+00:00", "half past six in London, and half an hour's grace"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_a_ping_is_heard_by_every_method(ops: Ops, method: str) -> None:
    runner = await web.serve(ops, 0)
    here = f"{web.address(runner)}/ping"
    try:
        async with aiohttp.ClientSession() as session:
            for path, status in (("watchdog/start", 200), ("watchdog", 200), ("nobody", 404), ("watchdog/later", 404)):
                async with session.request(method, f"{here}/{path}") as answer:
                    assert answer.status == status, path
    finally:
        await runner.cleanup()


async def test_a_watchdog_that_says_it_failed_is_told_to_whoever_asks(ops: Ops) -> None:
    await pings.hear(ops, "watchdog", "fail", "no road works")
    _, body = await _asked(ops)
    await pings.hear(ops, "watchdog", "success", "")
    assert "watchdog" in body["bad"]
    assert "watchdog says that it failed: no road works." in body["faults"]
