"""Every call, envelope and acknowledgement, newest last, in a bounded ring."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

KEPT = 50_000


class Entry:
    """One line of the traffic log. `request` may be raw JSON text, decoded only when somebody looks."""

    __slots__ = (
        "ack_ms", "acked", "at", "broken", "channel", "error", "key", "kind", "link", "ms", "name", "ok", "request",
        "response", "seq", "user",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, at: float) -> None:
        self.kind = kind
        self.name = name
        self.at = at
        self.seq = 0
        self.ok = True
        self.error: str | None = None
        self.ms: float | None = None
        self.ack_ms: float | None = None
        self.acked: bool | None = None
        self.user = ""
        self.channel = ""
        self.key = ""
        self.link = ""
        self.broken: list[dict[str, Any]] | None = None
        self.request: Any = None
        self.response: Any = None

    def asked(self) -> dict[str, Any]:
        """The request as an object."""
        if isinstance(self.request, str):
            self.request = json.loads(self.request)
        return self.request if isinstance(self.request, dict) else {}

    def answered(self) -> dict[str, Any]:
        """The response as an object."""
        return self.response if isinstance(self.response, dict) else {}


class Traffic:
    """The log itself; `heard` is called after each new entry."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.last = 0
        self.heard: Callable[[int], None] | None = None

    def add(self, entry: Entry) -> Entry:
        """Give the entry its number and keep it."""
        self.last += 1
        entry.seq = self.last
        self.entries.append(entry)
        if self.heard is not None:
            self.heard(self.last)
        return entry

    def since(self, seq: int) -> Iterator[Entry]:
        """Entries numbered above `seq`, oldest first."""
        if not self.entries:
            return iter(())
        skip = max(0, seq + 1 - self.entries[0].seq)
        return islice(self.entries, skip, None)

    def clear(self) -> None:
        """Forget the entries; numbering goes on."""
        self.entries.clear()
