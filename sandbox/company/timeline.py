"""Moves the shop's dates by whole weeks and turns its London minutes into UTC instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
DAY = 1440
WEEK = 7 * DAY
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  the shop's own minutes are naive London time
_EPOCH_DAY = _EPOCH.date().toordinal()


def minutes(local: datetime) -> int:
    """Whole minutes of a naive London time since 1970."""
    gap = local - _EPOCH
    return gap.days * DAY + gap.seconds // 60


def weeks_to(today: date, last_day: date) -> int:
    """The weeks to add so that `today` falls four weeks (and up to six days) before the shop's last day."""
    return ((today + timedelta(weeks=4)) - last_day).days // 7


class Timeline:
    """A fixed shift: the shop's minute on one side, today's UTC on the other."""

    def __init__(self, weeks: int) -> None:
        """`weeks` are added to every date of the data."""
        self.weeks = weeks
        self.shift = weeks * WEEK
        self._days: dict[int, tuple[int, str, str]] = {}

    def minute(self, instant: datetime) -> int:
        """The shop's minute at an aware instant."""
        return minutes(instant.astimezone(ZONE).replace(tzinfo=None)) - self.shift

    def local(self, minute: int) -> datetime:
        """The naive London time of a shop's minute, moved to today."""
        return _EPOCH + timedelta(minutes=minute + self.shift)

    def day(self, minute: int) -> date:
        """The London date of a shop's minute, moved to today."""
        return date.fromordinal((minute + self.shift) // DAY + _EPOCH_DAY)

    def instant(self, minute: int) -> datetime:
        """The aware UTC instant of a shop's minute."""
        return self.local(minute).replace(tzinfo=ZONE).astimezone(UTC)

    def iso(self, minute: int) -> str:
        """The instant as `2026-11-20T07:45:00Z`; offsets are taken at noon, no shop trades while clocks change."""
        number, rest = divmod(minute + self.shift, DAY)
        offset, today, before = self._days.get(number) or self._open(number)
        rest -= offset
        day = today if rest >= 0 else before
        return f"{day}T{rest % DAY // 60:02}:{rest % 60:02}:00Z"

    def _open(self, number: int) -> tuple[int, str, str]:
        noon = (_EPOCH + timedelta(days=number, hours=12)).replace(tzinfo=ZONE)
        offset = noon.utcoffset() or timedelta()
        entry = (
            int(offset.total_seconds()) // 60,
            noon.date().isoformat(),
            (noon.date() - timedelta(days=1)).isoformat(),
        )
        self._days[number] = entry
        return entry
