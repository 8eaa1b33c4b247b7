"""What the app says back: response URLs, and payloads inside acknowledgements."""

from __future__ import annotations

import json
import time
from typing import Any

from aiohttp import web

from sandbox.slack.call import Call
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.events import message_event
from sandbox.slack.hooks import Origin
from sandbox.slack.journal import encode
from sandbox.slack.posting import bot_message, publish, republish, root_of, take_down, whisper
from sandbox.slack.traffic import Entry
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def answer(workspace: Workspace, origin: Origin, body: Json, last_ts: str = "") -> str:
    """Apply an answer to where it came from; returns the ts of the message it wrote or touched."""
    channel = workspace.people.channels.get(origin.channel)
    if channel is None:
        raise SlackError("channel_not_found", status=404)
    target = origin.message_ts or last_ts
    if Call(body).flag("delete_original"):
        remove_original(workspace, origin, target)
        return target
    content = read_content(workspace, Call(body))
    wanted = Call(body).flag("replace_original", default=bool(origin.message_ts) and "response_type" not in body)
    if target and wanted and replace_original(workspace, origin, target, content):
        return target
    message = bot_message(workspace, content)
    thread_ts = str(body.get("thread_ts") or "")
    if thread_ts:
        message["thread_ts"] = root_of(workspace, channel, thread_ts)
    if body.get("response_type") == "in_channel":
        publish(workspace, channel, message)
        message_event(workspace, channel, message)
    else:
        if origin.ephemeral and origin.thread_ts:
            message.setdefault("thread_ts", origin.thread_ts)
        whisper(workspace, channel, origin.user, message)
    return str(message["ts"])


def replace_original(workspace: Workspace, origin: Origin, ts: str, content: Json) -> bool:
    """Put new content into the original message; False when it is gone."""
    channel = workspace.people.channels[origin.channel]
    found = workspace.messages.find_ephemeral(channel.id, ts)
    message = found[1] if found else workspace.messages.get(channel.id, ts)
    if message is None:
        return False
    for part in ("blocks", "attachments"):
        message.pop(part, None)
    message |= content
    message["edited"] = {"user": message.get("user", ""), "ts": workspace.core.ids.ts()}
    if found:
        workspace.core.watchers.tell("ephemeral", only=found[0], channel=channel.id, ts=ts, user=found[0])
    else:
        republish(workspace, channel, message)
    return True


def remove_original(workspace: Workspace, origin: Origin, ts: str) -> None:
    """Delete the original message, ephemeral or not."""
    channel = workspace.people.channels[origin.channel]
    found = workspace.messages.find_ephemeral(channel.id, ts)
    if found:
        workspace.messages.drop_ephemeral(channel.id, ts)
        workspace.core.watchers.tell("delete", only=found[0], channel=channel.id, ts=ts)
    elif workspace.messages.get(channel.id, ts):
        take_down(workspace, channel, ts)


async def response_url(workspace: Workspace, request: web.Request) -> web.Response:
    """POST to a response URL."""
    started = time.perf_counter()
    entry = Entry("response_url", request.match_info["kind"], workspace.core.clock.now())
    entry.link = request.match_info["seal"]
    status, reply = 200, "ok"
    try:
        if workspace.core.faults.armed and workspace.core.faults.find("api_down"):
            raise SlackError("service_unavailable", status=503)
        origin, use = workspace.hooks.use(request.match_info["meaning"], request.match_info["seal"])
        entry.user, entry.channel = origin.user, origin.channel
        body = await read_body(request)
        entry.request = body
        use.last_ts = entry.key = answer(workspace, origin, body, use.last_ts)
    except SlackError as error:
        entry.ok, entry.error = False, error.code
        status, reply = (error.status if error.status != 200 else 400), encode(error.body())
    entry.response = {"status": status, "body": reply}
    entry.ms = round((time.perf_counter() - started) * 1000, 3)
    workspace.core.traffic.add(entry)
    return web.Response(status=status, text=reply)


async def read_body(request: web.Request) -> Json:
    """The JSON body of a response-URL post."""
    try:
        body = json.loads(await request.text())
    except ValueError as error:
        raise SlackError("invalid_payload", status=400) from error
    if not isinstance(body, dict):
        raise SlackError("invalid_payload", status=400)
    return body


def answer_in_ack(workspace: Workspace, origin: Origin, payload: Json | None) -> str | None:
    """Apply the payload a command's acknowledgement carried; returns the error, if Slack would refuse it."""
    if not payload:
        return None
    try:
        answer(workspace, origin, payload)
    except SlackError as error:
        return error.code
    return None
