"""The server: every route of the sandbox's Slack, and how it starts and stops."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.slack import control_read, webapi_files
from sandbox.slack import manifest as manifests
from sandbox.slack.answers import response_url
from sandbox.slack.deeds import RefusedError
from sandbox.slack.errors import SlackError
from sandbox.slack.manifest import Manifest
from sandbox.slack.socket import link
from sandbox.slack.verbs import ALL
from sandbox.slack.webapi import WebApi
from sandbox.slack.workspace import Options, Workspace, keep, open_workspace

PAGE = Path(__file__).parent / "page"
REFUSED_CONFIGURATION = 78
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(workspace: Workspace) -> web.Application:
    """All routes over one workspace."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    api = WebApi(workspace)
    app.router.add_route("*", "/api/{method}", api.handle)
    app.router.add_get("/link/", with_workspace(workspace, link))
    app.router.add_post(r"/{kind:commands|actions}/{meaning}/{seal}", with_workspace(workspace, response_url))
    for path, reader in control_read.READERS.items():
        app.router.add_get("/_sandbox" + path, reading(workspace, reader))
    app.router.add_get("/_sandbox/checks", with_workspace(workspace, control_read.checks))
    app.router.add_get("/_sandbox/events", with_workspace(workspace, control_read.events))
    app.router.add_post("/_sandbox/{verb}", with_workspace(workspace, act))
    app.router.add_route("*", "/upload/{file}", with_workspace(workspace, webapi_files.receive))
    app.router.add_get("/files/{file}/{name}", with_workspace(workspace, webapi_files.download))
    app.router.add_get("/", show_page)
    app.router.add_get("/archives/{channel}/{message}", show_page)
    app.router.add_static("/page/", PAGE)
    return app


def with_workspace(workspace: Workspace, handler: Callable[..., Awaitable[web.StreamResponse]]) -> Handler:
    """A handler that knows its workspace."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(workspace, request)

    return handle


def reading(workspace: Workspace, reader: Callable[[Workspace, web.Request], dict[str, Any]]) -> Handler:
    """A handler that answers what a reader returns."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(reader(workspace, request))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle


async def act(workspace: Workspace, request: web.Request) -> web.Response:
    """POST /_sandbox/{verb}: do what a person's hand would do."""
    verb = ALL.get(request.match_info["verb"])
    if verb is None:
        return web.json_response({"error": f"There is no verb {request.match_info['verb']!r}."}, status=404)
    try:
        body = json.loads(await request.text() or "{}")
        return web.json_response(await verb(workspace, body))
    except (RefusedError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except SlackError as error:
        return web.json_response(error.body(), status=400)


async def show_page(_request: web.Request) -> web.FileResponse:
    """The page itself."""
    return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})


class Server:
    """A running sandbox Slack, for the command line and for tests."""

    def __init__(self, options: Options, manifest: Manifest | None = None) -> None:
        self.workspace = open_workspace(options, manifest)
        self._runner = web.AppRunner(build_app(self.workspace), access_log=None, shutdown_timeout=0.5)

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 and return the address; raises OSError when port or state belong to another."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        try:
            keep(self.workspace)
        except OSError:
            await self._runner.cleanup()
            self.workspace.journal.close()
            raise
        self.workspace.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.workspace.url

    async def stop(self) -> None:
        """Close every connection and the journal."""
        self.workspace.core.timers.stop()
        await self.workspace.delivery.stop()
        for connection in list(self.workspace.hub.connections):
            if connection.socket is not None:
                await connection.socket.close()
        await self._runner.cleanup()
        self.workspace.journal.close()


def make_server(options: Options, manifest: Path | None, faults: Path | None) -> Server:
    """A server with its manifest read and its first faults armed; raises OSError or ValueError."""
    server = Server(options, manifests.read(manifest) if manifest else None)
    for fault in json.loads(faults.read_text(encoding="utf-8")) if faults else []:
        server.workspace.core.faults.arm(str(fault["kind"]), fault)
    return server


async def serve(options: Options, port: int, manifest: Path | None, faults: Path | None) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code. Raises OSError or ValueError for unreadable files."""
    server = make_server(options, manifest, faults)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        url = await server.start(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.stderr.write(f"Port {port} is taken: stop what listens there, or choose another with --port.\n")
        return REFUSED_CONFIGURATION
    sys.stdout.write(json.dumps({"ready": "slack", "url": url}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()
    return 0
