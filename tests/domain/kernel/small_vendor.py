"""A vendor of a few lines: answers are taken from a list, and every request is remembered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from domain.kernel.vendor import Door, Patience
from domain.kernel.vendor_auth import Auth, bearer

PATIENCE = Patience(attempts=4, altogether=5.0, first_pause=0.01, answer=1.0, silence=0.6, file=3.0)
TOKEN = "a-very-secret-token"
Answer = web.StreamResponse | Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class SmallVendor:
    """Gives the next answer of its list, then `{"ok": true}`."""

    answers: list[Answer] = field(default_factory=list)
    seen: list[web.Request] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        await request.read()
        if not self.answers:
            return web.json_response({"ok": True})
        answer = self.answers.pop(0)
        return answer if isinstance(answer, web.StreamResponse) else await answer(request)

    def door(self, auth: Auth | None = None, **more: Any) -> Door:
        return Door("small", self.url, auth or bearer("SMALL_TOKEN"), **more)


@asynccontextmanager
async def a_small_vendor() -> AsyncIterator[SmallVendor]:
    vendor = SmallVendor()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", vendor.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    vendor.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendor
    finally:
        await runner.cleanup()


def says(status: int, body: Any = None, **headers: str) -> web.Response:
    """An answer with a status; headers by name with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=json.dumps(body or {}), content_type="application/json", headers=named)
