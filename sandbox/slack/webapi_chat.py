"""chat.*: posting, whispering, updating, deleting."""

from __future__ import annotations

from typing import Any

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.events import message_event
from sandbox.slack.messages import Message
from sandbox.slack.people import BOT_ID, BOT_USER, Channel
from sandbox.slack.posting import bot_message, publish, republish, root_of, take_down, whisper
from sandbox.slack.workspace import Workspace

LOOKS = ("username", "icon_emoji", "icon_url")


def find_channel(workspace: Workspace, call: Call) -> Channel:
    """The channel a call names, whether or not the bot is in it."""
    channel = workspace.people.channel(call.need("channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    return channel


def writable(workspace: Workspace, channel: Channel) -> Channel:
    """The channel, if the bot may write there."""
    if channel.archived:
        raise SlackError("is_archived")
    public = not channel.is_im and workspace.manifest.given and workspace.manifest.has("chat:write.public")
    if BOT_USER not in channel.members and not public:
        raise SlackError("not_in_channel")
    return channel


def post_message(workspace: Workspace, call: Call) -> Json:
    """chat.postMessage."""
    channel = writable(workspace, find_channel(workspace, call))
    content = read_content(workspace, call)
    message = write_bot_message(workspace, channel, content, call.args)
    return {"ok": True, "channel": channel.id, "ts": message["ts"], "message": message}


def write_bot_message(workspace: Workspace, channel: Channel, content: Message, args: dict[str, Any]) -> Message:
    """Place checked content as a message of the app, in a thread when asked, and tell the app about it."""
    thread_ts = str(args.get("thread_ts") or "")
    root = root_of(workspace, channel, thread_ts) if thread_ts else ""
    workspace.limits.take_post(channel.id)
    looks = {name: str(args[name]) for name in LOOKS if args.get(name)}
    if looks:
        workspace.manifest.require("chat:write.customize")
    message = bot_message(workspace, content, looks)
    if root:
        message["thread_ts"] = root
        if str(args.get("reply_broadcast")).lower() in {"1", "true"}:
            message["subtype"] = "thread_broadcast"
    publish(workspace, channel, message)
    message_event(workspace, channel, message)
    return message


def post_ephemeral(workspace: Workspace, call: Call) -> Json:
    """chat.postEphemeral."""
    channel = writable(workspace, find_channel(workspace, call))
    user = call.need("user")
    if user not in workspace.people.users:
        raise SlackError("user_not_found")
    if not channel.sees(user):
        raise SlackError("user_not_in_channel")
    content = read_content(workspace, call)
    message = bot_message(workspace, content, {name: call.text(name) for name in LOOKS})
    if call.text("thread_ts"):
        message["thread_ts"] = root_of(workspace, channel, call.text("thread_ts"))
    whisper(workspace, channel, user, message)
    return {"ok": True, "message_ts": message["ts"]}


def own_message(workspace: Workspace, channel: Channel, ts: str, refusal: str) -> Message:
    """A message of the app's own; raises `message_not_found`, or `refusal` for somebody else's."""
    message = workspace.messages.get(channel.id, ts)
    if message is None or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    if message.get("bot_id") != BOT_ID:
        raise SlackError(refusal)
    return message


def update(workspace: Workspace, call: Call) -> Json:
    """chat.update: new text without blocks takes the old blocks away; what is not mentioned stays."""
    channel = find_channel(workspace, call)
    message = own_message(workspace, channel, call.need("ts"), "cant_update_message")
    stream = workspace.threads.streams.get((channel.id, message["ts"]))
    if stream is not None and not stream.closed:
        raise SlackError("streaming_state_conflict")
    content = read_content(workspace, call, update=True)
    worded = "text" in call.args or bool(call.text("markdown_text"))
    if not worded:
        content.pop("text", None)
    elif "blocks" not in content:
        message.pop("blocks", None)
    if "blocks" not in content:  # Slack marks an edit only where the text itself is shown
        message["edited"] = {"user": BOT_USER, "ts": workspace.core.ids.ts()}
    message |= content
    republish(workspace, channel, message)
    message_event(workspace, channel, message, subtype="message_changed")
    return {"ok": True, "channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}


def delete(workspace: Workspace, call: Call) -> Json:
    """chat.delete."""
    channel = find_channel(workspace, call)
    ts = call.need("ts")
    own_message(workspace, channel, ts, "cant_delete_message")
    take_down(workspace, channel, ts)
    return {"ok": True, "channel": channel.id, "ts": ts}


def permalink(workspace: Workspace, call: Call) -> Json:
    """chat.getPermalink: a link into the sandbox's page."""
    channel = find_channel(workspace, call)
    ts = call.need("message_ts")
    message = workspace.messages.get(channel.id, ts)
    if message is None:
        raise SlackError("message_not_found")
    root = message.get("thread_ts")
    tail = f"?thread_ts={root}&cid={channel.id}" if root and root != ts else ""
    link = f"{workspace.url}/archives/{channel.id}/p{ts.replace('.', '')}{tail}"
    return {"ok": True, "channel": channel.id, "permalink": link}


METHODS = (
    Method("chat.postMessage", post_message, tier=0, scopes=("chat:write",)),
    Method("chat.postEphemeral", post_ephemeral, tier=4, scopes=("chat:write",)),
    Method("chat.update", update, tier=3, scopes=("chat:write",)),
    Method("chat.delete", delete, tier=3, scopes=("chat:write",)),
    Method("chat.getPermalink", permalink, tier=0),
)
