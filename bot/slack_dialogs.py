"""Opens a dialog in front of who asked, while the trigger of what they did still lives."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from handlers import dialogs
from handlers.surface import Ask, Dialog

OPEN_S = 2.5
"""A trigger lives for three seconds from the click."""


async def show(api: AsyncWebClient, ask: Ask, dialog: Dialog) -> str:
    """Open it; Slack's word for why not, empty when it stands open."""
    if not ask.trigger_id:
        return "no_trigger"
    body = {"trigger_id": ask.trigger_id, "view": dialogs.draw(dialog, ask)}
    try:
        async with asyncio.timeout(OPEN_S):
            await slack_api.write(api, "views.open", body)
    except slack_verdict.FAILED as error:
        word = slack_verdict.of(error).word
        return "" if word == "exchanged_trigger_id" else word  # a try before a death has opened it
    return ""
