"""Answers HubSpot's interface over HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import web

from sandbox.company.company import Company
from sandbox.company.pipeline import LOST, OPEN_STAGES, OWNERS, WON
from sandbox.vendors.hubspot import search
from sandbox.vendors.hubspot.objects import TYPES, Objects
from sandbox.vendors.hubspot.search import BadSearchError
from sandbox.vendors.limits import Window

KEY, WRITE_KEY = "sandbox-key-hubspot", "sandbox-key-hubspot-write"
VERSION = "2026-09"
_LABELS = (
    "Appointment scheduled",
    "Qualified to buy",
    "Presentation scheduled",
    "Decision maker bought-in",
    "Contract sent",
    "Closed won",
    "Closed lost",
)
_LARGEST = 100
_NO_SCOPE = "This app hasn't been granted all required scopes to make this call."
_NO_KEY = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class HubSpot:
    """The sales desk's interface on one company."""

    company: Company
    burst: Window = field(default_factory=lambda: Window(100, 10.0))
    searches: Window = field(default_factory=lambda: Window(5, 1.0))

    def __post_init__(self) -> None:
        """Open the objects."""
        self.objects = Objects(self.company)

    def routes(self) -> list[web.RouteDef]:
        """Where the interface answers, below `/hubspot`."""
        base = f"/hubspot/crm/objects/{VERSION}/{{kind}}"
        return [
            web.post(base + "/search", self._guarded(self.search)),
            web.get(base, self._guarded(self.page)),
            web.post(base, self._guarded(self.create)),
            web.get(base + "/{id}", self._guarded(self.read)),
            web.patch(base + "/{id}", self._guarded(self.update)),
            web.delete(base + "/{id}", self._guarded(self.delete)),
            web.get(f"/hubspot/crm/pipelines/{VERSION}/deals", self._guarded(self.pipelines)),
            web.get(f"/hubspot/crm/owners/{VERSION}", self._guarded(self.owners)),
        ]

    def _guarded(self, handle: Answer) -> Answer:
        async def answer(request: web.Request) -> web.Response:
            key = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if key not in (KEY, WRITE_KEY):
                return error(401, _NO_KEY, "INVALID_AUTHENTICATION")
            if request.match_info.get("kind", "deals") not in TYPES:
                return error(400, f"Unable to infer object type from: {request.match_info['kind']}", "VALIDATION_ERROR")
            if handle in (self.create, self.update, self.delete) and not _may_write(request, key):
                return error(403, _NO_SCOPE, "MISSING_SCOPES")
            if not self.burst.take():
                return limited("You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING")
            response = await handle(request)
            if not request.path.endswith("/search"):
                response.headers.update(self._headers())
            return response

        return answer

    def _headers(self) -> dict[str, str]:
        prefix = "X-HubSpot-RateLimit"
        return {
            f"{prefix}-Interval-Milliseconds": "10000",
            f"{prefix}-Max": str(self.burst.most),
            f"{prefix}-Remaining": str(self.burst.left()),
            f"{prefix}-Daily": "650000",
            f"{prefix}-Daily-Remaining": "649000",
        }

    async def search(self, request: web.Request) -> web.Response:
        """Objects that pass the filters, a page of them, and how many there are."""
        if not self.searches.take():
            return limited("You have reached your secondly limit.", "SECONDLY")
        try:
            body = json.loads(await request.read() or b"null")
            limit, start = search.check(body)
        except BadSearchError as problem:
            return error(400, str(problem), "VALIDATION_ERROR")
        except ValueError:
            return error(400, "Invalid input JSON", "VALIDATION_ERROR")
        found = search.run(self.objects.all(request.match_info["kind"]), body)
        chosen = [one.render(body["properties"]) for one in found[start : start + limit]]
        answer: dict[str, Any] = {"total": len(found), "results": chosen}
        if start + limit < len(found):
            answer["paging"] = {"next": {"after": str(start + limit), "link": ""}}
        return web.json_response(answer)

    async def page(self, request: web.Request) -> web.Response:
        """Every object, or with `archived` every deleted one, a page at a time."""
        limit, after = request.query.get("limit", "10"), request.query.get("after", "0")
        if not (limit.isdigit() and after.isdigit() and 0 < int(limit) <= _LARGEST):
            return error(400, f"limit must be between 1 and {_LARGEST}", "VALIDATION_ERROR")
        kind = request.match_info["kind"]
        archived = request.query.get("archived") == "true"
        found = self.objects.archived(kind) if archived else self.objects.all(kind)
        start, end = int(after), int(after) + int(limit)
        wanted = _names(request.query.get("properties"))
        answer: dict[str, Any] = {"results": [one.render(wanted) for one in found[start:end]]}
        if end < len(found):
            link = str(request.url.update_query(after=str(end)))
            answer["paging"] = {"next": {"after": str(end), "link": link}}
        return web.json_response(answer)

    async def read(self, request: web.Request) -> web.Response:
        """One object."""
        one = self.objects.find(request.match_info["kind"], request.match_info["id"])
        if one is None:
            return error(404, "resource not found", "OBJECT_NOT_FOUND")
        return web.json_response(one.render(_names(request.query.get("properties"))))

    async def create(self, request: web.Request) -> web.Response:
        """Make a task; nothing else can be made here."""
        try:
            body = json.loads(await request.read() or b"null")
            properties = dict(body["properties"])
        except (ValueError, KeyError, TypeError):
            return error(400, "Invalid input JSON", "VALIDATION_ERROR")
        if "hs_timestamp" not in properties:
            message = "Error creating TASK. Some required properties were not set."
            return error(400, message, "VALIDATION_ERROR", {"properties": ["hs_timestamp"]})
        one = self.objects.create_task(body)
        return web.json_response(one.render(list(properties)), status=201)

    async def update(self, request: web.Request) -> web.Response:
        """Change a task, as a person at the desk would."""
        number = request.match_info["id"]
        if self.objects.find("tasks", number) is None:
            return error(404, "resource not found", "OBJECT_NOT_FOUND")
        try:
            properties = dict(json.loads(await request.read() or b"null")["properties"])
        except (ValueError, KeyError, TypeError):
            return error(400, "Invalid input JSON", "VALIDATION_ERROR")
        return web.json_response(self.objects.update_task(number, properties).render(list(properties)))

    async def delete(self, request: web.Request) -> web.Response:
        """Archive a task."""
        self.objects.delete_task(request.match_info["id"])
        return web.Response(status=204)

    async def pipelines(self, _: web.Request) -> web.Response:
        """The one pipeline of deals and its stages."""
        stages = []
        for place, (stage, label) in enumerate(zip((*OPEN_STAGES, WON, LOST), _LABELS, strict=True)):
            chances = ("0.2", "0.4", "0.6", "0.8", "0.9", "1.0", "0.0")
            metadata = {"isClosed": str(stage in (WON, LOST)).lower(), "probability": chances[place]}
            facts = {"id": stage, "label": label, "displayOrder": place, "metadata": metadata, "archived": False}
            stages.append({**facts, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"})
        pipeline = {"id": "default", "label": "Wholesale", "displayOrder": 0, "stages": stages, "archived": False}
        return web.json_response({"results": [pipeline]})

    async def owners(self, _: web.Request) -> web.Response:
        """The people at the sales desk, by role."""
        found = []
        for place, number in enumerate(OWNERS, start=1):
            facts = {
                "id": str(number),
                "email": f"sales{place}@sandbox.invalid",
                "type": "PERSON",
                "userId": 900 + place,
            }
            found.append({**facts, "firstName": "Sales", "lastName": f"Desk {place}", "archived": False, "teams": []})
        return web.json_response({"results": found})


def _may_write(request: web.Request, key: str) -> bool:
    """Only tasks can be written, and only by the key made for it."""
    return key == WRITE_KEY and request.match_info["kind"] == "tasks"


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def error(status: int, message: str, category: str, context: dict[str, Any] | None = None) -> web.Response:
    """An error as HubSpot words it."""
    body: dict[str, Any] = {"status": "error", "message": message, "correlationId": str(uuid4()), "category": category}
    if context:
        body["context"] = context
    return web.json_response(body, status=status)


def limited(message: str, policy: str) -> web.Response:
    """Too many requests."""
    body = {"status": "error", "message": message, "errorType": "RATE_LIMIT", "policyName": policy}
    return web.json_response({**body, "correlationId": str(uuid4()), "category": "RATE_LIMITS"}, status=429)
