"""Server-sent events: tells every open page what changed."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.slack.journal import encode

TRAFFIC_PAUSE_S = 0.1
BACKLOG = 1_000


class Watchers:
    """Pages that listen. A page that cannot keep up loses the oldest notices and re-reads anyway."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[str], str] = {}
        self._traffic_timer: asyncio.TimerHandle | None = None
        self._traffic_seq = 0

    def join(self, user: str) -> asyncio.Queue[str]:
        """Start listening as `user`; ephemeral notices of others are withheld."""
        queue: asyncio.Queue[str] = asyncio.Queue(BACKLOG)
        self._queues[queue] = user
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Stop listening."""
        self._queues.pop(queue, None)

    def tell(self, kind: str, only: str = "", **fields: Any) -> None:
        """Notify every page, or only the pages of one user."""
        if not self._queues:
            return
        line = encode({"type": kind, **fields})
        for queue, user in self._queues.items():
            if only and user != only:
                continue
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(line)

    def tell_traffic(self, seq: int) -> None:
        """Notify of new traffic, at most ten times a second."""
        self._traffic_seq = seq
        if self._queues and self._traffic_timer is None:
            self._traffic_timer = asyncio.get_running_loop().call_later(TRAFFIC_PAUSE_S, self._flush_traffic)

    def _flush_traffic(self) -> None:
        self._traffic_timer = None
        self.tell("traffic", seq=self._traffic_seq)
