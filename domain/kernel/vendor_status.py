"""What a status line and its headers mean: the typed error of every refusal, and the wait the vendor asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from domain.kernel.errors import OpsError
from domain.kernel.vendor_errors import (
    BrokenError,
    CredentialError,
    CutOffError,
    EmptyError,
    GoneError,
    NotJsonError,
    PaymentError,
    PermissionMissingError,
    RefusedRequestError,
    ThrottledError,
)

_WAITS = ("Retry-After", "x-retry-after")
_LONGEST_SAID = 160
_SPACE = re.compile(r"\s+")


def decode(body: bytes, kind: str) -> Any:
    """The JSON of a body; an error that says what it is instead."""
    start = body[:200].lstrip().lower()
    if not start:
        raise EmptyError("the answer has no content at all.")
    if "html" in kind.lower() or start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        raise NotJsonError(f"the answer is a web page, not data: {said(body)}")
    try:
        return json.loads(body)
    except UnicodeDecodeError as error:
        raise NotJsonError("the answer is not text.") from error
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) - 1 or "Unterminated" in error.msg:
            raise CutOffError(f"the answer ends in the middle, after {len(body):,} bytes.") from error
        raise NotJsonError(f"the answer is not JSON: {said(body)}") from error


_MEANING: dict[int, tuple[type[OpsError], str]] = {
    401: (CredentialError, "the credential is refused"),
    402: (PaymentError, "it wants to be paid first"),
    403: (PermissionMissingError, "the credential may not do this"),
    404: (GoneError, "the address does not exist any more"),
    410: (GoneError, "the address does not exist any more"),
}


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> OpsError | None:
    """The error of a status that is no success; None for a success."""
    if 200 <= status < 300:
        return None
    told = f"{status}: {said(body)}" if body.strip() else f"{status}"
    if status == 429:
        return ThrottledError("it asks to slow down (429)", retry_after=wait(headers))
    if status >= 500 or status == 408:
        return BrokenError(f"it has an error of its own ({told})", retry_after=wait(headers))
    kind, words = _MEANING.get(status, (RefusedRequestError, "it does not understand the request"))
    return kind(f"{words} ({told})")


def wait(headers: Mapping[str, str]) -> float | None:
    """The pause the vendor asks for, in seconds."""
    for name in _WAITS:
        if value := headers.get(name):
            return _seconds(value.strip(), headers.get("Date"))
    return None


def _seconds(value: str, now: str | None) -> float | None:
    try:
        return max(0.0, float(value))
    except ValueError:
        until, at = _moment(value), _moment(now or "")
        return max(0.0, (until - at).total_seconds()) if until and at else None


def _moment(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def said(body: bytes) -> str:
    """The vendor's words in one short line: of JSON its message, of a page its title."""
    text = body[:4000].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        found = title[1] if title else re.sub(r"<[^>]*>", " ", text)
    return _line(_message(found))


def _message(found: Any) -> str:
    if isinstance(found, dict):
        for name in ("message", "error_description", "detail", "title", "error", "errors"):
            if found.get(name):
                return _message(found[name])
        return json.dumps(found)
    if isinstance(found, list) and found:
        return _message(found[0])
    return str(found)


def _line(text: str) -> str:
    line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= _LONGEST_SAID else f"{line[: _LONGEST_SAID - 1]}…"
