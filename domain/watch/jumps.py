"""A clock that jumps: the wall clock held against one that only counts."""

from __future__ import annotations

from datetime import datetime, timedelta


class Jumps:
    """Compares how far both clocks went since the last look."""

    def __init__(self, wall: datetime, counted: float, *, least: timedelta = timedelta(seconds=30)) -> None:
        """`counted` is in seconds; a difference of `least` between two looks is a jump."""
        self._wall = wall
        self._counted = counted
        self._least = least

    def seen(self, wall: datetime, counted: float) -> timedelta | None:
        """How far the wall clock jumped since the last look (negative: back), or None."""
        jump = (wall - self._wall) - timedelta(seconds=counted - self._counted)
        self._wall, self._counted = wall, counted
        return jump if abs(jump) >= self._least else None
