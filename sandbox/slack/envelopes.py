"""The payloads of commands, clicks, submissions and shortcuts, as Slack words them."""

from __future__ import annotations

from typing import Any

from sandbox.slack.hooks import Origin
from sandbox.slack.messages import Message
from sandbox.slack.people import APP_ID, DOMAIN, TEAM, Channel
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def user_part(workspace: Workspace, user: str) -> Json:
    """Who acted, in an interaction."""
    name = workspace.people.users[user]["name"]
    return {"id": user, "username": name, "name": name, "team_id": TEAM}


def channel_name(channel: Channel) -> str:
    """The name Slack puts into payloads: `directmessage` for a direct message."""
    return "directmessage" if channel.is_im else channel.name


def slash(workspace: Workspace, user: str, channel: Channel, command: str, text: str) -> Json:
    """A slash command: flat strings only."""
    return {
        "token": "sandbox", "team_id": TEAM, "team_domain": DOMAIN, "channel_id": channel.id,
        "channel_name": channel_name(channel), "user_id": user, "user_name": workspace.people.users[user]["name"],
        "command": command, "text": text, "api_app_id": APP_ID, "is_enterprise_install": "false",
        "response_url": workspace.url + workspace.hooks.path("commands", Origin(user, channel.id)),
        "trigger_id": workspace.hooks.trigger(user),
    }  # fmt: skip


def interaction(workspace: Workspace, kind: str, user: str) -> Json:
    """What all interactions share."""
    return {"type": kind, "user": user_part(workspace, user), "api_app_id": APP_ID, "token": "sandbox",
            "team": {"id": TEAM, "domain": DOMAIN}, "enterprise": None, "is_enterprise_install": False,
            "trigger_id": workspace.hooks.trigger(user)}  # fmt: skip


def click_on_message(workspace: Workspace, user: str, channel: Channel, message: Message, action: Json) -> Json:
    """block_actions from a message."""
    ephemeral = bool(message.get("is_ephemeral"))
    thread = message.get("thread_ts", "")
    origin = Origin(user, channel.id, message["ts"], ephemeral, thread)
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if thread:
        container["thread_ts"] = thread
    payload = interaction(workspace, "block_actions", user) | {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": {}},
        "response_url": workspace.url + workspace.hooks.path("actions", origin),
        "actions": [action],
    }
    if not ephemeral:
        payload["message"] = message
    return payload


def click_in_view(workspace: Workspace, user: str, view: Json, action: Json) -> Json:
    """block_actions from a modal or the App Home."""
    return interaction(workspace, "block_actions", user) | {
        "container": {"type": "view", "view_id": view["id"]}, "view": view, "actions": [action],
    }  # fmt: skip


def submission(workspace: Workspace, user: str, view: Json) -> Json:
    """view_submission: no channel, no response_url."""
    return interaction(workspace, "view_submission", user) | {"view": view, "response_urls": []}


def closing(workspace: Workspace, user: str, view: Json, is_cleared: bool) -> Json:
    """view_closed: has no trigger_id."""
    payload = interaction(workspace, "view_closed", user) | {"view": view, "is_cleared": is_cleared}
    payload.pop("trigger_id")
    return payload


def global_shortcut(workspace: Workspace, user: str, callback_id: str) -> Json:
    """A shortcut from the search or the plus menu: no channel."""
    return interaction(workspace, "shortcut", user) | {"callback_id": callback_id, "action_ts": workspace.core.ids.ts()}


def message_shortcut(workspace: Workspace, user: str, callback_id: str, channel: Channel, message: Message) -> Json:
    """A shortcut from a message's menu."""
    origin = Origin(user, channel.id, message["ts"], thread_ts=message.get("thread_ts", ""))
    return interaction(workspace, "message_action", user) | {
        "callback_id": callback_id, "action_ts": workspace.core.ids.ts(), "message_ts": message["ts"],
        "channel": {"id": channel.id, "name": channel_name(channel)}, "message": message,
        "response_url": workspace.url + workspace.hooks.path("actions", origin),
    }  # fmt: skip


def suggestion(workspace: Workspace, user: str, value: str, element: Json, place: Json) -> Json:
    """block_suggestion: what a person typed into an external select."""
    payload = interaction(workspace, "block_suggestion", user) | {
        "action_id": element["action_id"], "block_id": element["block_id"], "value": value, **place,
    }  # fmt: skip
    payload.pop("trigger_id")
    return payload
