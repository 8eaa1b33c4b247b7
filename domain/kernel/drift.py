"""The drift guard: what a vendor's data must look like, and a sentence for everything that is odd about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, wraps
from statistics import median
from typing import Any, ParamSpec, TypeVar

import jmespath

from domain.kernel import facts
from domain.kernel.calendar import Calendar, Days
from domain.kernel.facts import Batch, Kind
from domain.kernel.policy import Company
from domain.kernel.vendor_errors import CurrencyError, DriftError
from models import fact
from models.base import Db
from models.connector import Fault

_SAME_WEEKDAYS = 14
_ENOUGH_WEEKS = 4
_FEW = 5
Check = Callable[[Any], Any]
T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Need:
    """A field every row must have: a JMESPath to it, what it must be, and whether it may be null."""

    path: str
    check: Check = facts.text
    null: bool = False


def thing(value: Any) -> Any:
    """An object."""
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return value


def several(value: Any) -> Any:
    """A list."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def taken(data: Any, path: str, kind: type[T]) -> T:
    """What stands at a path of names; DriftError when it is missing or of another type."""
    found = data
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise DriftError(f"the field {path} is missing.")
        found = found[name]
    if not isinstance(found, kind):
        raise DriftError(f"the field {path} is {type(found).__name__}, not {kind.__name__}.")
    return found


def mapped(
    rows: Iterable[Mapping[str, Any]],
    into: Batch,
    put: Callable[[Mapping[str, Any], Batch], None],
    needs: Sequence[Need],
) -> None:
    """Map rows into facts; the first row of an unexpected shape is a DriftError that names the field."""
    row: Mapping[str, Any] = {}
    try:
        for row in rows:
            put(row, into)
            into.rows += 1
    except _SHAPES as error:
        raise DriftError(problem(row, needs) or f"a row has an unexpected shape: {_told(error)}.") from error


_SHAPES = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError)


async def guarded(pages: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same pages; whatever paging itself stumbles over in an answer is a DriftError."""
    try:
        async for page in pages:
            yield page
    except _SHAPES as error:
        raise DriftError(f"an answer has an unexpected shape: {_told(error)}.") from error


def shaped(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The same call; whatever it stumbles over in an answer is a DriftError."""

    @wraps(call)
    async def watched(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except _SHAPES as error:
            raise DriftError(f"an answer has an unexpected shape: {_told(error)}.") from error

    return watched


def shaped_now(look: Callable[P, T]) -> Callable[P, T]:
    """The same look at what a vendor said; whatever it stumbles over is a DriftError."""

    @wraps(look)
    def watched(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return look(*args, **kwargs)
        except _SHAPES as error:
            raise DriftError(f"an answer has an unexpected shape: {_told(error)}.") from error

    return watched


def problem(row: Any, needs: Sequence[Need]) -> str | None:
    """What is wrong with the first field that is not as it must be."""
    for need in needs:
        holder, _, name = need.path.rpartition(".")
        for found in _holders(row, holder):
            if not isinstance(found, Mapping) or name not in found:
                return f"the field {need.path} is missing."
            if found[name] is None and need.null:
                continue
            try:
                need.check(found[name])
            except (TypeError, ValueError, ArithmeticError) as error:
                return f"the field {need.path} is {_told(error)}."
    return None


def _holders(row: Any, path: str) -> list[Any]:
    """The objects that must have the field; an object that may be null and is, holds nothing."""
    if not path:
        return [row]
    found = _compiled(path).search(row)
    if found is None:
        return [] if _is_null(row, path) else [None]
    return found if isinstance(found, list) else [found]


def _is_null(row: Any, path: str) -> bool:
    """Whether the object at `path` is there and null, which its own Need judges."""
    holder, _, name = path.rpartition(".")
    above = row if not holder else _compiled(holder).search(row)
    return isinstance(above, Mapping) and name in above


@lru_cache(maxsize=256)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)


def _told(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"without {error.args[0]!r}"
    return str(error) or type(error).__name__


def stale(data_at: datetime | None, now: datetime, limit: timedelta, company: Company) -> Fault | None:
    """A fault when the newest data are older than the limit, not counting days on which the company is closed."""
    if data_at is None:
        return None
    first, last = (moment.astimezone(company.tz).date() for moment in (data_at, now))
    between, calendar = Days(first + timedelta(days=1), last - timedelta(days=1)), Calendar.of(company)
    shut = sum(not calendar.is_open(day) for day in between)
    age = now - data_at
    if age - timedelta(days=shut) <= limit:
        return None
    # A clock time in a sentence would be read in the reader's own zone, and wrongly; an age is true for everybody.
    return Fault("stale", f"It answers, but its newest data are {age.total_seconds() / 3600:.0f} hours old.")


async def volume(db: Db, kind: Kind, source: str, day: date, band: float) -> Fault | None:
    """A fault when a finished day holds far fewer or more rows than the same weekdays before it, or none at all."""
    table = facts.TABLE_OF[kind]
    days = [day - timedelta(weeks=week) for week in range(_SAME_WEEKDAYS + 1)]
    counts = await fact.rows_on(db, table, source, days)
    return judge_volume(day, counts.get(day, 0), [counts[before] for before in days[1:] if before in counts], band)


def judge_volume(day: date, count: int, before: Sequence[int], band: float) -> Fault | None:
    """Hold a day's row count against those of the same weekdays before it, which had any."""
    if len(before) < _ENOUGH_WEEKS:
        return None
    usual = median(before)
    told = f"{day:%A %-d %B} has {count:,} rows; the same weekdays before had {usual:,.0f} in the middle."
    if count == 0 and usual >= _FEW:
        return Fault("empty", told)
    if usual >= _FEW and not usual / band <= count <= usual * band:
        return Fault("volume", told)
    return None


def same_currency(found: str, company: str) -> None:
    """Amounts of another currency are never added to ours."""
    if found != company:
        raise CurrencyError(f"the amounts are in {found!r}, the company counts in {company}.")
