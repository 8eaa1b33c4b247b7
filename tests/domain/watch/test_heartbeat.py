"""The heartbeat is one message, rewritten for ever, posted again when it is gone; who waits outside is called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import text

from domain.escalations import escalation
from domain.kernel import outbox
from domain.kernel.breaker import Breaker
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.watch import executors, heartbeat, pings
from jobs import heartbeat as job
from tests.jobs.parts import Secrets

UPDATE = "update:heartbeat"


async def _settle(ops: Ops, key: str, **values: Any) -> None:
    told = ", ".join(f"{name} = :{name}" for name in values)
    async with ops.db.begin() as db:
        await db.execute(text(f"update outbox set {told} where key = :key"), {"key": key, **values})


async def _posted(ops: Ops) -> None:
    await heartbeat.beat(ops)
    await _settle(ops, "heartbeat", state="sent", attempts=1, ts="7.5", channel_id="C1")


async def _keys(ops: Ops) -> list[str]:
    async with ops.db.begin() as db:
        return [row[0] for row in await db.execute(text("select key from outbox order by id"))]


async def test_it_is_posted_once_and_rewritten_from_then_on(ops: Ops) -> None:
    await _posted(ops)
    await heartbeat.beat(ops)
    await heartbeat.beat(ops)
    assert await _keys(ops) == ["heartbeat", UPDATE]
    async with ops.db.begin() as db:
        assert (await heartbeat.standing(db)).ts == "7.5"


async def test_a_message_that_somebody_deleted_is_posted_again(ops: Ops) -> None:
    await _posted(ops)
    await heartbeat.beat(ops)
    await _settle(ops, UPDATE, state="failed", error="message_not_found")
    await heartbeat.beat(ops)
    assert await _keys(ops) == ["heartbeat"]
    async with ops.db.begin() as db:
        found = await outbox.delivery(db, "heartbeat")
    assert found is not None
    assert found.state == "queued"


async def test_one_that_may_not_be_rewritten_is_not_posted_again_and_again(ops: Ops) -> None:
    await _posted(ops)
    await heartbeat.beat(ops)
    await _settle(ops, UPDATE, state="failed", error="cant_update_message")
    await heartbeat.beat(ops)
    assert await _keys(ops) == ["heartbeat", UPDATE], "whoever waits outside will tell"


async def test_it_knows_when_slack_took_none_for_too_long(ops: Ops) -> None:
    await _posted(ops)
    async with ops.db.begin() as db:
        await db.execute(text("update outbox set delivered_at = clock_timestamp() - interval '10 minutes'"))
    assert await heartbeat.beat(ops)
    async with ops.db.begin() as db:
        await db.execute(text("update outbox set delivered_at = clock_timestamp() - interval '12 minutes'"))
    assert not await heartbeat.beat(ops)


async def test_a_watchdog_that_fell_silent_is_told_once_somebody_could_have_heard_it(ops: Ops) -> None:
    async def standing() -> list[str]:
        await job.missed(ops)
        async with ops.db.begin() as db:
            return await escalation.standing(db, "check:")

    await pings.hear(ops, "watchdog", "success", "")
    async with ops.db.begin() as db:
        await db.execute(text("update ping set at = at - interval '16 minutes'"))
    await executors.beat(ops, "web", {})
    assert await standing() == [], "the house itself has only just begun to listen"
    async with ops.db.begin() as db:
        await db.execute(text("update executor set started_at = started_at - interval '16 minutes'"))
    assert await standing() == ["check:watchdog"]


async def test_whoever_waits_outside_is_called_before_and_after(ops: Ops) -> None:
    calls: list[str] = []

    async def called(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(text="OK")

    application = web.Application()
    application.router.add_get("/{rest:.*}", called)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    secrets = Secrets({heartbeat.PING_URL: f"http://127.0.0.1:{runner.addresses[0][1]}/ping/house"})
    http = Client(secrets, Breaker(ops.db))
    calling = replace(ops, secrets=secrets, http=http)
    try:
        assert await job.beaten(calling, "now") == {}
        await _settle(ops, "heartbeat", state="sent", attempts=1, ts="7.5", channel_id="C1")
        async with ops.db.begin() as db:
            await db.execute(text("update outbox set delivered_at = clock_timestamp() - interval '12 minutes'"))
        assert await job.beaten(calling, "later") == {}
    finally:
        await runner.cleanup()
    assert calls == ["/ping/house/start", "/ping/house", "/ping/house/start", "/ping/house/fail"]
    refused = await job.beaten(calling, "nobody listens any more")
    await http.close()
    assert refused["start"].startswith("it cannot be reached")


@pytest.mark.parametrize("address", ["http://hc.example.org/x", "hc-ping", "ftp://127.0.0.1/x"])
def test_an_address_that_can_never_be_called_is_refused(address: str) -> None:
    with pytest.raises(RefusedError, match="OPS_PING_URL must be an https address"):
        heartbeat.refuse_wrong(address)
    for fine in (None, "https://hc.example.org/x", "http://127.0.0.1:1/x"):
        heartbeat.refuse_wrong(fine)
