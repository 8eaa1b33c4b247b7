"""When to start a process again: at once the first time, ever slower, and once a minute when it keeps dying."""

from __future__ import annotations

from dataclasses import dataclass, field

WINDOW = 600.0  # seconds
MOST = 5  # restarts within the window before it counts as a crash loop
_DELAYS = (0.1, 1.0, 3.0, 9.0, 27.0)
_LOOPING = 60.0


@dataclass
class Restarts:
    """The deaths of one process, in seconds of a monotonic clock."""

    deaths: list[float] = field(default_factory=list)
    faster: float = 1.0
    """So many times as fast, for a test."""

    def died(self, now: float) -> float:
        """Note a death; returns the seconds to wait before the next start."""
        self.deaths = [at for at in self.deaths if now - at < WINDOW / self.faster]
        self.deaths.append(now)
        return (_LOOPING if self.looping else _DELAYS[len(self.deaths) - 1]) / self.faster

    @property
    def looping(self) -> bool:
        """Whether it has died more often than a restart can be hoped to mend."""
        return len(self.deaths) > MOST
