"""The sandbox's own clock: the real one, or one that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time; `advance` moves it forward."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        """With `frozen_at` (aware) the clock stands there, otherwise it follows the machine."""
        self._frozen = frozen_at
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The aware UTC time."""
        return (self._frozen or datetime.now(UTC)).astimezone(UTC) + self._ahead

    def advance(self, seconds: float) -> datetime:
        """Move forward and tell the new time."""
        self._ahead += timedelta(seconds=seconds)
        return self.now()
