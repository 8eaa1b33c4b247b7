"""A bare Bolt handler that only acknowledges: `python -m bench.bare_bolt API_URL`, the baseline of the bench."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def _serve(url: str) -> None:
    app = AsyncApp(client=AsyncWebClient(token="xoxb-sandbox-bot", base_url=url))

    @app.command("/health")
    async def acknowledge(ack: Any) -> None:
        await ack()

    api = AsyncWebClient(token="xapp-sandbox-app", base_url=url)
    await AsyncSocketModeHandler(app, "xapp-sandbox-app", web_client=api).start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(_serve(sys.argv[1]))
