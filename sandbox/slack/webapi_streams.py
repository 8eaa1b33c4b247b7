"""chat.startStream, appendStream, stopStream: a message written bit by bit."""

from __future__ import annotations

from typing import Any

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.content import read_blocks, read_metadata
from sandbox.slack.errors import SlackError
from sandbox.slack.people import TEAM, Channel
from sandbox.slack.posting import bot_message, name_blocks, publish, republish, root_of
from sandbox.slack.threads import Stream
from sandbox.slack.webapi_chat import find_channel, writable
from sandbox.slack.workspace import Workspace

STREAM_LIFE_S = 300.0
MOST_PER_CALL = 12_000


def start(workspace: Workspace, call: Call) -> Json:
    """chat.startStream: always a reply; a channel needs to know for whom."""
    channel = writable(workspace, find_channel(workspace, call))
    root = root_of(workspace, channel, call.need("thread_ts"))
    if not channel.is_im and not call.text("recipient_user_id"):
        raise SlackError("missing_recipient_user_id")
    if not channel.is_im and call.text("recipient_team_id") != TEAM:
        raise SlackError("missing_recipient_team_id")
    message = bot_message(workspace, {"text": markdown_of(call), "thread_ts": root, "streaming_state": "in_progress"})
    publish(workspace, channel, message)
    stream = Stream(channel.id, message["ts"], root, call.text("recipient_user_id"))
    workspace.threads.streams[channel.id, message["ts"]] = stream
    workspace.core.timers.after(STREAM_LIFE_S, lambda: close(workspace, channel, stream))
    return {"ok": True, "channel": channel.id, "ts": message["ts"]}


def markdown_of(call: Call) -> str:
    """The text one call adds, from `markdown_text` or from chunks."""
    text = call.text("markdown_text")
    for chunk in call.json("chunks") or []:
        if isinstance(chunk, dict) and chunk.get("type") == "markdown_text":
            text += str(chunk.get("text", ""))
    if len(text) > MOST_PER_CALL:
        raise SlackError("msg_too_long")
    return text


def open_stream(workspace: Workspace, call: Call) -> tuple[Channel, Stream, dict[str, Any]]:
    """The stream a call is about, if it is still open."""
    channel = find_channel(workspace, call)
    message = workspace.messages.get(channel.id, call.need("ts"))
    if message is None:
        raise SlackError("message_not_found")
    stream = workspace.threads.streams.get((channel.id, message["ts"]))
    if stream is None or stream.closed:
        raise SlackError("message_not_in_streaming_state")
    return channel, stream, message


def append(workspace: Workspace, call: Call) -> Json:
    """chat.appendStream."""
    channel, stream, message = open_stream(workspace, call)
    message["text"] += markdown_of(call)
    workspace.core.watchers.tell("update", channel=channel.id, ts=stream.ts, thread_ts=stream.thread_ts)
    return {"ok": True, "channel": channel.id, "ts": stream.ts}


def stop(workspace: Workspace, call: Call) -> Json:
    """chat.stopStream: the last words, and blocks below them if given."""
    channel, stream, message = open_stream(workspace, call)
    message["text"] += markdown_of(call)
    blocks = read_blocks(call)
    if blocks:
        message["blocks"] = name_blocks(workspace, [{"type": "markdown", "text": message["text"]}, *blocks])
    metadata = read_metadata(call)
    if metadata:
        message["metadata"] = metadata
    close(workspace, channel, stream)
    return {"ok": True, "channel": channel.id, "ts": stream.ts, "message": message}


def close(workspace: Workspace, channel: Channel, stream: Stream) -> None:
    """End a stream; what was written stays."""
    message = workspace.messages.get(channel.id, stream.ts)
    if stream.closed or message is None:
        return
    stream.closed = True
    message.pop("streaming_state", None)
    republish(workspace, channel, message)


METHODS = (
    Method("chat.startStream", start, tier=2, scopes=("chat:write",), lean=False),
    Method("chat.appendStream", append, tier=4, scopes=("chat:write",), lean=False),
    Method("chat.stopStream", stop, tier=2, scopes=("chat:write",), lean=False),
)
