"""The control API that looks: state, messages, views, traffic, and the stream of notices."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.slack.checks import JUDGED, judge
from sandbox.slack.messages import Message
from sandbox.slack.people import DOMAIN, TEAM, TEAM_NAME
from sandbox.slack.report import entry_view
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
MOST_ENTRIES = 2_000
KEEPALIVE_S = 15.0


def state(workspace: Workspace, request: web.Request) -> Json:
    """GET /_sandbox/state."""
    user = request.query.get("as", "U0CEO")
    return {
        "team": {"id": TEAM, "name": TEAM_NAME, "domain": DOMAIN}, "me": workspace.people.users.get(user),
        "users": list(workspace.people.users.values()),
        "channels": [{"id": c.id, "name": c.name or "brain", "is_im": c.is_im, "topic": c.topic, "user": c.im_user}
                     for c in workspace.people.visible_to(user)],
        "commands": workspace.manifest.commands, "shortcuts": workspace.manifest.shortcuts,
        "faults": [fault.as_dict() for fault in workspace.core.faults.armed],
        "connections": len(workspace.hub.connections), "refused_handshakes": workspace.hub.refused,
        "now": workspace.core.clock.now(),
    }  # fmt: skip


def messages(workspace: Workspace, request: web.Request) -> Json:
    """GET /_sandbox/channels/{id}/messages."""
    channel, user = request.match_info["channel"], request.query.get("as", "U0CEO")
    root = request.query.get("thread_ts", "")
    found = workspace.people.channels.get(channel)
    if found is None or not found.sees(user):
        return {"messages": [], "error": "channel_not_found"}
    kept = workspace.messages.thread(channel, root) if root else workspace.messages.top_level(channel)
    whispers = [m | {"ephemeral": True} for m in workspace.messages.ephemeral(channel, user)
                if str(m.get("thread_ts") or "") == root]  # fmt: skip
    limit = int(request.query.get("limit", "1000"))
    shown: list[Message] = sorted([*kept[1 if root else 0 :], *whispers], key=lambda m: str(m["ts"]))[-limit:]
    head = kept[:1] if root else []
    status = workspace.threads.statuses.get((channel, root)) if root else None
    return {"messages": [*head, *shown], "status": status}


def views(workspace: Workspace, request: web.Request) -> Json:
    """GET /_sandbox/views/{user}."""
    user = request.match_info["user"]
    return {"home": workspace.views.homes.get(user), "modals": workspace.views.stack(user)}


def traffic(workspace: Workspace, request: web.Request) -> Json:
    """GET /_sandbox/traffic."""
    since = int(request.query.get("since", "0"))
    most = int(request.query.get("limit", str(MOST_ENTRIES)))
    entries = [entry_view(entry) for entry in islice(workspace.core.traffic.since(since), most)]
    return {"entries": entries, "next": entries[-1]["seq"] if entries else since, "last": workspace.core.traffic.last}


READERS = {
    "/state": state,
    "/channels/{channel}/messages": messages,
    "/views/{user}": views,
    "/traffic": traffic,
}


async def checks(workspace: Workspace, _request: web.Request) -> web.Response:
    """GET /_sandbox/checks: judged beside the loop, so that a long log delays no acknowledgement."""
    newest = list(workspace.core.traffic.since(workspace.core.traffic.last - JUDGED))
    return web.json_response(await asyncio.to_thread(judge, newest))


async def events(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    """GET /_sandbox/events: server-sent events until the page goes away."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    queue = workspace.core.watchers.join(request.query.get("as", "U0CEO"))
    try:
        await response.write(b": listening\n\n")
        while True:
            try:
                line = await asyncio.wait_for(queue.get(), KEEPALIVE_S)
                await response.write(f"data: {line}\n\n".encode())
            except TimeoutError:
                await response.write(b": still here\n\n")
    except (ConnectionError, asyncio.CancelledError):
        return response
    finally:
        workspace.core.watchers.leave(queue)
