"""A small app that the page's tests talk to: two commands, a decision, a modal and a Home."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]

MANIFEST: Json = {
    "features": {
        "app_home": {"home_tab_enabled": True},
        "slash_commands": [
            {"command": "/pulse", "description": "Today in thirty seconds", "usage_hint": "[share]"},
            {"command": "/health", "description": "Is the house itself well?"},
            {"command": "/plan", "description": "Against plan"},
        ],
        "shortcuts": [{"name": "Make a task", "type": "message", "callback_id": "task", "description": "From this"}],
    },
    "oauth_config": {"scopes": {"bot": [
        "app_mentions:read", "chat:write", "chat:write.customize", "commands", "im:history", "im:read", "im:write",
        "channels:read", "channels:history", "users:read", "reactions:read", "reactions:write",
    ]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention", "app_home_opened", "message.im"]}},
}  # fmt: skip


def words(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str, **more: Any) -> Json:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": words(text), "value": "41", **more}


DECISION: list[Json] = [
    {"type": "header", "text": words("Approve the reorder?")},
    {"type": "actions", "block_id": "decide", "elements": [
        button("v1.approve", "Approve £1,840 reorder", style="primary", confirm={
            "title": words("Order 480 pieces?"), "text": {"type": "mrkdwn", "text": "This costs *£1,840*."},
            "confirm": words("Order them"), "deny": words("Not now"),
        }),
        button("v1.reject", "Reject…", style="danger"),
    ]},
]  # fmt: skip

MODAL: Json = {
    "type": "modal", "callback_id": "reject", "title": words("Reject the reorder"), "submit": words("Reject"),
    "close": words("Back"), "blocks": [
        {"type": "actions", "block_id": "help", "elements": [
            button("v1.examples", "Examples"), button("v1.shorter", "Shorter form")]},
        {"type": "input", "block_id": "reason", "label": words("Reason"),
         "element": {"type": "plain_text_input", "action_id": "text", "multiline": True}},
        {"type": "input", "block_id": "kind", "label": words("Kind"),
         "element": {"type": "static_select", "action_id": "pick", "options": [
             {"text": words("Wrong number"), "value": "number"}, {"text": words("Wrong time"), "value": "time"}]}},
        {"type": "input", "block_id": "tell", "optional": True, "label": words("Also tell"),
         "element": {"type": "checkboxes", "action_id": "who", "options": [
             {"text": words("Sales"), "value": "sales"}]}},
    ],
}  # fmt: skip


def home_of(user: str) -> Json:
    """The Home of one person."""
    return {"type": "home", "blocks": [
        {"type": "header", "text": words("Good morning")},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"Waiting for <@{user}>: nothing"},
         "accessory": button("v1.look", "Look again")},
    ]}  # fmt: skip


async def on_pulse(ack: Any) -> None:
    """Answer the command to the one who typed it."""
    await ack("Pulse: *74* of 100")


async def on_approve(ack: Any, body: Json, client: AsyncWebClient) -> None:
    """Replace the question by the decision."""
    await ack()
    text = f"Approved by <@{body['user']['id']}>"
    await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text=text,
                             blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": text}}])  # fmt: skip


async def on_reject(ack: Any, body: Json, client: AsyncWebClient) -> None:
    """Ask why."""
    await ack()
    await client.views_open(trigger_id=body["trigger_id"], view=MODAL)


async def on_examples(ack: Any, body: Json, client: AsyncWebClient) -> None:
    """Cover the modal with another one."""
    await ack()
    view = {"type": "modal", "title": words("Examples"), "blocks": [{"type": "divider"}]}
    await client.views_push(trigger_id=body["trigger_id"], view=view)


async def on_shorter(ack: Any, body: Json, client: AsyncWebClient) -> None:
    """Take the optional input away."""
    await ack()
    view = {**MODAL, "title": words("Reject, in short"), "blocks": MODAL["blocks"][:-1]}
    await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)


async def on_reason(ack: Any, view: Json, body: Json, client: AsyncWebClient) -> None:
    """Accept a reason of more than one word."""
    values = view["state"]["values"]
    reason = values["reason"]["text"]["value"]
    if len(reason.split()) < 2:
        await ack(response_action="errors", errors={"reason": "Please write more than one word."})
        return
    await ack()
    kind = values["kind"]["pick"]["selected_option"]["value"]
    told = [option["value"] for option in values["tell"]["who"]["selected_options"]]
    await client.chat_postMessage(channel="C0ESCAL", text=f"{body['user']['id']} rejected: {reason} ({kind}, {told})")


async def on_home(event: Json, client: AsyncWebClient) -> None:
    """Publish the Home."""
    await client.views_publish(user_id=event["user"], view=home_of(event["user"]))


async def on_mention(event: Json, client: AsyncWebClient) -> None:
    """Answer in the thread of the question."""
    thread = event.get("thread_ts") or event["ts"]
    await client.chat_postMessage(channel=event["channel"], thread_ts=thread, text="Because wholesale grew 12 %.")


async def on_anything(ack: Any) -> None:
    """Leave nothing unacknowledged."""
    await ack()


def build(client: AsyncWebClient) -> AsyncApp:
    """The app with its listeners."""
    app = AsyncApp(client=client)
    app.command("/pulse")(on_pulse)
    app.action("v1.approve")(on_approve)
    app.action("v1.reject")(on_reject)
    app.action("v1.examples")(on_examples)
    app.action("v1.shorter")(on_shorter)
    app.view("reject")(on_reason)
    app.event("app_home_opened")(on_home)
    app.event("app_mention")(on_mention)
    app.event("message")(on_anything)
    app.action(re.compile("."))(on_anything)
    app.shortcut(re.compile("."))(on_anything)
    return app
