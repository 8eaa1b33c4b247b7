"""The Web API's front door: who calls, may they, how often; then the method, and a line in the log."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Fault
from sandbox.slack.journal import encode
from sandbox.slack.manifest import Manifest
from sandbox.slack.methods import ALL
from sandbox.slack.traffic import Entry
from sandbox.slack.workspace import Workspace

SECRET = {"token"}


async def read_args(request: web.Request) -> Json:
    """The arguments of a call from its query, form, JSON or multipart body."""
    args: Json = dict(request.query)
    if request.method == "GET":
        return args
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError as error:
            raise SlackError("invalid_json") from error
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return args | body
    if request.can_read_body:
        form = await request.post()
        args |= {key: value for key, value in form.items() if isinstance(value, str)}
    return args


def token_kind(workspace: Workspace, request: web.Request, args: Json) -> str:
    """`bot` or `app`; refused when there is no token or nobody knows it."""
    header = request.headers.get("Authorization", "")
    token = header[7:] if header[:7].lower() == "bearer " else str(args.get("token") or "")
    if not token:
        raise SlackError("not_authed")
    if workspace.core.faults.armed and workspace.core.faults.find("token_revoked"):
        raise SlackError("token_revoked")
    if token in workspace.options.bot_tokens:
        return "bot"
    if token in workspace.options.app_tokens:
        return "app"
    raise SlackError("invalid_auth")


def admit(workspace: Workspace, method: Method, request: web.Request, args: Json) -> None:
    """Caller, scope and rate of one call; raises what Slack would answer."""
    if method.caller != "nobody":
        kind = token_kind(workspace, request, args)
        if method.caller not in {"any", kind}:
            raise SlackError("not_allowed_token_type")
        args["token"] = kind
    workspace.manifest.require(*method.scopes)
    workspace.limits.take_tier(method.name, method.tier)
    if workspace.core.faults.armed:
        limited = workspace.core.faults.find("ratelimited", method=method.name)
        if limited is not None:
            raise SlackError("ratelimited", status=429, retry_after=int(limited.fields.get("retry_after", 1)))


class WebApi:
    """Answers `/api/{method}`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        lean = workspace.options.lean
        self.methods = {method.name: method for method in ALL if method.lean or not lean}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, from request to response."""
        started = time.perf_counter()
        name = request.match_info["method"]
        fault = None
        if self._workspace.core.faults.armed:
            fault = self._workspace.core.faults.find("http", method=name)
            down = self._workspace.core.faults.find("api_down")
            if down is not None:
                return web.Response(status=503, text="upstream connect error")
        if fault is not None and not fault.fields.get("cut_after_accept"):
            early = await suffer(self._workspace, name, fault)
            if early is not None:
                return early
        args, body, error = await self._answer(name, request)
        logged = body if error is None or not error.retry_after else {**body, "retry_after": error.retry_after}
        entry = self._log(name, args, logged, started)
        if fault is not None and fault.fields.get("cut_after_accept"):
            entry.error = "cut_after_accept"
            return cut(request)
        return respond(body, error, self._workspace.manifest)

    async def _answer(self, name: str, request: web.Request) -> tuple[Json, Json, SlackError | None]:
        args: Json = {}
        try:
            args = await read_args(request)
            method = self.methods.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            admit(self._workspace, method, request, args)
            body = method.answer(self._workspace, Call(args, f"{request.scheme}://{request.host}"))
        except SlackError as error:
            return args, error.body(), error
        return args, body, None

    def _log(self, name: str, args: Json, body: Json, started: float) -> Entry:
        entry = Entry("api", name, self._workspace.core.clock.now())
        args.pop("token", None)
        entry.request, entry.response = args, body
        entry.ok, entry.error = bool(body.get("ok")), body.get("error")
        entry.ms = round((time.perf_counter() - started) * 1000, 3)
        entry.channel = str(args.get("channel") or args.get("channel_id") or "")
        entry.user = str(args.get("user") or args.get("user_id") or "")
        entry.key = str(body.get("ts") or body.get("message_ts") or args.get("ts") or "")
        return self._workspace.core.traffic.add(entry)


def respond(body: Json, error: SlackError | None, manifest: Manifest) -> web.Response:
    """The HTTP response of a call; the scopes stand in a header, as the real one has it."""
    headers = {}
    if error is not None and error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    if manifest.given:
        headers["X-OAuth-Scopes"] = manifest.granted
    status = error.status if error is not None else 200
    text = encode(body).encode()
    return web.Response(body=text, status=status, headers=headers, content_type="application/json", charset="utf-8")


async def suffer(workspace: Workspace, name: str, fault: Fault) -> web.Response | None:
    """Apply an `http` fault that strikes before the call has any effect; None lets the call go on."""
    fields: dict[str, Any] = fault.fields
    if not workspace.core.faults.strikes(fault):
        return None
    if fields.get("latency_ms"):
        await asyncio.sleep(float(fields["latency_ms"]) / 1000)
    broken: web.Response | None = None
    if fields.get("status"):
        headers = {"Retry-After": str(fields["retry_after"])} if fields.get("retry_after") else None
        broken = web.Response(
            status=int(fields["status"]), text=str(fields.get("body", "sandbox fault")), headers=headers
        )
    elif fields.get("invalid_json"):
        broken = web.Response(text="<html><body>Something is not right.</body></html>", content_type="text/html")
    if broken is not None:
        entry = Entry("api", name, workspace.core.clock.now())
        entry.ok, entry.error = False, f"fault_http_{broken.status}"
        workspace.core.traffic.add(entry)
    return broken


def cut(request: web.Request) -> web.Response:
    """Break the connection after the call took effect: the caller never learns."""
    if request.transport is not None:
        request.transport.abort() if isinstance(request.transport, asyncio.Transport) else request.transport.close()
    return web.Response(status=500)
