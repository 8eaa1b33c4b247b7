"""Answers ShipBob's interface over HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.company.company import Company
from sandbox.company.parcels import LONGEST
from sandbox.vendors.limits import Window
from sandbox.vendors.shipbob import shipments
from sandbox.vendors.shipbob.receiving import Receiving
from sandbox.vendors.shopify.ids import ORDER as REFERENCE

TOKEN, WRITE_TOKEN = "sandbox-pat-shipbob", "sandbox-pat-shipbob-write"
VERSIONS = ("2026-01", "2026-07")
LARGEST, USUAL = 250, 50
BODY = web.RequestKey("body", bytes)
_LATER = 45 * 1440
_DATES = ("StartDate", "EndDate", "LastUpdateStartDate", "LastUpdateEndDate")


@dataclass
class ShipBob:
    """The warehouse's interface on one company."""

    company: Company
    window: Window = field(default_factory=lambda: Window(150, 60.0))

    def __post_init__(self) -> None:
        """Open the receiving orders."""
        self.receiving = Receiving(self.company)

    def routes(self) -> list[web.RouteDef]:
        """Where the interface answers, below `/shipbob`."""
        base = "/shipbob/{version}"
        return [
            web.get(base + "/order", self._guarded(self.orders)),
            web.get(base + "/order/{id:[0-9]+}", self._guarded(self.order)),
            web.get(base + "/inventory-level", self._guarded(self.levels)),
            web.get(base + "/receiving", self._guarded(self.receivings)),
            web.post(base + "/receiving", self._guarded(self.create_receiving)),
            web.get(base + "/receiving/{id:[0-9]+}", self._guarded(self.one_receiving)),
            web.post(base + "/receiving/{id:[0-9]+}:cancel", self._guarded(self.cancel_receiving)),
            web.get(base + "/channel", self._guarded(self.channels)),
            web.get(base + "/fulfillment-center", self._guarded(self.centers)),
        ]

    def _guarded(self, handle: Callable[[web.Request], web.Response]) -> Any:
        async def answer(request: web.Request) -> web.Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in (TOKEN, WRITE_TOKEN):
                return web.json_response("Authorization missing or invalid", status=401)
            if request.method == "POST" and token != WRITE_TOKEN:
                return web.json_response("The token has no scope for this", status=403)
            if request.match_info["version"] not in VERSIONS:
                return web.Response(status=404)
            if not self.window.take():
                return self._refused()
            request[BODY] = await request.read()
            response = handle(request)
            response.headers["x-remaining-calls"] = str(self.window.left())
            return response

        return answer

    def _refused(self) -> web.Response:
        wait = int(self.window.wait()) + 1
        body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {wait} seconds."}
        headers = {"x-retry-after": str(wait), "x-remaining-calls": "0"}
        return web.json_response(body, status=429, headers=headers)

    def orders(self, request: web.Request) -> web.Response:
        """A page of orders, oldest first unless asked otherwise."""
        query = request.query
        problems = _problems(query, numbers=("Page", "Limit"), dates=_DATES)
        if problems:
            return web.json_response(problems, status=400)
        page, limit = int(query.get("Page", 1)), min(LARGEST, int(query.get("Limit", USUAL)))
        found = self._find(query)
        if query.get("SortOrder", "Oldest") == "Newest":
            found.reverse()
        chosen = found[(page - 1) * limit : page * limit]
        now = self.company.now
        headers = {"Total-Pages": str(-(-len(found) // limit)), "Page-Size": str(limit), "Page-Number": str(page)}
        return web.json_response([shipments.render(self.company, order, now) for order in chosen], headers=headers)

    def _find(self, query: Any) -> list[int]:
        company, now = self.company, self.company.now
        changed_since, changed_until = self._minutes(query, "LastUpdateStartDate", "LastUpdateEndDate")
        created_since, created_until = self._minutes(query, "StartDate", "EndDate")
        earliest = max(created_since, changed_since - LONGEST - _LATER)
        found = [
            order
            for order in company.book.between(earliest, min(created_until, now) + 1)
            if company.parcels.has_goods(order)
        ]
        if "LastUpdateStartDate" in query or "LastUpdateEndDate" in query:
            found = [one for one in found if changed_since <= company.parcels.changed(one, now) <= changed_until]
        if "IDs" in query:
            wanted = {int(one) for one in query["IDs"].split(",") if one.isdigit()}
            found = [one for one in found if shipments.order_id(company, one) in wanted]
        if "ReferenceIds" in query:
            names = set(query["ReferenceIds"].split(","))
            found = [one for one in found if str(company.book.number(one) + REFERENCE) in names]
        return found

    def _minutes(self, query: Any, first: str, last: str) -> tuple[int, int]:
        """The first minute not before one date and the last not after another."""
        start = self.company.time.minute(_moment(query[first])) if first in query else -(10**9)
        end = self.company.time.minute(_moment(query[last])) if last in query else 10**9
        return start, end

    def order(self, request: web.Request) -> web.Response:
        """One order."""
        number = int(request.match_info["id"]) - shipments.ORDER
        order = self.company.book.by_number.get(number)
        if order is None or self.company.book.ledger.minute[order] > self.company.now:
            return web.json_response("Order not found", status=404)
        return web.json_response(shipments.render(self.company, order, self.company.now))

    def levels(self, request: web.Request) -> web.Response:
        """A page of inventory levels with addresses of its neighbours."""
        problems = _problems(request.query, numbers=("PageSize",), dates=())
        if problems:
            title = "One or more validation errors occurred."
            return web.json_response({"title": title, "status": 400, "errors": problems}, status=400)
        size = min(LARGEST, int(request.query.get("PageSize", USUAL)))
        start = _start(request.query.get("cursor"))
        skus = self.company.stock.skus
        if wanted := request.query.get("SearchBy", "").lower():
            skus = [sku for sku in skus if wanted in self.company.book.ledger.skus[sku].lower()]
        items = [self._level(sku) for sku in skus[start : start + size]]
        place = str(request.url.with_query(None))
        more = start + size < len(skus)
        return web.json_response(
            {
                "items": items,
                "first": _address(place, 0, size) if start else None,
                "prev": _address(place, max(0, start - size), size) if start else None,
                "next": _address(place, start + size, size) if more else None,
                "last": _address(place, max(0, len(skus) - size), size) if more else None,
            }
        )

    def _level(self, sku: int) -> dict[str, Any]:
        now = self.company.now
        level = self.company.stock.level(sku, now, self.company.committed(now).get(sku, 0))
        awaited = level.incoming + self.receiving.awaited(sku)
        return {
            "inventory_id": shipments.INVENTORY + sku,
            "name": self.company.book.ledger.titles[sku],
            "sku": self.company.book.ledger.skus[sku],
            "total_fulfillable_quantity": level.available,
            "total_on_hand_quantity": level.on_hand,
            "total_committed_quantity": level.committed,
            "total_sellable_quantity": level.available + awaited,
            "total_awaiting_quantity": awaited,
            "total_exception_quantity": 0,
            "total_internal_transfer_quantity": 0,
            "total_backordered_quantity": 0,
        }

    def receivings(self, request: web.Request) -> web.Response:
        """A page of receiving orders, newest first."""
        query = request.query
        problems = _problems(query, numbers=("Page", "Limit"), dates=())
        if problems:
            return web.json_response(problems, status=400)
        page, limit = int(query.get("Page", 1)), min(LARGEST, int(query.get("Limit", USUAL)))
        found = self.receiving.all()
        if "Statuses" in query:
            found = [one for one in found if one["status"] in query["Statuses"].split(",")]
        if "PurchaseOrderNumbers" in query:
            found = [one for one in found if one["purchase_order_number"] in query["PurchaseOrderNumbers"].split(",")]
        return web.json_response(found[(page - 1) * limit : page * limit])

    def one_receiving(self, request: web.Request) -> web.Response:
        """One receiving order."""
        one = self.receiving.find(int(request.match_info["id"]))
        return web.json_response(one) if one else _not_found()

    def create_receiving(self, request: web.Request) -> web.Response:
        """Announce goods to the warehouse."""
        try:
            body = json.loads(request[BODY] or b"")
        except ValueError:
            return web.json_response({"": ["The request body is not valid JSON."]}, status=400)
        problems = self.receiving.problems(body)
        if problems:
            return web.json_response(problems, status=400)
        return web.json_response(self.receiving.create(body), status=201)

    def cancel_receiving(self, request: web.Request) -> web.Response:
        """Take an announcement back."""
        number = int(request.match_info["id"])
        if self.receiving.find(number) is None:
            return _not_found()
        one = self.receiving.end(number, "cancel_receiving")
        if one is None:
            return web.json_response({"id": ["The receiving order cannot be cancelled in its status."]}, status=422)
        return web.json_response(one)

    def channels(self, _: web.Request) -> web.Response:
        """The channels of the account."""
        scopes = ["orders_read", "inventory_read", "receiving_read", "receiving_write"]
        return web.json_response([{**shipments.CHANNEL, "application_name": "Shopify", "scopes": scopes}])

    def centers(self, _: web.Request) -> web.Response:
        """The warehouses of the account."""
        return web.json_response([shipments.CENTER])


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text.replace(" ", "+"))
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _problems(query: Any, numbers: tuple[str, ...], dates: tuple[str, ...]) -> dict[str, list[str]]:
    """Wrong query values by name, as the validation words them."""
    found = {}
    for name in numbers:
        if name in query and (not query[name].isdigit() or int(query[name]) < 1):
            found[name] = [f"The value '{query[name]}' is not valid for {name}."]
    for name in dates:
        if name in query:
            try:
                _moment(query[name])
            except ValueError:
                found[name] = [f"The value '{query[name]}' is not valid for {name}."]
    return found


def _start(cursor: str | None) -> int:
    try:
        return max(0, int(base64.urlsafe_b64decode(cursor or "MA==")))
    except ValueError:
        return 0


def _address(path: str, start: int, size: int) -> str:
    cursor = base64.urlsafe_b64encode(str(start).encode()).decode()
    return f"{path}?cursor={cursor}&PageSize={size}"


def _not_found() -> web.Response:
    body: dict[str, Any] = {
        "type": None,
        "title": "Not Found",
        "status": 404,
        "detail": None,
        "instance": None,
        "errors": {},
    }
    return web.json_response(body, status=404)
