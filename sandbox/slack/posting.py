"""Writing messages: the one way in for the app's posts and for people's."""

from __future__ import annotations

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.forms import FIELD
from sandbox.slack.messages import Message
from sandbox.slack.people import APP_ID, BOT_ID, BOT_USER, TEAM, Channel
from sandbox.slack.workspace import Workspace

FIELD_OR_BUTTON = frozenset({*FIELD, "button", "feedback_buttons", "icon_button", "workflow_button"})


def bot_profile() -> dict[str, Any]:
    """Who the app is, as it stands on each of its messages."""
    return {"id": BOT_ID, "deleted": False, "name": "Operations Brain", "updated": 1_700_000_000, "app_id": APP_ID,
            "user_id": BOT_USER, "icons": {}, "team_id": TEAM}  # fmt: skip


def bot_message(workspace: Workspace, content: Message, looks: dict[str, str] | None = None) -> Message:
    """A message of the app with a fresh timestamp; `looks` may hold username and icon."""
    message: Message = {"type": "message", "user": BOT_USER, "ts": workspace.core.ids.ts(), "bot_id": BOT_ID,
                        "app_id": APP_ID, "team": TEAM, "bot_profile": bot_profile(), **content}  # fmt: skip
    looks = {key: value for key, value in (looks or {}).items() if value}
    if looks:
        message["subtype"] = "bot_message"
        message["username"] = looks.get("username", "Operations Brain")
        message["icons"] = {"emoji": looks["icon_emoji"]} if "icon_emoji" in looks else {
            "image_48": looks.get("icon_url", "")}  # fmt: skip
    return message


def name_blocks(workspace: Workspace, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give every block and every button without an id one of Slack's."""
    named = []
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
            if isinstance(element, dict) and "action_id" not in element and element.get("type") in FIELD_OR_BUTTON:
                element["action_id"] = workspace.core.ids.short()
        named.append(block if block.get("block_id") else {**block, "block_id": workspace.core.ids.short()})
    return named


def root_of(workspace: Workspace, channel: Channel, thread_ts: str) -> str:
    """The root of the thread a reply aims at; a reply to a reply lands in the same thread."""
    target = workspace.messages.get(channel.id, thread_ts)
    if target is None:
        raise SlackError("thread_not_found")
    return str(target.get("thread_ts") or thread_ts)


def publish(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Keep a message, show it, and clear what waited for it."""
    workspace.messages.add(channel.id, message)
    workspace.core.watchers.tell(
        "message", channel=channel.id, ts=message["ts"], thread_ts=message.get("thread_ts", ""),
        user=message.get("user", ""),
    )  # fmt: skip
    thread = message.get("thread_ts") or message["ts"]
    if workspace.threads.statuses and workspace.threads.statuses.pop((channel.id, thread), None) is not None:
        workspace.core.watchers.tell("status", channel=channel.id, thread_ts=thread, text="")


def republish(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Write down and show a changed message."""
    workspace.messages.changed(channel.id, message)
    workspace.core.watchers.tell("update", channel=channel.id, ts=message["ts"], thread_ts=message.get("thread_ts", ""))


def take_down(workspace: Workspace, channel: Channel, ts: str) -> None:
    """Delete a message, or put a tombstone in place of a parent that has replies."""
    message = workspace.messages.get(channel.id, ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("reply_count") and message.get("thread_ts") == ts:
        for name in ("blocks", "attachments", "metadata", "bot_id", "bot_profile", "app_id", "files", "reactions"):
            message.pop(name, None)
        message |= {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "hidden": True}
        workspace.messages.changed(channel.id, message)
    else:
        workspace.messages.remove(channel.id, ts)
    workspace.core.watchers.tell("delete", channel=channel.id, ts=ts, thread_ts=message.get("thread_ts", ""))


def whisper(workspace: Workspace, channel: Channel, user: str, message: Message) -> None:
    """Show a message to one user only."""
    message["is_ephemeral"] = True
    workspace.messages.add_ephemeral(channel.id, user, message)
    workspace.core.watchers.tell("ephemeral", only=user, channel=channel.id, ts=message["ts"], user=user,
                                 thread_ts=message.get("thread_ts", ""))  # fmt: skip
