"""Socket Mode: tickets, hello, turns, acknowledgements, repeats."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import aiohttp
import pytest

from sandbox.slack.manifest import from_dict
from tests.sandbox.slack import kit


async def test_a_ticket_opens_one_connection_only(slack: kit.Sandbox) -> None:
    address = await slack.wss()
    socket = await slack.http.ws_connect(address)
    hello = await socket.receive_json()
    assert (hello["type"], hello["num_connections"], hello["connection_info"]) == ("hello", 1, {"app_id": "A0BRAIN"})
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await slack.http.ws_connect(address)
    assert refused.value.status == 408
    await socket.close()


async def test_a_ticket_lives_thirty_seconds(slack: kit.Sandbox) -> None:
    address = await slack.wss()
    await slack.act("advance_time", seconds=31)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.http.ws_connect(address)


async def test_the_eleventh_connection_is_asked_to_leave(slack: kit.Sandbox) -> None:
    async with AsyncExitStack() as stack:
        apps = [await stack.enter_async_context(kit.listening(slack)) for _ in range(11)]
        await kit.until(lambda: apps[-1].disconnects)
        assert [app.disconnects for app in apps] == [[]] * 10 + [["too_many_websockets"]]


async def test_connections_take_turns(slack: kit.Sandbox, app: kit.Listener) -> None:
    async with kit.listening(slack) as second:
        assert second.hello["num_connections"] == 2
        for _ in range(6):
            await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse")
        assert (len(app.envelopes), len(second.envelopes)) == (3, 3)


async def test_a_command_is_flat_strings_and_its_ack_is_measured(slack: kit.Sandbox, app: kit.Listener) -> None:
    app.reply = lambda _envelope: {"text": "Here it is."}
    answer = await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse 2026-01-02 share")
    payload = app.envelopes[0]["payload"]
    assert (payload["command"], payload["text"]) == ("/pulse", "2026-01-02 share")
    assert all(isinstance(value, str) for value in payload.values())
    assert answer["acked"]
    assert answer["error"] is None
    assert 0 < answer["ack_ms"] < 1000
    assert [(m["text"], m["ephemeral"]) for m in await slack.messages("C0PULSE")] == [("Here it is.", True)]


async def test_without_a_connection_a_command_fails_at_once(slack: kit.Sandbox) -> None:
    answer = await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse")
    assert (answer["acked"], answer["error"]) == (False, "dispatch_failed")
    assert "dispatch_failed" in (await slack.messages("C0PULSE"))[0]["text"]


async def test_a_command_nobody_acknowledges_is_never_sent_again(slack: kit.Sandbox, app: kit.Listener) -> None:
    slack.workspace.delivery.ack_window_s = 0.1
    app.mute = True
    answer = await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse")
    assert answer["error"] == "operation_timeout"
    await slack.act("advance_time", seconds=600)
    await asyncio.sleep(0.05)
    assert len(app.envelopes) == 1
    await app.ack(app.envelopes[0])
    await kit.until(lambda: slack.workspace.core.traffic.entries[-1].error == "too_late")


def has(app: kit.Listener, count: int) -> bool:
    return len(app.envelopes) == count


async def test_an_event_nobody_acknowledges_comes_three_times_more(slack: kit.Sandbox, app: kit.Listener) -> None:
    slack.workspace.delivery.ack_window_s = 0.05
    app.mute = True
    await slack.act("message", user="U0CEO", channel="D0CEO", text="hello")
    for count, wait in ((2, 0), (3, 60), (4, 300)):
        await slack.act("advance_time", seconds=wait)
        await app.until(partial(has, app, count))
        await asyncio.sleep(0.1)
    await slack.act("advance_time", seconds=3600)
    await asyncio.sleep(0.1)
    assert [e["retry_attempt"] for e in app.envelopes] == [0, 1, 2, 3]
    assert [e["retry_reason"] for e in app.envelopes] == ["", "timeout", "timeout", "timeout"]
    assert len({e["payload"]["event_id"] for e in app.envelopes}) == 1
    assert len({e["envelope_id"] for e in app.envelopes}) == 4


async def test_an_event_waits_for_a_connection(slack: kit.Sandbox) -> None:
    answer = await slack.act("message", user="U0CEO", channel="D0CEO", text="anybody?")
    assert answer["error"] == "dispatch_failed"
    await asyncio.sleep(0.05)
    async with kit.listening(slack) as late:
        await slack.act("advance_time", seconds=60)
        await late.until(lambda: late.events("message"))
        assert late.envelopes[0]["retry_attempt"] == 2


async def test_a_mention_is_an_app_mention_and_a_message(slack: kit.Sandbox, app: kit.Listener) -> None:
    root = (await slack.act("message", user="U0CEO", channel="C0PULSE", text="<@U0BRAIN> why?"))["ts"]
    (mention,) = app.events("app_mention")
    (message,) = app.events("message")
    assert mention["payload"]["event"]["ts"] == message["payload"]["event"]["ts"] == root
    assert message["payload"]["event"]["channel_type"] == "channel"
    await slack.act("message", user="U0CEO", channel="C0PULSE", text="and now?", thread_ts=root)
    assert app.events("message")[-1]["payload"]["event"]["thread_ts"] == root


async def test_a_manifest_decides_which_events_and_commands_arrive() -> None:
    manifest = from_dict({
        "features": {"slash_commands": [{"command": "/pulse"}]},
        "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
    })  # fmt: skip
    async with kit.sandbox(manifest=manifest) as strict, kit.listening(strict) as app:
        await strict.act("message", user="U0CEO", channel="C0PULSE", text="<@U0BRAIN> hey")
        await strict.act("message", user="U0CEO", channel="D0CEO", text="hey")
        unknown = await strict.act("command", user="U0CEO", channel="C0PULSE", text="/nonsense")
        assert unknown["error"] == "unknown_command"
        assert [e["payload"]["event"]["type"] for e in app.envelopes] == ["app_mention"]


async def test_own_posts_come_back_as_messages_of_the_bot(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.api("chat.postMessage", channel="C0PULSE", text="hello")
    await app.until(lambda: app.events("message"))
    assert app.events("message")[0]["payload"]["event"]["bot_id"] == "B0BRAIN"


async def test_pings_are_answered(slack: kit.Sandbox) -> None:
    socket = await slack.http.ws_connect(await slack.wss(), autoping=False)
    await socket.receive()
    await socket.ping(b"sdk-ping-pong:1")
    frame = await socket.receive(timeout=2)
    assert (frame.type, bytes(frame.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")
    await socket.close()


async def test_the_load_counts_what_it_sent_and_what_came_back(slack: kit.Sandbox, app: kit.Listener) -> None:
    quick = await slack.act("load", command="/pulse", user="U0CEO", channel="C0PULSE", in_flight=8, count=200)
    assert (quick["sent"], quick["acked"], quick["lost"]) == (200, 200, 0)
    assert 0 < quick["ack_ms"]["p50"] <= quick["ack_ms"]["p99"] <= quick["ack_ms"]["max"]
    steady = await slack.act("load", command="/pulse", user="U0CEO", channel="C0PULSE", rate=100, seconds=0.3)
    assert 25 <= steady["acked"] <= 35
    assert len(app.envelopes) == 200 + steady["acked"]


async def test_the_load_says_what_it_lost(slack: kit.Sandbox) -> None:
    lost = await slack.act("load", command="/pulse", user="U0CEO", channel="C0PULSE", in_flight=2, count=4)
    assert (lost["lost"], lost["errors"]) == (4, {"dispatch_failed": 4})
    assert "error" in await slack.act("load", user="U0CEO", channel="C0PULSE")
