"""After a restore: what was asked in Slack after the backup, so that a person learns what the house has forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from bot.slack_directory import Directory
from domain.kernel.ports import Ops
from models import recovery
from models.recovery import Kept
from models.wire import LOST

_AGAIN_S = 60.0
_MOST = 50
_KIND = "approval:"
"""Whatever may have been done at a vendor was asked for, or is shown, on such a card."""

log = structlog.get_logger()


async def run(ops: Ops, api: AsyncWebClient, directory: Directory) -> None:
    """Look once in a recovery, as soon as Slack and the database answer; then stay for as long as the process lives."""
    while True:
        try:
            async with ops.db.begin() as db:
                one = await recovery.current(db)
            if one is not None and "forgotten" not in one.found:
                found = await _unknown(ops, await _said_since(ops, one, api, directory))
                async with ops.db.begin() as db:
                    await recovery.know(db, one.id, {"forgotten": found})
            break
        except (*slack_verdict.FAILED, *LOST) as error:
            log.warning("slack.not_remembered", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_S)
    await asyncio.Event().wait()


async def _said_since(ops: Ops, one: Kept, api: AsyncWebClient, directory: Directory) -> dict[str, dict[str, Any]]:
    """Our cards in the channels of the policy, by key, as far as they are younger than the backup."""
    said: dict[str, dict[str, Any]] = {}
    args = {"oldest": f"{one.taken_at.timestamp():.6f}", "include_all_metadata": "true"}
    for name in sorted(set(ops.policy.channels.model_dump().values())):
        place = await directory.place(name, asyncio.get_running_loop().time())
        if place is None or not place.is_member:
            continue
        async for item in slack_api.pages(api, "conversations.history", "messages", channel=place.id, **args):
            key = str(((item.get("metadata") or {}).get("event_payload") or {}).get("key", ""))
            if key.startswith(_KIND):
                said[key] = {
                    "key": key,
                    "channel": name,
                    "at": float(item["ts"]),
                    "text": str(item.get("text", ""))[:120],
                }
    return said


async def _unknown(ops: Ops, said: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    async with ops.db.begin() as db:
        known = await recovery.known_messages(db, list(said))
    return [one for key, one in sorted(said.items()) if key not in known][:_MOST]
