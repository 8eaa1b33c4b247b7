"""How long, and how many for how long, as a person would say it."""

from __future__ import annotations

from datetime import timedelta

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def span(long: timedelta) -> str:
    """A duration in one unit."""
    seconds = max(long.total_seconds(), 0)
    size, word = next((one for one in _UNITS if seconds >= one[0]), _UNITS[-1])
    number = int(seconds // size)
    return f"{number} {word}{'s' if number != 1 else ''}"


def ago(long: timedelta) -> str:
    """How long since."""
    return f"{span(long)} ago"


def waiting(many: int, thing: str, what: str, late: timedelta) -> str:
    """`1 command waits, for 20 seconds`; `3 flows wait in sales, the oldest for 2 minutes`."""
    told = f"{many} {thing} waits{what}" if many == 1 else f"{many} {thing}s wait{what}"
    return f"{told}, {'' if many == 1 else 'the oldest '}for {span(late)}" if many else told
