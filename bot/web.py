"""Liveness for whoever asks from outside, and webhooks in: GET /healthz and POST /hooks/…, on this machine only."""

from __future__ import annotations

import asyncio
import errno
from typing import cast

from aiohttp import web

from bot import ports
from bot.hooks import Hooks
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.watch import checks, executors

_OPS = web.AppKey("ops", Ops)


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
    application.router.add_get("/healthz", healthz)
    application.router.add_post("/hooks/{source}", Hooks(ops).post)
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


async def healthz(request: web.Request) -> web.Response:
    """200 while the process and the database answer, 503 when not; `degraded` names what is amiss."""
    ops = request.app[_OPS]
    found = await checks.liveness(ops)
    body = {"status": found.status, "faults": list(found.faults), "at": ops.clock.now().isoformat()}
    return web.json_response(body, status=503 if found.status == "down" else 200, headers={"Cache-Control": "no-store"})
