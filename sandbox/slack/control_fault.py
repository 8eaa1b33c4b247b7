"""POST /_sandbox/fault: make something go wrong, now or from now on."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.slack.deeds import RefusedError
from sandbox.slack.events import tell_soon
from sandbox.slack.hub import Connection
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
REASONS = {"warning", "refresh_requested", "link_disabled", "too_many_websockets"}
# Faults that wait, armed, until something runs into them.
ARMED = {
    "http", "ratelimited", "api_down", "token_revoked", "open_error", "handshake_status", "handshake_delay", "too_many",
    "duplicate_envelope", "reorder", "delay_ack_visibility", "deaf",
}  # fmt: skip


async def fault(workspace: Workspace, body: Json) -> Json:
    """Arm a fault or strike at once; `{"kind": "clear"}` ends all of them."""
    kind = str(body.get("kind") or "")
    if kind in ARMED:
        workspace.core.faults.arm(kind, body)
        if kind == "token_revoked":
            revoke(workspace)
        elif kind == "api_down":
            cut_all(workspace)
    elif kind in STRIKES:
        await STRIKES[kind](workspace, body)
    else:
        raise RefusedError(f"There is no fault {kind!r}; known are {', '.join(sorted({*ARMED, *STRIKES}))}.")
    workspace.core.watchers.tell("state")
    return {"ok": True, "faults": [one.as_dict() for one in workspace.core.faults.armed]}


def aimed(workspace: Workspace, body: Json) -> list[Connection]:
    """The connections a fault is for: the oldest, `n` of them, or all."""
    living = [c for c in workspace.hub.connections if c.socket is not None and not c.silent and not c.draining]
    return living if body.get("all") else living[: int(body.get("n", 1))]


async def clear(workspace: Workspace, body: Json) -> None:
    """End every armed fault, wake half-open connections, bury the ghosts."""
    workspace.core.faults.clear(str(body.get("which") or ""))
    workspace.refresher = None
    for connection in list(workspace.hub.connections):
        connection.silent = False
        if connection.socket is None:
            workspace.hub.remove(connection)


async def disconnect(workspace: Workspace, body: Json) -> None:
    """Ask connections to leave, for a reason."""
    reason = str(body.get("reason", "refresh_requested"))
    for connection in aimed(workspace, body):
        await workspace.hub.ask_to_leave(connection, reason, float(body.get("close_after", 10)))


async def refresh_every(workspace: Workspace, body: Json) -> None:
    """Ask the oldest connection to leave every so many seconds, as Slack does every few hours."""
    seconds = float(body.get("s") or body.get("every") or 10)
    turn = object()
    workspace.refresher = turn

    async def refresh() -> None:
        while workspace.refresher is turn:
            await asyncio.sleep(seconds)
            if workspace.refresher is turn:
                await disconnect(workspace, {"reason": "refresh_requested"})

    workspace.delivery.later(0, refresh())


async def rst(workspace: Workspace, body: Json) -> None:
    """Break connections without a close frame."""
    for connection in aimed(workspace, body):
        break_off(connection)


def break_off(connection: Connection) -> None:
    """Abort the transport under a connection."""
    if isinstance(connection.transport, asyncio.Transport):
        connection.transport.abort()


def cut_all(workspace: Workspace) -> None:
    """Break every living connection."""
    for connection in list(workspace.hub.connections):
        break_off(connection)


async def half_open(workspace: Workspace, body: Json) -> None:
    """Make connections deaf and mute while they stay open: no pongs, envelopes vanish."""
    for connection in aimed(workspace, body):
        connection.silent = True


async def ghost(workspace: Workspace, body: Json) -> None:
    """Count dead connections and deliver to them, as behind a router that forgot."""
    for _ in range(int(body.get("n", 1))):
        workspace.hub.add(None)


async def clock_jump(workspace: Workspace, body: Json) -> None:
    """Step the wall clock; timers do not notice."""
    workspace.core.clock.jump(float(body.get("by") or body.get("seconds") or 60))


def revoke(workspace: Workspace) -> None:
    """What follows a revoked token: an event while there is still a line, then the link is disabled."""
    tell_soon(workspace, "tokens_revoked", {"type": "tokens_revoked", "tokens": {"bot": ["U0BRAIN"]},
                                            "event_ts": workspace.core.ids.ts()})  # fmt: skip
    workspace.delivery.later(0.1, disconnect(workspace, {"reason": "link_disabled", "all": True, "close_after": 0.5}))


STRIKES = {"clear": clear, "disconnect": disconnect, "refresh_every": refresh_every, "rst": rst, "half_open": half_open,
           "ghost": ghost, "clock_jump": clock_jump}  # fmt: skip
VERBS = {"fault": fault}
