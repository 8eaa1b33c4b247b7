"""The search of objects: groups of filters, sorts, pages, and a ceiling of ten thousand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.vendors.hubspot.objects import Record

KEYS = ("filterGroups", "properties", "sorts", "limit", "after")
CEILING, LARGEST = 10_000, 200
_MOST_GROUPS, _MOST_FILTERS = 5, 18
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda left, right: left == right,
    "NEQ": lambda left, right: left != right,
    "LT": lambda left, right: left < right,
    "LTE": lambda left, right: left <= right,
    "GT": lambda left, right: left > right,
    "GTE": lambda left, right: left >= right,
}
OPERATORS = (
    *_COMPARE,
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
)


class BadSearchError(ValueError):
    """The search cannot be run; the message says why."""


def check(body: Any) -> tuple[int, int]:
    """Limit and start of a search; BadSearchError when something is missing or wrong."""
    if not isinstance(body, dict):
        raise BadSearchError("Invalid input JSON on line 1, column 1: a JSON object is expected")
    missing = [name for name in KEYS if name not in body]
    if missing:
        raise BadSearchError(f"Some required fields were not set: [{', '.join(missing)}]")
    groups = body["filterGroups"]
    if len(groups) > _MOST_GROUPS or sum(len(group.get("filters", [])) for group in groups) > _MOST_FILTERS:
        raise BadSearchError(
            f"Too many filters: at most {_MOST_GROUPS} groups and {_MOST_FILTERS} filters are supported"
        )
    for one in (one for group in groups for one in group.get("filters", [])):
        if one.get("operator") not in OPERATORS:
            raise BadSearchError(f"Invalid input JSON: operator must be one of [{', '.join(OPERATORS)}]")
    return _page(body)


def _page(body: dict[str, Any]) -> tuple[int, int]:
    limit, after = body["limit"], str(body["after"] or "0")
    if not isinstance(limit, int) or not 0 < limit <= LARGEST:
        raise BadSearchError(f"limit must be between 1 and {LARGEST}")
    if not after.isdigit():
        raise BadSearchError("after must be a number that an earlier page gave")
    if int(after) + limit > CEILING:
        raise BadSearchError(f"The search can return at most {CEILING} results; narrow it down with a filter")
    return limit, int(after)


def run(records: list[Record], body: dict[str, Any]) -> list[Record]:
    """The records that pass any group of filters, in the order asked for."""
    groups = [group.get("filters", []) for group in body["filterGroups"]]
    found = [one for one in records if not groups or any(_passes(one, group) for group in groups)]
    for sort in reversed(body["sorts"]):
        name, falling = _sort(sort)
        found.sort(key=lambda one: _sort_key(one.properties.get(name)), reverse=falling)
    return found


def _sort(sort: Any) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.lstrip("-"), sort.startswith("-")
    return str(sort.get("propertyName", "")), sort.get("direction") == "DESCENDING"


def _sort_key(value: str | None) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    comparable = _comparable(value)
    return (1, comparable, "") if isinstance(comparable, float) else (2, 0.0, comparable)


def _passes(record: Record, filters: list[dict[str, Any]]) -> bool:
    return all(_matches(record.properties.get(one["propertyName"]), one) for one in filters)


def _matches(value: str | None, one: dict[str, Any]) -> bool:
    operator = str(one["operator"])
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return (value is not None) is (operator == "HAS_PROPERTY")
    if value is None:
        return operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
    if operator in ("IN", "NOT_IN"):
        return (value.lower() in [str(other).lower() for other in one.get("values", [])]) is (operator == "IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        held = str(one.get("value", "")).strip("*").lower() in value.lower()
        return held is (operator == "CONTAINS_TOKEN")
    return _compares(operator, _comparable(value), one)


def _compares(operator: str, left: float | str, one: dict[str, Any]) -> bool:
    right = _comparable(str(one.get("value", "")))
    if operator == "BETWEEN":
        high = _comparable(str(one.get("highValue", "")))
        return (
            _alike(left, right) and _alike(left, high) and _COMPARE["GTE"](left, right) and _COMPARE["LTE"](left, high)
        )
    if not _alike(left, right):
        return operator == "NEQ"
    return _COMPARE[operator](left, right)


def _alike(left: Any, right: Any) -> bool:
    return isinstance(left, float) == isinstance(right, float)


def _comparable(text: str) -> float | str:
    """A number, or the milliseconds of a time, or the text itself in small letters."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text.lower()
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000
