"""The machine and the stores, judged: disk, memory and its growth, database, Redis, clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from domain.kernel.policy_watch import Watch
from domain.watch.measures import Measures, lives
from domain.watch.spans import ago, span
from models.check import Result
from models.executor import ExecutorRow

_GB = 1e9
_MB = 1024**2
_ROOMY = 2 * _GB
"""Free disk that is worth a look below."""
_NEAR = 3
"""A tenth instead of three hundredths: where a share is worth a look, as a multiple of where it is bad."""
_SLOPE_POINTS = 4
_SLOPE_LEAST = timedelta(hours=1)
_SLOPE_LATELY = timedelta(hours=3)
"""A day hides what began an hour ago: the steeper of both slopes counts."""
_SLOPE_BYTES = 600 * _MB
"""A house smaller than this may grow as it likes."""
_SLOW = timedelta(seconds=1)


def judge(found: Measures, limits: Watch) -> Iterator[Result]:
    """What can be told of the machine without the database."""
    share = found.disk_free / max(found.disk_total, 1)
    state = _low(share, limits.disk_free_percent)
    if found.disk_free < limits.disk_free_gb * _GB:
        state = "bad"
    elif state == "ok" and found.disk_free < _ROOMY:
        state = "warn"
    free = found.disk_free / _GB
    yield Result("disk", found.at, state, f"{free:.1f} GB of disk are free ({share:.0%}).", number(free))
    share = found.memory_free / max(found.memory_total, 1)
    state = _low(share, limits.memory_free_percent)
    yield Result("memory", found.at, state, f"{share:.0%} of the machine's memory is free.", number(share))


def _low(share: float, percent: float) -> str:
    return "bad" if share * 100 < percent else "warn" if share * 100 < _NEAR * percent else "ok"


def growth(found: Measures, past: Sequence[Result], limits: Watch) -> Result:
    """Our own memory, and by how much it grows in an hour: growth without end is seen before it kills."""
    held = found.house_bytes / _MB
    if not held:
        return Result("memory.house", found.at, "unknown", "No process of ours has told how much memory it holds.")
    points = [*((one.at, float(one.value)) for one in past if one.value), (found.at, held)]
    lately = [(at, value) for at, value in points if found.at - at <= _SLOPE_LATELY]
    rates = [rate for rate in (slope(points), slope(lately)) if rate is not None]
    text, hourly = f"Our processes hold {held:.0f} MB", max(rates, default=None)
    if hourly is None:
        return Result("memory.house", found.at, "ok", f"{text}.", number(held))
    state = "ok"
    if hourly > 0 and found.house_bytes > _SLOPE_BYTES:
        left = found.memory_free / _MB / hourly
        state = "bad" if left < limits.memory_hours_left else "warn" if left < 2 * limits.memory_hours_left else "ok"
        text += f"; at this rate the memory is used up in {span(timedelta(hours=left))}" if state != "ok" else ""
    change = "grow by" if hourly >= 0 else "shrink by"
    return Result("memory.house", found.at, state, f"{text}; they {change} {abs(hourly):.0f} MB an hour.", number(held))


def slope(points: Sequence[tuple[datetime, float]]) -> float | None:
    """By how much a figure grows in an hour: its last quarter against its first; None while too little is known."""
    if len(points) < _SLOPE_POINTS or points[-1][0] - points[0][0] < _SLOPE_LEAST:
        return None
    quarter = max(len(points) // 4, 1)
    (began, low), (ended, high) = _middle(points[:quarter]), _middle(points[-quarter:])
    return (high - low) / ((ended - began) / 3600)


def _middle(points: Sequence[tuple[datetime, float]]) -> tuple[float, float]:
    """The middle of some points, in seconds and in the figure: one that stands out does not count."""
    return median(at.timestamp() for at, _ in points), median(value for _, value in points)


def stores(found: Measures, limits: Watch) -> Iterator[Result]:
    """The database, Redis and the clocks."""
    milliseconds = found.database_for / timedelta(milliseconds=1)
    state = "warn" if found.database_for > _SLOW else "ok"
    yield Result("database", found.at, state, f"The database answers in {milliseconds:.0f} ms.", number(milliseconds))
    if found.redis:
        yield Result("redis", found.at, "ok", "Redis answers.")
    else:
        yield Result("redis", found.at, "bad", "Redis does not answer; everything works, more slowly.")
    yield _clock(found, limits)
    yield steady(found, limits)


def _clock(found: Measures, limits: Watch) -> Result:
    gap = found.clock_gap.total_seconds()
    if abs(gap) <= limits.clock_seconds:
        return Result("clock", found.at, "ok", "This machine's clock agrees with the database's.", number(gap))
    side = "ahead of" if gap > 0 else "behind"
    text = f"This machine's clock is {_span(found.clock_gap)} {side} the database's."
    return Result("clock", found.at, "bad", text, number(gap))


def steady(found: Measures, limits: Watch) -> Result:
    """The clocks against those that only count, as each living process saw it: the youngest jump is named."""
    told = [timedelta(seconds=one.detail["clock"]["steady_s"]) for one in _clocks(found.processes)]
    if not told:
        return Result("clock.steady", found.at, "unknown", "No process has told whether its clock is steady.")
    row = _jumped(found.processes)
    if row is None:
        return Result("clock.steady", found.at, "ok", f"The clock has been steady for {span(max(told))}.")
    jump, since = (timedelta(seconds=row.detail["clock"][key]) for key in ("jump_s", "steady_s"))
    state = "bad" if since < timedelta(minutes=limits.jump_minutes) else "ok"
    text = f"The clock of {row.role} {jumped_by(jump)}, {ago(since)}."
    return Result("clock.steady", found.at, state, text, number(jump.total_seconds()))


def steady_since(processes: Sequence[ExecutorRow], now: datetime) -> datetime | None:
    """When a clock of a living process was last set; None when none was. Ages from before it mean nothing."""
    row = _jumped(processes)
    return now - timedelta(seconds=row.detail["clock"]["steady_s"]) if row else None


def _jumped(processes: Sequence[ExecutorRow]) -> ExecutorRow | None:
    """Whose clock was set last."""
    jumped = [one for one in _clocks(processes) if one.detail["clock"]["jump_s"]]
    return min(jumped, key=lambda one: float(one.detail["clock"]["steady_s"]), default=None)


def _clocks(processes: Sequence[ExecutorRow]) -> list[ExecutorRow]:
    return [one for one in processes if lives(one) and "clock" in one.detail]


def jumped_by(jump: timedelta) -> str:
    """`was set forward by 3 hours`."""
    return f"was set {'forward' if jump > timedelta() else 'back'} by {_span(jump)}"


def _span(gap: timedelta) -> str:
    """To the nearest minute: a look comes seconds after the jump."""
    return span(timedelta(minutes=round(abs(gap) / timedelta(minutes=1))) or abs(gap))


def number(value: float) -> Decimal:
    """A figure as it is kept."""
    return Decimal(str(round(value, 4)))
