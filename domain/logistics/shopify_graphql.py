"""Shopify's GraphQL as such: a document as a request, cursors and ids, its errors and its cost budget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.kernel.drift import taken
from domain.kernel.errors import OpsError
from domain.kernel.facts import flag, text
from domain.kernel.vendor import Call
from domain.kernel.vendor_errors import (
    BrokenError,
    DriftError,
    PermissionMissingError,
    RefusedRequestError,
    ThrottledError,
)

VERSION = "2026-10"
_GRAPHQL = f"/admin/api/{VERSION}/graphql.json"
_UNKNOWN = frozenset({"undefinedField", "undefinedType", "argumentNotAccepted", "selectionMismatch"})
SHOP = "{ shop { name currencyCode ianaTimezone } }"


class TooCostlyError(RefusedRequestError):
    """One query asks for more than the shop answers at once."""


def ask(document: str, /, **variables: Any) -> Call:
    """A GraphQL document as a request; all documents here only read, or start an export that only reads."""
    return Call(_GRAPHQL, "POST", json={"query": document, "variables": variables})


def following(data: Any, path: str) -> str | None:
    """The cursor of the next page, by the pageInfo at `path`; None on the last page."""
    info = taken(data, path, dict)
    return text(info["endCursor"]) if flag(info["hasNextPage"]) else None


def number(gid: Any) -> str:
    """The bare number of a global id."""
    return text(gid).rpartition("/")[2]


def utc(at: datetime) -> str:
    """A time as search queries take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_CODES: dict[str, type[OpsError]] = {
    "ACCESS_DENIED": PermissionMissingError,
    "INTERNAL_SERVER_ERROR": BrokenError,
    "TIMEOUT": BrokenError,
    "MAX_COST_EXCEEDED": TooCostlyError,
}


def judge(status: int, headers: Mapping[str, str], data: Any) -> OpsError | None:
    """GraphQL's errors, which come with status 200, and the texts of other refusals."""
    errors = data.get("errors") if isinstance(data, dict) else None
    if not errors or isinstance(errors, str):
        return None
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    message = str(first.get("message", errors))[:200]
    code = (first.get("extensions") or {}).get("code", "")
    if code == "THROTTLED":
        return ThrottledError("its cost budget is used up", retry_after=max(pace(headers, data), 1.0))
    if code in _UNKNOWN:
        return DriftError(f"version {VERSION} does not know what is asked: {message}.")
    return _CODES.get(code, RefusedRequestError)(message)


def pace(headers: Mapping[str, str], data: Any) -> float:
    """Seconds until the cost budget holds the same request again."""
    cost = (data.get("extensions") or {}).get("cost") if isinstance(data, dict) else None
    if not isinstance(cost, dict):
        return 0.0
    budget = cost.get("throttleStatus") or {}
    short = float(cost.get("requestedQueryCost") or 0) - float(budget.get("currentlyAvailable") or 0)
    return max(0.0, short / float(budget.get("restoreRate") or 100))
