"""A house that answers as a test tells it, and the receiver at the end of the watchdog's road."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PULSE = {"day": "2026-11-20", "at": NOON.isoformat(), "due_at": "2026-11-21T07:00:00+00:00", "zone": "Europe/London"}


@dataclass
class Outside:
    """A house that answers as it is told, and the receiver at the end of the watchdog's road."""

    url: str = ""
    answer: Any = None
    said: list[str] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)
    refuses: bool = False

    def well(self, **more: Any) -> None:
        """The house is well, but for `more`."""
        self.answer = {"status": "ok", "faults": [], "bad": {}, "at": NOON.isoformat(), "heartbeat": None}
        self.answer |= {"pulse": PULSE, "processes": {"bot": 1.0}, **more}

    async def healthz(self, request: web.Request) -> web.StreamResponse:
        if isinstance(self.answer, dict):
            if "heartbeat" in self.answer and self.answer["heartbeat"] is None:  # a fresh one each time
                beat = {"channel": "C1", "ts": "1.5", "at": str(len(self.pings))}
                return web.json_response({**self.answer, "heartbeat": beat})
            return web.json_response(self.answer, status=503 if self.answer["status"] == "down" else 200)
        if self.answer == "hangs":
            await asyncio.sleep(5)
        if self.answer == "floods":
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(800):
                await response.write(b"x" * 65_536)
            return response
        return web.Response(text=str(self.answer), content_type="text/html")

    async def alert(self, request: web.Request) -> web.Response:
        if self.refuses or "broken" in request.path:
            return web.Response(status=500)
        self.said.append((await request.json())["message"])
        return web.Response()

    async def ping(self, request: web.Request) -> web.Response:
        self.pings.append(request.path)
        return web.Response(text="OK")


@asynccontextmanager
async def an_outside() -> AsyncIterator[Outside]:
    found = Outside()
    application = web.Application()
    application.router.add_get("/healthz", found.healthz)
    application.router.add_get("/ping/{rest:.*}", found.ping)
    application.router.add_post("/{rest:.*}", found.alert)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"127.0.0.1:{runner.addresses[0][1]}"
    found.well()
    yield found
    await runner.cleanup()
