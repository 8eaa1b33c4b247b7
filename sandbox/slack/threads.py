"""What hangs on a thread besides messages: status lines, titles, prompts, open streams, scheduled posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Stream:
    """A message that is still being written."""

    channel: str
    ts: str
    thread_ts: str
    user: str = ""
    closed: bool = False
    length: int = 0


class Threads:
    """Short-lived state keyed by channel and timestamp; none of it survives a restart."""

    def __init__(self) -> None:
        self.statuses: dict[tuple[str, str], dict[str, Any]] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str], dict[str, Any]] = {}
        self.streams: dict[tuple[str, str], Stream] = {}
        self.scheduled: dict[str, dict[str, Any]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.statuses.clear()
        self.titles.clear()
        self.prompts.clear()
        self.streams.clear()
        self.scheduled.clear()
