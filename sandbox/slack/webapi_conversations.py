"""conversations.*: channels, their history and their threads."""

from __future__ import annotations

from typing import Any

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message
from sandbox.slack.paging import page
from sandbox.slack.people import BOT_USER, Channel
from sandbox.slack.webapi_chat import find_channel
from sandbox.slack.workspace import Workspace, channel_record

DEFAULT_LIMIT, MOST = 100, 999
TYPES = {"public_channel", "private_channel", "mpim", "im"}


def wanted(channel: Channel, types: str) -> bool:
    """Whether a channel is of one of the asked types."""
    return ("im" if channel.is_im else "public_channel") in types.replace(" ", "").split(",")


def list_all(workspace: Workspace, call: Call) -> Json:
    """conversations.list."""
    types = call.text("types", "public_channel")
    if not set(types.replace(" ", "").split(",")) <= TYPES:
        raise SlackError("invalid_types")
    workspace.manifest.require(*(f"{'im' if kind == 'im' else 'channels'}:read" for kind in types.split(",")))
    archived = not call.flag("exclude_archived")
    channels = [c for c in workspace.people.channels.values() if wanted(c, types) and (archived or not c.archived)]
    kept, cursor = page(channels, call.text("cursor"), call.number("limit", DEFAULT_LIMIT, MOST))
    return {"ok": True, "channels": [c.as_slack() for c in kept], "response_metadata": {"next_cursor": cursor}}


def list_of_user(workspace: Workspace, call: Call) -> Json:
    """users.conversations: the channels a user (default: the bot) is in."""
    user = call.text("user", BOT_USER)
    types = call.text("types", "public_channel")
    channels = [c for c in workspace.people.channels.values() if c.sees(user) and wanted(c, types)]
    kept, cursor = page(channels, call.text("cursor"), call.number("limit", DEFAULT_LIMIT, MOST))
    return {"ok": True, "channels": [c.as_slack() for c in kept], "response_metadata": {"next_cursor": cursor}}


def info(workspace: Workspace, call: Call) -> Json:
    """conversations.info."""
    channel = find_channel(workspace, call)
    workspace.manifest.require(f"{channel.kind}:read")
    found = channel.as_slack()
    if call.flag("include_num_members"):
        found["num_members"] = len(channel.members)
    return {"ok": True, "channel": found}


def readable(workspace: Workspace, call: Call) -> Channel:
    """The channel of a call, if the bot may read what was said there."""
    channel = find_channel(workspace, call)
    workspace.manifest.require(f"{channel.kind}:history")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def shown(message: Message, all_metadata: bool) -> Message:
    """A message as history shows it: metadata only when asked for."""
    if all_metadata or "metadata" not in message:
        return message
    return {key: value for key, value in message.items() if key != "metadata"}


def within(messages: list[Message], call: Call) -> list[Message]:
    """The messages between `oldest` and `latest`; the ends count when `inclusive`."""
    oldest, latest, inclusive = call.text("oldest"), call.text("latest"), call.flag("inclusive")
    low = as_micros(oldest) if oldest and oldest != "0" else -1
    high = as_micros(latest) if latest else None

    def inside(message: Message) -> bool:
        at = as_micros(message["ts"])
        if inclusive:
            return low <= at and (high is None or at <= high)
        return low < at and (high is None or at < high)

    return [message for message in messages if inside(message)]


def as_micros(ts: str) -> int:
    """A timestamp as whole microseconds, so that comparing is exact."""
    seconds, _, fraction = ts.partition(".")
    try:
        return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])
    except ValueError as error:
        raise SlackError("invalid_ts_latest") from error


def history(workspace: Workspace, call: Call) -> Json:
    """conversations.history: newest first, without thread replies."""
    channel = readable(workspace, call)
    found = within(workspace.messages.top_level(channel.id), call)[::-1]
    return messages_page(found, call, {"pin_count": 0})


def replies(workspace: Workspace, call: Call) -> Json:
    """conversations.replies: the parent first, then the replies, oldest first."""
    channel = readable(workspace, call)
    target = workspace.messages.get(channel.id, call.need("ts"))
    if target is None:
        raise SlackError("thread_not_found")
    parent, *rest = workspace.messages.thread(channel.id, target.get("thread_ts") or target["ts"]) or [target]
    return messages_page([parent, *within(rest, call)], call, {})


def messages_page(found: list[Message], call: Call, extra: dict[str, Any]) -> Json:
    """One page of messages in the shape both reading methods share."""
    kept, cursor = page(found, call.text("cursor"), call.number("limit", DEFAULT_LIMIT, MOST))
    everything = call.flag("include_all_metadata")
    body: Json = {"ok": True, "messages": [shown(m, everything) for m in kept], "has_more": bool(cursor), **extra}
    if cursor:
        body["response_metadata"] = {"next_cursor": cursor}
    return body


def members(workspace: Workspace, call: Call) -> Json:
    """conversations.members."""
    channel = find_channel(workspace, call)
    workspace.manifest.require(f"{channel.kind}:read")
    kept, cursor = page(sorted(channel.members), call.text("cursor"), call.number("limit", DEFAULT_LIMIT, MOST))
    return {"ok": True, "members": kept, "response_metadata": {"next_cursor": cursor}}


def open_im(workspace: Workspace, call: Call) -> Json:
    """conversations.open: the direct message with one user."""
    user = call.text("users") or call.text("channel")
    if not user:
        raise SlackError("users_list_not_supplied")
    channel = workspace.people.channel(user)
    if channel is None or not channel.is_im:
        raise SlackError("user_not_found")
    return {"ok": True, "no_op": True, "already_open": True, "channel": channel.as_slack()}


def join(workspace: Workspace, call: Call) -> Json:
    """conversations.join."""
    channel = find_channel(workspace, call)
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    channel.members.add(BOT_USER)
    remember(workspace, channel)
    return {"ok": True, "channel": channel.as_slack(), "warning": "", "response_metadata": {"warnings": []}}


def create(workspace: Workspace, call: Call) -> Json:
    """conversations.create."""
    name = call.need("name")
    if not name.replace("-", "").replace("_", "").isalnum() or name != name.lower() or len(name) > 80:
        raise SlackError("invalid_name_specials")
    if workspace.people.channel(name) is not None:
        raise SlackError("name_taken")
    members_now = {user for user in workspace.people.users if user != "U0GUEST"}
    channel = Channel(workspace.core.ids.named("C"), name, "", members_now, created=int(workspace.core.clock.now()))
    workspace.people.channels[channel.id] = channel
    remember(workspace, channel)
    return {"ok": True, "channel": channel.as_slack()}


def remember(workspace: Workspace, channel: Channel) -> None:
    """Write a changed channel down and tell the pages."""
    workspace.journal.write("channel", channel=channel_record(channel))
    workspace.core.watchers.tell("state", channel=channel.id)


METHODS = (
    Method("conversations.list", list_all, tier=2),
    Method("users.conversations", list_of_user, tier=3, scopes=("channels:read", "im:read")),
    Method("conversations.info", info, tier=3),
    Method("conversations.history", history, tier=3),
    Method("conversations.replies", replies, tier=3),
    Method("conversations.members", members, tier=4),
    Method("conversations.open", open_im, tier=3, scopes=("im:write",)),
    Method("conversations.join", join, tier=3, scopes=("channels:join", "channels:manage")),
    Method("conversations.create", create, tier=2, scopes=("channels:manage",)),
)
