"""Rate limits: a token bucket per method, and one post a second per channel."""

from __future__ import annotations

import math

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
POST_BURST = 4
WORKSPACE_POSTS_PER_MINUTE = 600


class Limits:
    """Buckets refill on the sandbox clock; a drained one answers 429 with Retry-After."""

    def __init__(self, clock: Clock, enabled: bool) -> None:
        self.enabled = enabled
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, capacity: float, per_second: float) -> None:
        """Take one token, or raise `ratelimited` with the whole seconds until there is one."""
        if not self.enabled:
            return
        now = self._clock.ticks()
        level, since = self._buckets.get(name, (capacity, now))
        level = min(capacity, level + (now - since) * per_second)
        if level < 1:
            self._buckets[name] = (level, now)
            raise SlackError("ratelimited", status=429, retry_after=max(1, math.ceil((1 - level) / per_second)))
        self._buckets[name] = (level - 1, now)

    def take_tier(self, method: str, tier: int) -> None:
        """One call of a method of this tier (1 to 4; 0 is unlimited)."""
        if tier:
            self.take(method, TIERS[tier], TIERS[tier] / 60)

    def take_post(self, channel: str) -> None:
        """One post into a channel."""
        self.take(f"post:{channel}", POST_BURST, 1.0)
        self.take("post:workspace", WORKSPACE_POSTS_PER_MINUTE, WORKSPACE_POSTS_PER_MINUTE / 60)

    def clear(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()
