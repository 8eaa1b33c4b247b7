"""Cursors: where the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.errors import SlackError

T = TypeVar("T")


def page(items: Sequence[T], cursor: str, limit: int) -> tuple[list[T], str]:
    """One page of `items` and the cursor of the next; the cursor is empty on the last page."""
    start = position(cursor) if cursor else 0
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), following


def position(cursor: str) -> int:
    """Where a cursor points; raises `invalid_cursor` for one nobody handed out."""
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word != "next":
            raise SlackError("invalid_cursor")
        return int(number)
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
