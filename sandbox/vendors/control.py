"""The control verbs of the vendors: faults, the journal, the company, the clock, the limits."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.company.company import Company
from sandbox.company.effects import Effect
from sandbox.vendors import faults
from sandbox.vendors.faults import Fault, Faults
from sandbox.vendors.journal import VENDORS, Journal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Control:
    """What a test or a person can do to the vendors: `lift` switches their limits, `arrive` lets goods arrive."""

    company: Company
    journal: Journal
    faults: Faults
    lift: Callable[[bool], None]
    arrive: Callable[[int], bool]

    def routes(self) -> list[web.RouteDef]:
        """Where the verbs answer."""
        return [
            web.get("/_sandbox/company", self.show_company),
            web.get("/_sandbox/journal", self.show_journal),
            web.get("/_sandbox/fault", self.show_faults),
            web.post("/_sandbox/fault", self.set_fault),
            web.post("/_sandbox/advance_time", self.advance_time),
            web.post("/_sandbox/limits", self.limits),
            web.post("/_sandbox/archive_deal", self.archive_deal),
            web.post("/_sandbox/arrive", self.goods_arrive),
        ]

    async def show_company(self, _: web.Request) -> web.Response:
        """The company in a few facts."""
        return web.json_response(self.company.describe())

    async def show_journal(self, request: web.Request) -> web.Response:
        """Requests and changes."""
        return web.json_response(self.journal.report(int(request.query.get("since", 0))))

    async def show_faults(self, _: web.Request) -> web.Response:
        """The faults that are set."""
        return web.json_response({"faults": self.faults.describe()})

    async def set_fault(self, request: web.Request) -> web.Response:
        """Set or clear a fault."""
        try:
            return web.json_response({"faults": self.faults.add(await _body(request))})
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    async def advance_time(self, request: web.Request) -> web.Response:
        """Move the company's clock forward."""
        body = await _body(request)
        now = self.company.clock.advance(float(body.get("seconds", 0)))
        return web.json_response({"now": now.isoformat()})

    async def limits(self, request: web.Request) -> web.Response:
        """`{"lifted": true}` lets every request through whatever the vendors' limits."""
        lifted = bool((await _body(request)).get("lifted", True))
        self.lift(lifted)
        return web.json_response({"lifted": lifted})

    async def archive_deal(self, request: web.Request) -> web.Response:
        """`{"id"}` deletes a deal at HubSpot as a person would; with `into` it is merged into another one."""
        body = await _body(request)
        effect = Effect("hubspot", "archive_deal", str(body["id"]), self.company.now, body)
        return web.json_response({"archived": self.company.effects.add(effect).key})

    async def goods_arrive(self, request: web.Request) -> web.Response:
        """`{"id"}` lets the goods of a receiving order made here arrive at ShipBob."""
        return web.json_response({"arrived": self.arrive(int((await _body(request))["id"]))})

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Write every vendor request down and let a fault stand in its way."""
        vendor = request.path.split("/", 2)[1]
        if vendor not in VENDORS:
            return await handler(request)
        started, fault = time.perf_counter(), self.faults.take(vendor, request.path)
        status = 0
        try:
            response = await self._answered(request, handler, fault)
            status = response.status
        finally:
            ms = round((time.perf_counter() - started) * 1000, 1)
            outcome = {"status": status, "ms": ms, "fault": fault.kind if fault else None}
            self.journal.note(vendor, request.method, request.path, outcome)
        return response

    async def _answered(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
        if fault is None:
            return await handler(request)
        if fault.kind == "cut-after-accept":
            return await faults.lose(fault, request, handler, lambda: len(self.company.effects.all))
        return await faults.act(fault, request, handler)


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return body
