"""Sliding windows that count requests, the way most vendors limit them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Window:
    """At most `most` requests in any `seconds`; `lifted` counts but refuses nobody."""

    most: int
    seconds: float
    lifted: bool = False
    clock: Callable[[], float] = time.monotonic
    times: deque[float] = field(default_factory=deque)

    def _slide(self) -> float:
        now = self.clock()
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return now

    def take(self) -> bool:
        """Count a request, or refuse it."""
        now = self._slide()
        if len(self.times) >= self.most and not self.lifted:
            return False
        self.times.append(now)
        return True

    def left(self) -> int:
        """Requests still allowed now."""
        self._slide()
        return max(0, self.most - len(self.times))

    def wait(self) -> float:
        """Seconds until the next request is allowed."""
        now = self._slide()
        return 0.0 if len(self.times) < self.most else self.times[0] + self.seconds - now
