"""The shape of [work] in ops.toml: work that comes by the clock, work that follows other work, and when it is late."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.kernel.policy_section import Strict
from domain.kernel.policy_tasks import Name

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]


class Scheduled(Strict):
    """Work handed in by the clock for the person called `by`, who gets its outcome and cannot approve it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,20}$")]
    at: Annotated[tuple[time, ...], Field(min_length=1)]
    weekdays: tuple[Weekday, ...] = ()
    words: Words
    by: Annotated[str, Field(min_length=1)]


class Following(Strict):
    """Work that begins when work of the category `after` is done; {NAME} in its words is an input of that work."""

    after: Name
    words: Words


class Work(Strict):
    """What begins by itself, and when work counts as late, as going in circles, or as unread."""

    stuck_factor: Annotated[float, Field(ge=1)] = 3.0
    """Times the 95th percentile of what finished work of its category needed."""
    stuck_floor_minutes: Annotated[int, Field(ge=1)] = 30
    peers: Annotated[int, Field(ge=1)] = 10
    """Fewer finished tasks of a category teach nothing, and the floor counts."""
    most_runs: Annotated[int, Field(ge=1)] = 8
    unread_hours: Annotated[float, Field(gt=0)] = 24.0
    most_following: Annotated[int, Field(ge=0, le=10)] = 3
    """How many tasks may follow one another."""
    scheduled: tuple[Scheduled, ...] = ()
    following: tuple[Following, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Work:
        names = [one.name for one in self.scheduled]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"two schedules are called {twice!r}")
        return self
