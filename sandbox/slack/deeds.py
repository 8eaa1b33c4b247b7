"""What every control verb needs: who acts, where, and the answer that says what became of it."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.slack.delivery import Outcome
from sandbox.slack.people import Channel
from sandbox.slack.report import entry_view
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
CAUSED = {"api", "response_url", "upload"}


class RefusedError(Exception):
    """A control verb that makes no sense; its text says why."""


async def report(workspace: Workspace, outcome: Outcome | None, seq: int, body: Json, **extra: Any) -> Json:
    """The answer every verb gives, with what the app did meanwhile."""
    wait_ms = float(body.get("wait_ms") or 0)
    if wait_ms:
        await asyncio.sleep(wait_ms / 1000)
    effects = [entry_view(e) for e in workspace.core.traffic.since(seq) if e.kind in CAUSED]
    if outcome is None:
        return {"envelope_id": None, "acked": False, "ack_ms": None, "ack_payload": None, "error": None,
                "effects": effects, **extra}  # fmt: skip
    return {"envelope_id": outcome.envelope_id, "acked": outcome.acked, "ack_ms": outcome.ack_ms,
            "ack_payload": outcome.payload, "error": outcome.error, "effects": effects, **extra}  # fmt: skip


def person(workspace: Workspace, body: Json) -> str:
    """The user a verb acts as."""
    user = str(body.get("user") or "")
    if not workspace.people.is_human(user):
        raise RefusedError(f"There is no person {user!r}.")
    return user


def place(workspace: Workspace, body: Json, user: str) -> Channel:
    """The channel a verb acts in, which the user must see."""
    channel = workspace.people.channel(str(body.get("channel") or ""))
    if channel is None or not channel.sees(user):
        raise RefusedError(f"{user} does not see a channel {body.get('channel')!r}.")
    return channel
