"""Reactions on a message: whose, which, and the events about them."""

from __future__ import annotations

from typing import Any

from sandbox.slack.messages import Message
from sandbox.slack.people import Channel
from sandbox.slack.posting import republish
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def has(message: Message, name: str, user: str) -> bool:
    """Whether this user reacted so."""
    return any(r["name"] == name and user in r["users"] for r in message.get("reactions", []))


def add(workspace: Workspace, channel: Channel, message: Message, name: str, user: str) -> None:
    """Add a reaction."""
    kept: list[Json] = message.setdefault("reactions", [])
    found = next((r for r in kept if r["name"] == name), None)
    if found is None:
        found = {"name": name, "users": [], "count": 0}
        kept.append(found)
    found["users"].append(user)
    found["count"] = len(found["users"])
    show(workspace, channel, message)


def remove(workspace: Workspace, channel: Channel, message: Message, name: str, user: str) -> None:
    """Take a reaction back."""
    for found in list(message.get("reactions", [])):
        if found["name"] == name and user in found["users"]:
            found["users"].remove(user)
            found["count"] = len(found["users"])
            if not found["users"]:
                message["reactions"].remove(found)
    show(workspace, channel, message)


def show(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Write the message down and tell the pages."""
    republish(workspace, channel, message)
    workspace.core.watchers.tell("reaction", channel=channel.id, ts=message["ts"])


def event(workspace: Workspace, word: str, channel: Channel, message: Message, reaction: tuple[str, str]) -> Json:
    """The event `word` about one reaction, given as name and user."""
    name, user = reaction
    return {"type": word, "user": user, "reaction": name, "item_user": message.get("user", ""),
            "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
            "event_ts": workspace.core.ids.ts()}  # fmt: skip
