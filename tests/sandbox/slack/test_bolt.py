"""A real slack_bolt app runs against the sandbox unchanged, over Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack import kit


def listen(app: AsyncApp) -> None:
    """A small app with a command, a mention, a button, a modal and a Home."""

    @app.command("/pulse")
    async def pulse(ack: Any, respond: Any, command: Any, client: Any) -> None:
        await ack()
        if command["text"] == "reason":
            await client.views_open(trigger_id=command["trigger_id"], view=kit.modal())
        else:
            await respond(f"Pulse of {command['text'] or 'today'}")

    @app.event("app_mention")
    async def mention(event: Any, say: Any) -> None:
        await say("Because of the returns.", thread_ts=event.get("thread_ts") or event["ts"])

    @app.action("v1.thing.do")
    async def press(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Approved by the chief.", replace_original=True)

    @app.view("v1.reason")
    async def reason(ack: Any, view: Any) -> None:
        typed = view["state"]["values"]["reason"]["text"]["value"]
        await ack() if len(typed) > 3 else await ack(response_action="errors", errors={"reason": "Say more."})

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        view = {"type": "home", "blocks": [kit.section("All is well.")]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.event("message")
    async def rest() -> None:
        return


@asynccontextmanager
async def bolt(slack: kit.Sandbox) -> AsyncIterator[AsyncSocketModeHandler]:
    base = f"{slack.url}/api/"
    app = AsyncApp(client=AsyncWebClient("xoxb-sandbox-bot", base_url=base))
    listen(app)
    web_client = AsyncWebClient("xapp-sandbox-app", base_url=base)
    handler = AsyncSocketModeHandler(app, "xapp-sandbox-app", web_client=web_client, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await kit.until(lambda: slack.workspace.hub.connections)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_bolt_app_answers_commands_mentions_clicks_modals_and_home(slack: kit.Sandbox) -> None:
    async with bolt(slack):
        person = {"user": "U0CEO", "channel": "C0PULSE"}
        assert (await slack.act("command", text="/pulse", **person))["acked"]
        await kit.until(lambda: slack.workspace.messages.ephemeral("C0PULSE", "U0CEO"))
        assert (await slack.messages("C0PULSE"))[0]["text"] == "Pulse of today"

        root = (await slack.act("message", text="<@U0BRAIN> why?", **person))["ts"]
        await kit.until(lambda: len(slack.workspace.messages.thread("C0PULSE", root)) == 2)

        blocks = [{"type": "actions", "elements": [kit.button("Approve")]}]
        ts = (await slack.api("chat.postMessage", channel="C0PULSE", text="Decide", blocks=blocks))["ts"]
        assert (await slack.act("click", message_ts=ts, action_id="v1.thing.do", **person))["acked"]
        await kit.until(lambda: "blocks" not in (slack.workspace.messages.get("C0PULSE", ts) or {}))

        await slack.act("command", text="/pulse reason", **person)
        await kit.until(lambda: slack.workspace.views.stack("U0CEO"))
        view = slack.workspace.views.stack("U0CEO")[0]
        short = await slack.act("submit", user="U0CEO", view_id=view["id"], values={"reason": {"text": "no"}})
        assert short["errors"] == {"reason": "Say more."}
        await slack.act("submit", user="U0CEO", view_id=view["id"], values={"reason": {"text": "Too dear"}})
        assert slack.workspace.views.stack("U0CEO") == []

        assert (await slack.act("open_home", user="U0CEO"))["acked"]
        await kit.until(lambda: "U0CEO" in slack.workspace.views.homes)
        points = {p["number"]: p["state"] for p in (await slack.read("checks"))["points"]}
        assert {number: points[number] for number in (1, 3, 5, 9, 22, 28)} == dict.fromkeys(
            (1, 3, 5, 9, 22, 28), "pass"
        )


async def test_the_sdk_comes_back_after_a_refresh(slack: kit.Sandbox) -> None:
    async with bolt(slack):
        before = slack.workspace.hub.connections[0].id
        await slack.act("fault", kind="disconnect", reason="refresh_requested")
        await kit.until(lambda: [c.id for c in slack.workspace.hub.connections] not in ([], [before]), 5)
        assert (await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse"))["acked"]


@pytest.mark.parametrize("status", [408, 500])
async def test_the_sdk_tries_a_spent_ticket_for_ever(slack: kit.Sandbox, status: int) -> None:
    """The client's own defect, which the house's supervisor must heal: shown here so that it stays visible."""
    async with bolt(slack) as handler:
        await slack.act("fault", kind="handshake_status", status=status, n=1)
        await slack.act("fault", kind="disconnect", reason="refresh_requested", close_after=0.05)
        await kit.until(lambda: slack.workspace.hub.refused >= 4, 5)
        opened = sum(entry.name == "apps.connections.open" for entry in slack.workspace.core.traffic.entries)
        assert (opened, slack.workspace.hub.connections) == (2, [])
        handler.client.wss_uri = None
        await kit.until(lambda: slack.workspace.hub.connections, 5)
