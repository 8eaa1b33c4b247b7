"""The section [watch] of ops.toml: who must be heard of from outside, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict

WATCHDOG = "watchdog"
Minutes = Annotated[int, Field(ge=1, le=50_000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]


class Watch(Strict):
    """The house looking at itself."""

    watchdog_minutes: Minutes = 15
    """So long the watchdog may be silent."""
    watchdog_expected: bool = False
    """Whether it is missed although it was never heard of."""
    pings: dict[Name, Minutes] = Field(default_factory=dict)
    """Others who must call /ping/NAME at least once within so many minutes, such as a backup of your own."""

    def senders(self) -> dict[str, timedelta]:
        """Whose pings are taken, and how long each may be silent."""
        limits = {WATCHDOG: self.watchdog_minutes, **self.pings}
        return {name: timedelta(minutes=limit) for name, limit in limits.items()}

    def awaited(self) -> set[str]:
        """Who is missed although never heard of."""
        return {*self.pings, *([WATCHDOG] if self.watchdog_expected else [])}
