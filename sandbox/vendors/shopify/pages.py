"""Connections: a page of nodes, its cursors, and the errors of a wrong page size."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

LARGEST = 250
EVERYTHING = 1 << 60  # what a bulk operation asks for; no request may
Key = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Some nodes of a connection; `key` gives the sort value and number that make a node's cursor."""

    nodes: Sequence[Any]
    key: Callable[[Any], Key]
    has_next: bool
    has_previous: bool

    def cursor(self, node: Any) -> str:
        """The opaque place of a node."""
        value, number = self.key(node)
        text = json.dumps({"last_id": number, "last_value": value}, separators=(",", ":"))
        return base64.b64encode(text.encode()).decode()


def read_cursor(text: str) -> Key:
    """The place a cursor stands for."""
    try:
        place = json.loads(base64.b64decode(text, validate=True))
        return place["last_value"], int(place["last_id"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise GraphQLError(
            "Invalid cursor for current pagination sort.", extensions={"code": "INVALID_CURSOR"}
        ) from error


def size(first: int | None) -> int:
    """The page size asked for, within what is allowed."""
    if first is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    if first != EVERYTHING and not 0 <= first <= LARGEST:
        message = f"first must be between 0 and {LARGEST}"
        raise GraphQLError(message, extensions={"code": "MAX_PAGE_SIZE_EXCEEDED" if first > 0 else "BAD_REQUEST"})
    return first


def cut(nodes: Sequence[Any], key: Callable[[Any], Key], first: int | None, after: str | None) -> Page:
    """A page of nodes that are already in their order; `key` must rise or fall with them."""
    wanted = size(first)
    start = 0
    if after is not None:
        start = _place(nodes, key, read_cursor(after))
    end = start + wanted
    return Page(nodes[start:end], key, end < len(nodes), start > 0)


def _place(nodes: Sequence[Any], key: Callable[[Any], Key], place: Key) -> int:
    """The first node past the place, by halving; works for both directions."""
    falling = len(nodes) > 1 and key(nodes[0]) > key(nodes[-1])
    low, high = 0, len(nodes)
    while low < high:
        middle = (low + high) // 2
        at = key(nodes[middle])
        if (at >= place) if falling else (at <= place):
            low = middle + 1
        else:
            high = middle
    return low
