"""Events as the Events API words them, sent to the app when it subscribed."""

from __future__ import annotations

from typing import Any

from sandbox.slack.delivery import Outcome
from sandbox.slack.messages import Message
from sandbox.slack.people import APP_ID, BOT_USER, TEAM, Channel
from sandbox.slack.workspace import Workspace


def envelope_of(workspace: Workspace, event: dict[str, Any]) -> dict[str, Any]:
    """The outer object of an event."""
    event_id = workspace.core.ids.named("Ev")
    return {
        "token": "sandbox", "team_id": TEAM, "context_team_id": TEAM, "context_enterprise_id": None,
        "api_app_id": APP_ID, "event": event, "type": "event_callback", "event_id": event_id,
        "event_time": int(workspace.core.clock.now()), "is_ext_shared_channel": False,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True,
                            "is_enterprise_install": False}],
        "event_context": f"4-{event_id}",
    }  # fmt: skip


async def tell(workspace: Workspace, subscription: str, event: dict[str, Any]) -> Outcome | None:
    """Send an event and wait for the first answer; None when the app did not subscribe."""
    if not workspace.manifest.subscribed(subscription):
        return None
    return await workspace.delivery.send_event(subscription, envelope_of(workspace, event))


def tell_soon(workspace: Workspace, subscription: str, event: dict[str, Any]) -> None:
    """Send an event without waiting for it."""
    if workspace.manifest.subscribed(subscription) and workspace.hub.connections:
        workspace.delivery.later(0, tell(workspace, subscription, event))


def subscription_of(channel: Channel) -> str:
    """The event a message in this channel belongs to: `message.im` or `message.channels`."""
    return f"message.{channel.kind}"


def message_body(channel: Channel, message: Message) -> dict[str, Any]:
    """A message as the inner event carries it."""
    kept = {key: value for key, value in message.items() if not key.startswith(("reply_", "latest_", "is_locked"))}
    return {
        **kept,
        "channel": channel.id,
        "event_ts": message["ts"],
        "channel_type": "im" if channel.is_im else "channel",
    }


def message_event(workspace: Workspace, channel: Channel, message: Message, subtype: str = "") -> None:
    """Tell the app about its own or somebody's message, when it is in the channel."""
    name = subscription_of(channel)
    if BOT_USER not in channel.members or not workspace.manifest.subscribed(name):
        return
    if not workspace.hub.connections:
        return
    event = message_body(channel, message)
    if subtype:
        now = workspace.core.ids.ts()
        event = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "ts": now,
            "event_ts": now,
            "message": dict(message),
            "channel_type": event["channel_type"],
        }
    tell_soon(workspace, name, event)
