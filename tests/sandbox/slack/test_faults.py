"""What goes wrong on purpose goes wrong as it does with the real one."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack import kit


async def command(slack: kit.Sandbox, text: str = "/pulse") -> dict[str, Any]:
    return await slack.act("command", user="U0CEO", channel="C0PULSE", text=text)


async def test_an_unknown_fault_lists_the_known_ones(slack: kit.Sandbox) -> None:
    assert "half_open" in (await slack.act("fault", kind="gremlins"))["error"]


async def test_a_cut_after_the_effect_makes_the_sdk_post_twice(slack: kit.Sandbox) -> None:
    await slack.act("fault", kind="http", method="chat.postMessage", cut_after_accept=True, n=1)
    client = AsyncWebClient("xoxb-sandbox-bot", base_url=f"{slack.url}/api/")
    assert (await client.chat_postMessage(channel="C0PULSE", text="once?"))["ok"]
    assert [m["text"] for m in await slack.messages("C0PULSE")] == ["once?", "once?"]


async def test_http_faults_strike_before_the_effect(slack: kit.Sandbox) -> None:
    url, body = f"{slack.url}/api/chat.postMessage", {"channel": "C0PULSE", "text": "x"}
    await slack.act("fault", kind="http", method="chat.postMessage", status=500, n=1)
    async with slack.http.post(url, json=body, headers=kit.BOT) as response:
        assert response.status == 500
    await slack.act("fault", kind="http", invalid_json=True, n=1)
    async with slack.http.post(url, json=body, headers=kit.BOT) as response:
        assert (await response.text()).startswith("<html>")
    assert await slack.messages("C0PULSE") == []
    await slack.act("fault", kind="http", latency_ms=80, n=1)
    begun = asyncio.get_running_loop().time()
    assert (await slack.api("chat.postMessage", **body))["ok"]
    assert asyncio.get_running_loop().time() - begun >= 0.08


async def test_a_storm_of_refusals_says_how_long(slack: kit.Sandbox) -> None:
    await slack.act("fault", kind="ratelimited", method="chat.postMessage", retry_after=7, n=1)
    async with slack.http.post(f"{slack.url}/api/chat.postMessage", json={"channel": "C0PULSE", "text": "x"},
                               headers=kit.BOT) as response:  # fmt: skip
        assert (response.status, response.headers["Retry-After"]) == (429, "7")
    assert (await slack.api("chat.postMessage", channel="C0PULSE", text="x"))["ok"]


async def test_a_requested_refresh_is_announced_and_then_enforced(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="disconnect", reason="refresh_requested", close_after=0.05)
    await app.until(lambda: app.disconnects == ["refresh_requested"])
    await app.until(lambda: app.socket.closed)
    assert (await slack.read("state"))["connections"] == 0


async def test_who_was_asked_to_leave_gets_nothing_while_another_stays(slack: kit.Sandbox, app: kit.Listener) -> None:
    async with kit.listening(slack) as second:
        await slack.act("fault", kind="disconnect")
        for _ in range(3):
            assert (await command(slack))["acked"]
        assert (len(app.envelopes), len(second.envelopes)) == (0, 3)


async def test_refreshes_come_again_and_again_until_cleared(slack: kit.Sandbox, app: kit.Listener) -> None:
    async with kit.listening(slack) as second:
        await slack.act("fault", kind="refresh_every", s=0.03)
        await second.until(lambda: app.disconnects and second.disconnects)
        await slack.act("fault", kind="clear")


async def test_a_half_open_connection_swallows_what_it_is_given(slack: kit.Sandbox, app: kit.Listener) -> None:
    slack.workspace.delivery.ack_window_s = 0.1
    await slack.act("fault", kind="half_open")
    assert (await command(slack))["error"] == "operation_timeout"
    assert app.envelopes == []
    await slack.act("fault", kind="clear")
    assert (await command(slack))["acked"]


async def test_a_deaf_slack_takes_new_connections_and_brings_nothing_over_any(
    slack: kit.Sandbox, app: kit.Listener
) -> None:
    slack.workspace.delivery.ack_window_s = 0.1
    await slack.act("fault", kind="deaf")
    async with kit.listening(slack) as second:
        assert [(await command(slack))["error"] for _ in range(2)] == ["operation_timeout"] * 2
        assert app.envelopes + second.envelopes == []
    await slack.act("fault", kind="clear")
    assert (await command(slack))["acked"]


async def test_ghosts_are_counted_and_delivered_to(slack: kit.Sandbox, app: kit.Listener) -> None:
    slack.workspace.delivery.ack_window_s = 0.1
    await slack.act("fault", kind="ghost", n=1)
    answers = [(await command(slack))["acked"] for _ in range(4)]
    assert sorted(answers) == [False, False, True, True]
    async with kit.listening(slack) as late:
        assert late.hello["num_connections"] == 3


async def test_a_reset_ends_without_a_close_frame(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="rst")
    await app.until(lambda: app.socket.closed)
    assert app.socket.close_code in {None, aiohttp.WSCloseCode.ABNORMAL_CLOSURE}


async def test_a_failed_handshake_spends_the_ticket(slack: kit.Sandbox) -> None:
    await slack.act("fault", kind="handshake_status", status=500, n=1)
    address = await slack.wss()
    statuses = []
    for _ in range(2):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await slack.http.ws_connect(address)
        statuses.append(refused.value.status)
    assert statuses == [500, 408]


async def test_opening_may_be_refused(slack: kit.Sandbox) -> None:
    await slack.act("fault", kind="open_error", error="ratelimited", retry_after=5, n=1)
    async with slack.http.post(f"{slack.url}/api/apps.connections.open", headers=kit.APP) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "5")
    await slack.act("fault", kind="open_error", error="internal_error", n=1)
    async with slack.http.post(f"{slack.url}/api/apps.connections.open", headers=kit.APP) as response:
        assert (await response.json())["error"] == "internal_error"


async def test_each_new_connection_may_be_one_too_many(slack: kit.Sandbox) -> None:
    await slack.act("fault", kind="too_many", n=1)
    async with kit.listening(slack) as turned_away:
        await turned_away.until(lambda: turned_away.disconnects == ["too_many_websockets"])


async def test_an_envelope_may_come_twice(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="duplicate_envelope", p=1)
    assert (await command(slack))["acked"]
    await app.until(lambda: len(app.envelopes) == 2)
    assert app.envelopes[0] == app.envelopes[1]


async def test_envelopes_may_come_out_of_order(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="reorder", window=0.1)
    await asyncio.gather(*(command(slack, f"/pulse {number:02}") for number in range(12)))
    texts = [envelope["payload"]["text"] for envelope in app.envelopes]
    assert sorted(texts) == [f"{number:02}" for number in range(12)]
    assert texts != sorted(texts)


async def test_an_ack_may_be_seen_late(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="delay_ack_visibility", ms=120, n=1)
    assert (await command(slack))["ack_ms"] >= 120
    assert len(app.envelopes) == 1


async def test_a_revoked_token_is_told_and_refused(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="token_revoked")
    await app.until(lambda: app.disconnects == ["link_disabled"])
    assert app.events("tokens_revoked")
    assert (await slack.api("auth.test"))["error"] == "token_revoked"
    await slack.act("fault", kind="clear")
    assert (await slack.api("auth.test"))["ok"]


async def test_everything_may_be_down_for_a_while(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("fault", kind="api_down", s=30)
    await app.until(lambda: app.socket.closed)
    async with slack.http.post(f"{slack.url}/api/auth.test", headers=kit.BOT) as response:
        assert response.status == 503
    await slack.act("advance_time", seconds=31)
    assert (await slack.api("auth.test"))["ok"]


async def test_the_clock_may_jump_and_timestamps_still_rise(slack: kit.Sandbox) -> None:
    first = (await slack.api("chat.postMessage", channel="C0PULSE", text="x"))["ts"]
    await slack.act("fault", kind="clock_jump", by=-3600)
    second = (await slack.api("chat.postMessage", channel="C0PULSE", text="x"))["ts"]
    assert float(second) > float(first)


async def test_armed_faults_are_shown_and_reset_away(slack: kit.Sandbox) -> None:
    await slack.act("fault", kind="http", status=500, method="chat.update")
    assert (await slack.read("state"))["faults"] == [
        {"kind": "http", "left": None, "status": 500, "method": "chat.update"}
    ]
    await slack.act("reset")
    assert (await slack.read("state"))["faults"] == []
