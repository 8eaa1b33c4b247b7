"""Liveness for whoever asks from outside, pings and webhooks in: /healthz, /ping/…, /hooks/…; on this machine only."""

from __future__ import annotations

import asyncio
import errno
from typing import cast

from aiohttp import web

from bot import healthz, ports
from bot.hooks import Hooks
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.watch import executors, pings
from models.wire import LOST

_OPS = web.AppKey("ops", Ops)
_MOST_READ = 10_000


async def run(ops: Ops, port: int, stop: asyncio.Event, host: str = ports.HOST) -> None:
    """Serve until `stop` is set; RefusedError when the port is taken."""
    async with executors.alive(ops, "web"):
        runner = await serve(ops, port, host)
        try:
            await stop.wait()
        finally:
            await runner.cleanup()


async def serve(ops: Ops, port: int, host: str = ports.HOST) -> web.AppRunner:
    """Start listening; port 0 takes any free one, `address` tells which."""
    application = web.Application()
    application[_OPS] = ops
    application.router.add_get("/healthz", probed)
    application.router.add_post("/hooks/{source}", Hooks(ops).post)
    for path in ("/ping/{name}", "/ping/{name}/{kind:start|fail}"):
        application.router.add_get(path, ping)
        application.router.add_post(path, ping)
    # What was signed are the bytes as they came, and a small body may unpack into a large one.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        if error.errno != errno.EADDRINUSE:
            raise
        raise RefusedError(f"The port {port} is taken; set OPS_WEB_PORT to a free one.") from error
    return runner


def address(runner: web.AppRunner) -> str:
    """Where a runner listens."""
    host, port = cast("tuple[str, int]", runner.addresses[0])
    return f"http://{host}:{port}"


async def probed(request: web.Request) -> web.Response:
    """200 while the process and the database answer, 503 when not; `degraded` names what is amiss."""
    body = await healthz.of(request.app[_OPS])
    down = body["status"] == "down"
    return web.json_response(body, status=503 if down else 200, headers={"Cache-Control": "no-store"})


async def ping(request: web.Request) -> web.Response:
    """A sender lives, began or failed: 200 `OK`, 404 when nobody waits for it, 503 when it cannot be written down."""
    name, kind = request.match_info["name"], request.match_info.get("kind", "success")
    said = (await request.content.read(_MOST_READ)).decode(errors="replace")
    try:
        known = await pings.hear(request.app[_OPS], name, kind, said)
    except LOST as error:
        return web.Response(text=f"I cannot write this down now ({type(error).__name__}); ping again.", status=503)
    if not known:
        return web.Response(text="Nobody waits for this ping: name it in [watch.pings] of ops.toml.", status=404)
    return web.Response(text="OK")
