"""Answers the admin interface over HTTP: the token grant, GraphQL, and the files of bulk operations."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from aiohttp import web
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute_sync, parse, validate

from sandbox.company.company import Company
from sandbox.vendors.shopify import (
    cost,
    fields_fulfilment,
    fields_order,
    fields_refund,
    fields_root,
    fields_stock,
    mistakes,
    schema,
)
from sandbox.vendors.shopify.bulk import Registry
from sandbox.vendors.shopify.cost import Bucket
from sandbox.vendors.shopify.finder import Finder
from sandbox.vendors.shopify.view import View

VERSIONS = ("2025-10", "2026-01", "2026-04", "2026-07", "2026-10", "unstable")
CLIENT, SECRET, STATIC = "sandbox-client", "sandbox-secret-shopify", "shpat_sandbox"
WRITER, WRITER_SECRET = "sandbox-writer", "sandbox-secret-shopify-write"
_CLIENTS = {CLIENT: SECRET, WRITER: WRITER_SECRET}
SCOPES = (
    "read_all_orders,read_companies,read_customers,read_inventory,read_locations,"
    "read_merchant_managed_fulfillment_orders,read_orders,read_products"
)
WRITE_SCOPE = "write_merchant_managed_fulfillment_orders"
_CHANGES = ("fulfillmentOrderHold", "fulfillmentOrderReleaseHold")
LIVES = 86399
_UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_DOCUMENTS = 64
_TABLES = (
    fields_order.FIELDS,
    fields_refund.FIELDS,
    fields_root.FIELDS,
    fields_stock.FIELDS,
    fields_fulfilment.FIELDS,
)


@dataclass
class Admin:
    """The shop's admin interface on one company."""

    company: Company
    bucket: Bucket = field(default_factory=Bucket)
    finder: Finder = field(default_factory=Finder)
    tokens: dict[str, datetime] = field(default_factory=dict)
    writing: set[str] = field(default_factory=lambda: {STATIC})
    _documents: OrderedDict[str, DocumentNode | list[GraphQLError]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        """Build the schema and the registry of bulk operations."""
        self.schema = _schema()
        self.bulk = Registry(self.company.state / "shopify")
        fields_fulfilment.replay(self.view())

    def routes(self) -> list[web.RouteDef]:
        """Where the interface answers, below `/shopify`."""
        return [
            web.post("/shopify/admin/oauth/access_token", self.grant),
            web.post("/shopify/admin/api/{version}/graphql.json", self.graphql),
            web.get("/shopify/_files/{name}", self.file),
        ]

    async def grant(self, request: web.Request) -> web.Response:
        """Exchange the app's id and secret for a token of 24 hours."""
        values = await _body(request)
        if values.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "The grant type is not supported.")
        client = str(values.get("client_id"))
        if client not in _CLIENTS or values.get("client_secret") != _CLIENTS[client]:
            return _oauth_error("invalid_client", "Client authentication failed.")
        token = f"shpat_{secrets.token_hex(16)}"
        self.tokens[token] = self.company.clock.now() + timedelta(seconds=LIVES)
        scopes = f"{SCOPES},{WRITE_SCOPE}" if client == WRITER else SCOPES
        if client == WRITER:
            self.writing.add(token)
        return web.json_response({"access_token": token, "scope": scopes, "expires_in": LIVES})

    def _known(self, token: str) -> bool:
        return token == STATIC or self.tokens.get(token, self.company.clock.now()) > self.company.clock.now()

    async def graphql(self, request: web.Request) -> web.Response:
        """Run one document."""
        token = request.headers.get("X-Shopify-Access-Token", "")
        if not self._known(token):
            return web.json_response({"errors": _UNAUTHORIZED}, status=401)
        if request.match_info["version"] not in VERSIONS:
            return web.json_response({"errors": "Not Found"}, status=404)
        try:
            body = json.loads(await request.read())
            query, variables = body["query"], body.get("variables") or {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.json_response({"errors": {"query": "Required parameter missing or invalid"}}, status=400)
        view = self.view(str(request.url.origin()))
        changes = [name for name in _CHANGES if re.search(rf"\b{name}\b", query)]
        if changes and token not in self.writing:
            return web.json_response({"data": None, "errors": [mistakes.denied(changes[0], WRITE_SCOPE)]})
        answer = self.run(view, query, variables, body.get("operationName"))
        headers = {"X-Request-Id": secrets.token_hex(8), "X-Shopify-API-Version": request.match_info["version"]}
        return web.json_response(answer, headers=headers)

    def view(self, base_url: str = "") -> View:
        """The shop as it is now."""
        return View(self.company, self.company.now, self.schema, self.bulk, self.finder, base_url)

    def run(self, view: View, query: str, variables: dict[str, Any], operation: str | None = None) -> dict[str, Any]:
        """Check, price and execute a document."""
        document = self._read(query)
        if isinstance(document, list):
            return {"errors": [mistakes.reword(error) for error in document]}
        points = cost.points(self.schema, document, variables)
        if points > cost.SINGLE and not self.bucket.lifted:
            return {"errors": [mistakes.too_costly(points, cost.SINGLE)]}
        if not self.bucket.take(points):
            return self._priced({"errors": [mistakes.throttled()]}, points, None)
        result = execute_sync(
            self.schema, document, context_value=view, variable_values=variables, operation_name=operation
        )
        used = cost.points(self.schema, document, variables, result.data) if result.data else 1
        answer = self._priced(_answer(result), points, min(points, used))
        if view.searches:
            answer["extensions"]["search"] = view.searches
        return answer

    def _read(self, query: str) -> DocumentNode | list[GraphQLError]:
        """Parse and validate, remembering the last documents: programs send the same few again and again."""
        key = hashlib.sha256(query.encode()).hexdigest()
        if key not in self._documents:
            self._documents[key] = self._check(query)
            if len(self._documents) > _DOCUMENTS:
                self._documents.popitem(last=False)
        self._documents.move_to_end(key)
        return self._documents[key]

    def _check(self, query: str) -> DocumentNode | list[GraphQLError]:
        try:
            document = parse(query)
        except GraphQLError as error:
            return [error]
        return validate(self.schema, document) or document

    def _priced(self, answer: dict[str, Any], points: int, used: int | None) -> dict[str, Any]:
        if used is not None:
            self.bucket.give_back(points - used)
        status = self.bucket.status()
        answer["extensions"] = {
            "cost": {"requestedQueryCost": points, "actualQueryCost": used, "throttleStatus": status}
        }
        return answer

    async def file(self, request: web.Request) -> web.StreamResponse:
        """The result of a bulk operation; the address is the permission, as with a signed one."""
        for operation in self.bulk.operations.values():
            if operation.path.name == request.match_info["name"] and operation.status == "COMPLETED":
                return web.FileResponse(operation.path, headers={"Content-Type": "application/jsonl"})
        return web.Response(status=404, text="<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")


@cache
def _schema() -> GraphQLSchema:
    """The schema knows nothing of a company, so one serves all."""
    return schema.build(_TABLES)


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        try:
            values = json.loads(await request.read())
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}
    return dict(await request.post())


def _oauth_error(code: str, description: str) -> web.Response:
    return web.json_response({"error": code, "error_description": description}, status=400)


def _answer(result: ExecutionResult) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [mistakes.reword(error) for error in result.errors]
    return answer
