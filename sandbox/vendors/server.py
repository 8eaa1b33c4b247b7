"""Runs the vendors: one server, one address, a path for each of them."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.company import company
from sandbox.company.company import Company
from sandbox.vendors.control import Control
from sandbox.vendors.faults import Faults
from sandbox.vendors.hubspot.api import HubSpot
from sandbox.vendors.journal import Journal
from sandbox.vendors.meta.api import Meta
from sandbox.vendors.shipbob.api import ShipBob
from sandbox.vendors.shopify.admin import Admin

HOST = "127.0.0.1"
REFUSED = 78


def application(shop: Company) -> web.Application:
    """Every vendor of the company in one application."""
    admin, warehouse, ads, desk = Admin(shop), ShipBob(shop), Meta(shop), HubSpot(shop)

    def lift(lifted: bool) -> None:
        admin.bucket.lifted = lifted
        for window in (warehouse.window, ads.insights_window, ads.changes_window, desk.burst, desk.searches):
            window.lifted = lifted

    def arrive(number: int) -> bool:
        return warehouse.receiving.end(number, "arrive_receiving") is not None

    control = Control(shop, Journal(shop), Faults(), lift, arrive)
    app = web.Application(client_max_size=32 << 20, middlewares=[control.middleware])
    app.add_routes([*admin.routes(), *warehouse.routes(), *ads.routes(), *desk.routes(), *control.routes()])
    return app


def run(port: int, state: Path, now: datetime | None, seed: int) -> None:
    """Serve until SIGTERM or SIGINT; a port that is taken ends with one sentence and exit 78."""
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    sys.exit(asyncio.run(_serve(port, state, now, seed)))


async def _serve(port: int, state: Path, now: datetime | None, seed: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((HOST, port))
            place.listen()  # who calls while the shop is still being read waits instead of being refused
        except OSError:
            sys.stderr.write(f"Port {port} on {HOST} is taken; stop what uses it or choose another with --port.\n")
            return REFUSED
        runner = web.AppRunner(application(company.found(state, now, seed)), access_log=None)
        await runner.setup()
        await web.SockSite(runner, place).start()
        sys.stdout.write(json.dumps({"ready": "vendors", "url": f"http://{HOST}:{place.getsockname()[1]}"}) + "\n")
        sys.stdout.flush()
        await stop.wait()
        await runner.cleanup()
    return 0
