"""The section [watch] of ops.toml: from where on the house takes something about itself for bad, and who must ping."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict

WATCHDOG = "watchdog"
Minutes = Annotated[int, Field(ge=1, le=50_000)]
Percent = Annotated[float, Field(gt=0, lt=100)]
Above = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]


class Watch(Strict):
    """The limits of the self-check; what comes near one is worth a look before it is bad."""

    disk_free_percent: Percent = 3.0
    disk_free_gb: Annotated[float, Field(ge=0)] = 0.5
    """Below either the disk is too full."""
    memory_free_percent: Percent = 3.0
    memory_hours_left: Above = 12.0
    """Our own processes grow so fast that the machine's memory is used up within this time."""
    process_memory_percent: Percent = 90.0
    """Share of the memory above which a process is killed, where such a limit is set."""
    files_percent: Percent = 80.0
    """Share of the files a process may have open."""
    loop_blocked_seconds: Above = 10.0
    """A process that did nothing else for so long at a stretch within the last half hour."""
    queue_minutes: Above = 10.0
    outbox_minutes: Above = 15.0
    inbox_minutes: Above = 5.0
    """How long the oldest flow, message and command may wait."""
    slots_failed_percent: Percent = 50.0
    """Share of the job slots of the last day."""
    echo_minutes: Above = 10.0
    """Slack brought no event for so long, not even one of our own that was asked for."""
    clock_seconds: Above = 60.0
    """How far this machine's clock may be from the database's."""
    jump_minutes: Above = 60.0
    """How long a jump of a clock is named."""
    backup_hours: Above = 26.0
    """Older than this the last backup is worth a look, and bad when twice as old."""

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
