"""Puts faults in the vendors' way: errors, pages that are not JSON, fields renamed, answers cut in the middle."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.company import company
from sandbox.company.timeline import DAY
from sandbox.vendors.journal import VENDORS

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
KINDS = ("status", "html", "empty", "rename", "retype", "huge", "slow", "stale", "cut", "cut-after-accept", "truncated")
HUGE = 200 << 20
_PIECE = b'{"id":"' + b"0" * 65000 + b'"},'
_PAGE = "<!doctype html><html><head><title>Down for maintenance</title></head><body><h1>Back soon</h1></body></html>"


@dataclass
class Fault:
    """One fault: for the next `n` requests or until a moment; without either until it is cleared."""

    vendor: str
    kind: str
    path: str = ""
    n: int | None = None
    until: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def covers(self, vendor: str, path: str) -> bool:
        """Whether it stands in the way of this request."""
        alive = (self.n is None or self.n > 0) and (self.until is None or time.monotonic() < self.until)
        return alive and self.vendor in (vendor, "*") and self.path in path


@dataclass
class Faults:
    """The faults that are set; the first that covers a request acts."""

    set: list[Fault] = field(default_factory=list)

    def add(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Set or clear; a sentence for what is wrong with the request is raised as ValueError."""
        vendor, kind = body.get("vendor", "*"), body.get("kind")
        if vendor not in (*VENDORS, "*"):
            raise ValueError(f"vendor is one of {', '.join(VENDORS)} or *")
        if kind == "clear":
            self.set = [one for one in self.set if vendor not in ("*", one.vendor)]
        elif kind in KINDS:
            seconds = body.get("seconds")
            until = time.monotonic() + float(seconds) if seconds is not None else None
            detail = {
                name: value for name, value in body.items() if name not in ("vendor", "kind", "path", "n", "seconds")
            }
            self.set.append(Fault(vendor, str(kind), body.get("path", ""), body.get("n"), until, detail))
        else:
            raise ValueError(f"kind is one of {', '.join(KINDS)} or clear")
        return self.describe()

    def describe(self) -> list[dict[str, Any]]:
        """What is set now."""
        return [
            {"vendor": one.vendor, "kind": one.kind, "path": one.path, "n": one.n, **one.detail} for one in self.set
        ]

    def take(self, vendor: str, path: str) -> Fault | None:
        """The fault for this request, counted down."""
        for one in self.set:
            if one.covers(vendor, path):
                if one.n is not None:
                    one.n -= 1
                return one
        return None


async def lose(fault: Fault, request: web.Request, answer: Answer, changes: Callable[[], int]) -> web.StreamResponse:
    """`cut-after-accept`: what changes something is done and its answer lost, or an error of `status` instead.

    What changes nothing is answered and does not count; `changes` tells how many changes there are by now.
    """
    before = changes()
    response = await answer(request)
    if changes() == before:
        fault.n = fault.n + 1 if fault.n is not None else None
        return response
    return _status(fault) if "status" in fault.detail else _hang_up(request)


async def act(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    """Answer a request with a fault in its way."""
    if fault.kind == "status":
        return _status(fault)
    if fault.kind == "html":
        return web.Response(status=int(fault.detail.get("status", 200)), text=_PAGE, content_type="text/html")
    if fault.kind == "huge":
        return await _huge(request)
    if fault.kind == "slow":
        await asyncio.sleep(float(fault.detail.get("delay", 30)))
    if fault.kind == "stale":
        company.serve_from_the_past(int(fault.detail.get("minutes", DAY)))
    if fault.kind == "cut" and fault.detail.get("before"):
        return _hang_up(request)
    response = await answer(request)
    if fault.kind == "cut":
        return _hang_up(request)
    return await _spoil(fault, request, response)


def _status(fault: Fault) -> web.Response:
    status = int(fault.detail.get("status", 500))
    headers = {}
    if "retry_after" in fault.detail:
        name = "x-retry-after" if fault.vendor == "shipbob" else "Retry-After"
        headers[name] = str(fault.detail["retry_after"])
    body = fault.detail.get("body") or error_body(fault.vendor, status)
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    return web.json_response(body, status=status, headers=headers)


def error_body(vendor: str, status: int) -> Any:
    """An error of this status as the vendor words it."""
    if vendor == "shopify":
        return {"errors": "[API] Invalid API key or access token" if status == 401 else "Internal Server Error"}
    if vendor == "meta":
        code, kind = {401: (190, "OAuthException"), 403: (200, "OAuthException")}.get(status, (2, "OAuthException"))
        return {
            "error": {
                "message": "Service temporarily unavailable",
                "type": kind,
                "code": code,
                "is_transient": code == 2,
            }
        }
    if vendor == "hubspot":
        category = {401: "INVALID_AUTHENTICATION", 403: "MISSING_SCOPES", 429: "RATE_LIMITS"}.get(
            status, "INTERNAL_ERROR"
        )
        return {"status": "error", "message": "The request failed", "correlationId": "0" * 32, "category": category}
    return (
        "Unauthorized"
        if status == 401
        else {"title": "An error occurred while processing your request.", "status": status}
    )


async def _huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"data":[')
    sent = 0
    try:
        while sent < HUGE:
            await response.write(_PIECE)
            sent += len(_PIECE)
    except ConnectionError:
        return response
    await response.write(b"{}]}")
    return response


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer; what the request did stays done."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _spoil(fault: Fault, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if fault.kind not in ("empty", "rename", "retype", "truncated"):
        return response
    text = await _text(response)
    if text is None:
        return response
    if fault.kind == "truncated":
        return await _half(request, response, text)
    if fault.kind == "empty":
        text = "" if fault.detail.get("bare") else emptied(text)
    if fault.kind == "rename":
        text = re.sub(rf'"{fault.detail["field"]}"(\s*):', rf'"{fault.detail["field"]}_v2"\1:', text)
    if fault.kind == "retype":
        value = r'("(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null)'
        text = re.sub(rf'("{fault.detail["field"]}"\s*:\s*){value}', r'\1{"value": \2}', text)
    return web.Response(status=response.status, text=text, content_type="application/json")


async def _text(response: web.StreamResponse) -> str | None:
    if isinstance(response, web.FileResponse):
        path = response._path
        return await asyncio.to_thread(path.read_text, encoding="utf-8")
    return response.text if isinstance(response, web.Response) else None


async def _half(request: web.Request, response: web.StreamResponse, text: str) -> web.StreamResponse:
    body = text.encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    half = web.StreamResponse(status=response.status, headers=headers)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


def emptied(text: str) -> str:
    """The same answer with nothing in its lists; the shape is right, the data are gone."""
    try:
        return json.dumps(_without_rows(json.loads(text)))
    except ValueError:
        return ""


def _without_rows(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        gone = {"hasNextPage": False, "next": None, "total": 0, "objectCount": "0", "url": None}
        return {name: gone.get(name, _without_rows(inner)) for name, inner in value.items() if name != "paging"}
    return value
