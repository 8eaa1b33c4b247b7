"""The Socket Mode endpoint: handshake, hello, pings, and acknowledgements coming in."""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from sandbox.slack.hub import MOST_CONNECTIONS, Connection
from sandbox.slack.workspace import Workspace

SPENT = 408


async def link(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    """GET /link/?ticket=: one WebSocket for one ticket; 408 once the ticket is spent."""
    valid = workspace.hub.spend(request.query.get("ticket", ""))
    faults = workspace.core.faults
    if faults.armed:
        slow = faults.find("handshake_delay")
        if slow is not None:
            await asyncio.sleep(float(slow.fields.get("ms", 250)) / 1000)
        broken = faults.find("handshake_status") or faults.find("api_down")
        if broken is not None:
            workspace.hub.refused += 1
            return web.Response(status=int(broken.fields.get("status", SPENT)), text="handshake refused")
    if not valid:
        workspace.hub.refused += 1
        return web.Response(status=SPENT, text="The ticket is spent.")
    socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=1024 * 1024)
    await socket.prepare(request)
    connection = workspace.hub.add(socket, request.transport)
    workspace.core.watchers.tell("state", connections=len(workspace.hub.connections))
    try:
        await greet(workspace, connection)
        await listen(workspace, connection, socket)
    finally:
        workspace.hub.remove(connection)
        workspace.core.watchers.tell("state", connections=len(workspace.hub.connections))
    return socket


async def greet(workspace: Workspace, connection: Connection) -> None:
    """Say hello, or say at once that there are too many."""
    await connection.send(workspace.hub.hello())
    crowd = workspace.core.faults.find("too_many") if workspace.core.faults.armed else None
    if crowd is not None or len(workspace.hub.connections) > MOST_CONNECTIONS:
        await workspace.hub.ask_to_leave(connection, "too_many_websockets", 0.2)


async def listen(workspace: Workspace, connection: Connection, socket: web.WebSocketResponse) -> None:
    """Take frames until the socket closes; a half-open connection hears and says nothing."""
    async for frame in socket:
        if connection.silent:
            continue
        if frame.type is WSMsgType.TEXT:
            workspace.delivery.heard(frame.data)
        elif frame.type is WSMsgType.PING:
            await socket.pong(frame.data)
