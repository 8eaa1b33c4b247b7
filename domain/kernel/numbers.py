"""Numbers as people write them: written at a fixed precision, and read back with the interval that precision means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from domain.kernel.metric import Unit

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_CURRENCIES = {sign: code for code, sign in SYMBOLS.items()}
_STEPS = ((Decimal(1_000_000_000), "bn"), (Decimal(1_000_000), "m"), (Decimal(1_000), "k"))
_FACTORS = {"k": Decimal(1_000), "m": Decimal(1_000_000), "bn": Decimal(1_000_000_000)}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

NUMBER = (
    r"(?P<sign>(?<![\w)])[-−+])?(?P<currency>[£€$]|(?:GBP|EUR|USD|CHF)\s)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<decimals>\.\d+)?"
    r"(?P<tail>%|(?:bn|[kmx])(?![A-Za-z0-9])|×)?(?![A-Za-z0-9])"
)
DATE = (
    r"\d{4}-\d{2}-\d{2}(?![\w-])|"
    r"\d{1,2}\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*(?:\s\d{4})?(?!\w)"
)
_NUMBER = re.compile(NUMBER)
_TENTHS_BELOW: dict[str, int] = {"days": 30, "count": 10}


@dataclass(frozen=True)
class Written:
    """A number as it stands in a text: any fact within `half` of `value` may be written so."""

    value: Decimal
    half: Decimal
    unit: str = ""
    currency: str = ""
    day: tuple[int, int, int | None] | None = None

    def covers(self, fact: Decimal) -> bool:
        """Whether the fact rounds to what is written."""
        return abs(fact - self.value) <= self.half


def rounded(value: Decimal, places: int = 0) -> Decimal:
    """Half away from zero, as people round."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def money(value: Decimal, currency: str) -> str:
    """An amount in three figures or so: £8.12, £812, £1,284, £12.8k, £128k, £1.28m."""
    size, sign = abs(value), "−" if value < 0 else ""
    mark = SYMBOLS.get(currency, f"{currency} ")
    for step, suffix in _STEPS:
        if size >= step * (10 if suffix == "k" else 1) or _grows(size, step, suffix):
            return f"{sign}{mark}{_three(size / step)}{suffix}"
    places = 2 if size < 10 and size != size.to_integral_value() else 0
    return f"{sign}{mark}{rounded(size, places):,}" if rounded(size, places) else f"{mark}0"


def _grows(size: Decimal, step: Decimal, suffix: str) -> bool:
    """Whether rounding lifts the amount to the next suffix: £999.6k is written £1.00m."""
    return suffix != "k" and rounded(size / step * 1000) >= 1000


def _three(size: Decimal) -> str:
    for places in (2, 1):
        if rounded(size, places) < Decimal(10) ** (3 - places):
            return f"{rounded(size, places)}"
    return f"{rounded(size):,}"


def percent(value: Decimal) -> str:
    """A share or a change in per cent, without a sign: 0.4%, 6.1%, 24%."""
    size = abs(value)
    return f"{rounded(size, 1)}%" if rounded(size, 1) < 10 else f"{rounded(size):,}%"


def write(value: Decimal, unit: Unit, currency: str = "") -> str:
    """A value with its unit, as every text of the house writes it."""
    if unit == "money":
        return money(value, currency)
    if unit == "percent":
        return ("−" if value < 0 and percent(value) != "0.0%" else "") + percent(value)
    if unit == "date":
        return short_date(date.fromordinal(int(value)))
    places = 1 if unit == "ratio" or (abs(value) < _TENTHS_BELOW.get(unit, 0) and value % 1) else 0
    number = f"{rounded(abs(value), places):,}"
    sign = "−" if value < 0 and rounded(value, places) else ""
    return f"{sign}{number}{_word(number, unit)}"


def _word(number: str, unit: Unit) -> str:
    if unit not in ("days", "hours", "minutes"):
        return ""
    return f" {unit[:-1] if number == '1' else unit}"


def short_date(day: date, *, year: bool = False) -> str:
    """9 Dec, or 9 Dec 2026."""
    return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def span(first: date, last: date) -> str:
    """A range of days with its year: 9 Dec 2026, 1–19 Nov 2026, 28 Oct–3 Nov 2026."""
    if first == last:
        return short_date(last, year=True)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_date(last, year=True)}"
    return f"{short_date(first, year=first.year != last.year)}–{short_date(last, year=True)}"


def read(text: str) -> Written | None:
    """The number or date that `text` is, whole, or None."""
    day = _read_date(text)
    if day:
        return Written(Decimal(0), Decimal(0), "date", day=day)
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    tail, decimals = match["tail"] or "", match["decimals"] or ""
    factor = _FACTORS.get(tail, Decimal(1))
    value = Decimal(match["digits"].replace(",", "") + decimals) * factor
    half = factor.scaleb(-max(len(decimals) - 1, 0)) / 2
    unit = {"%": "percent", "x": "ratio", "×": "ratio"}.get(tail, "")
    currency = (match["currency"] or "").strip()
    sign = -1 if match["sign"] in ("-", "−") else 1
    return Written(value * sign, half, "money" if currency else unit, _CURRENCIES.get(currency, currency))


def _read_date(text: str) -> tuple[int, int, int | None] | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        year, month, day = (int(part) for part in text.split("-"))
        return day, month, year
    match = re.fullmatch(r"(\d{1,2})\s([A-Za-z]{3})[a-z]*(?:\s(\d{4}))?", text)
    if match is None or match[2].title() not in MONTHS:
        return None
    return int(match[1]), MONTHS.index(match[2].title()) + 1, int(match[3]) if match[3] else None
