"""The sandbox's own time: it can be moved forward, and timers follow it."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable


class Clock:
    """Wall time in epoch seconds and a steady tick; both can be moved by a control verb."""

    def __init__(self) -> None:
        self._wall_offset = 0.0
        self._tick_offset = 0.0

    def now(self) -> float:
        """Epoch seconds as the sandbox sees them."""
        return time.time() + self._wall_offset

    def ticks(self) -> float:
        """Steady seconds: never goes back, moves with `advance` but not with `jump`."""
        return time.monotonic() + self._tick_offset

    def advance(self, seconds: float) -> None:
        """Let time pass at once: everything due by then becomes due now."""
        self._wall_offset += seconds
        self._tick_offset += seconds

    def jump(self, seconds: float) -> None:
        """Move only the wall clock, as a bad NTP step would."""
        self._wall_offset += seconds


class Timers:
    """Callbacks due at a tick of the sandbox clock, run by one asyncio timer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._handle: asyncio.TimerHandle | None = None

    def after(self, seconds: float, callback: Callable[[], None]) -> None:
        """Run `callback` once `seconds` have passed on the sandbox clock."""
        self._count += 1
        heapq.heappush(self._heap, (self._clock.ticks() + seconds, self._count, callback))
        self.wake()

    def wake(self) -> None:
        """Arm the timer anew; call it after the clock was moved."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._heap:
            delay = max(0.0, self._heap[0][0] - self._clock.ticks())
            self._handle = asyncio.get_running_loop().call_later(delay, self._run_due)

    def stop(self) -> None:
        """Forget every timer."""
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _run_due(self) -> None:
        self._handle = None
        now = self._clock.ticks()
        while self._heap and self._heap[0][0] <= now:
            heapq.heappop(self._heap)[2]()
        self.wake()
