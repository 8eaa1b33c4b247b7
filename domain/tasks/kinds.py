"""Kinds of input: how an order, an article or an ad set looks inside a sentence, and which answers fit."""

from __future__ import annotations

import re
from datetime import date

from domain.kernel.metric import METRICS
from domain.kernel.policy_tasks import Kind
from domain.tasks import wording
from domain.tasks.brief import INPUT

_UNITS = r"(?:units?|pieces?|pcs|items?|of)\b"
_DEPARTMENTS = "|".join(sorted({metric.department for metric in METRICS.values()}))
_NUMBER = r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,2}|[1-9][0-9]{0,8}"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAY = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}} (?:{'|'.join(_MONTHS)})[a-z]{{0,6}} [0-9]{{4}}"
_CALLED = r"(?:no\.?|number|nr\.?|id)? ?[:#]? ?"
_ORDER = r"(?:[a-z]{1,6}-?)?[0-9]{3,12}"

_FOUND: dict[Kind, str] = {
    "reason": r"\bbecause (.+)",
    "number": rf"(?<![\w,.#-])({_NUMBER}) ?{_UNITS}",
    "date": rf"(?<![\w-])({_DAY})(?![\w-])",
    "order": rf"(?:\border ?{_CALLED}|(?<!\w)#)({_ORDER})(?![\w-])",
    "sku": r"\bsku ?[:#]? ?((?=[\w-]*[0-9])[a-z0-9][a-z0-9-]{1,39})"
    rf"|(?<![\w#,.-])([0-9]{{5}}[a-z]{{0,2}})(?![\w-]| ?{_UNITS})",
    "ad_set": rf"\bad[ -]?set ?{_CALLED}([0-9]{{2,25}})(?!\w)",
    "deal": rf"\bdeal ?{_CALLED}([0-9]{{2,20}})(?!\w)",
    "department": rf"\b({_DEPARTMENTS})\b",
}
_FITS: dict[Kind, str] = {
    "text": r"(.+)",
    "reason": r"(.+)",
    "number": rf"({_NUMBER})(?: ?{_UNITS})?",
    "date": rf"({_DAY})",
    "order": rf"#?({_ORDER})",
    "sku": r"([a-z0-9][a-z0-9._-]{0,39})",
    "ad_set": r"([0-9]{5,25})",
    "deal": r"(.{1,200})",
    "department": rf"({_DEPARTMENTS})",
}
_INSIDE = {kind: re.compile(pattern, re.IGNORECASE | re.DOTALL) for kind, pattern in _FOUND.items()}
_WHOLE = {kind: re.compile(pattern, re.IGNORECASE | re.DOTALL) for kind, pattern in _FITS.items()}


def found(kind: Kind, text: str) -> str:
    """The one input of a kind inside a sentence; "" when there is none, one too long, or several to choose from."""
    if kind not in _INSIDE:
        return ""
    hits = (next(filter(None, hit.groups())) for hit in _INSIDE[kind].finditer(wording.legible(text)))
    values = {value for hit in hits if (value := fitting(kind, hit))}
    return values.pop() if len(values) == 1 and max(map(len, values)) <= INPUT else ""


def fitting(kind: Kind, text: str) -> str:
    """The text as a value of that kind, as it is stored; "" when it does not fit."""
    if not (hit := _WHOLE[kind].fullmatch(text.strip().rstrip(".!"))):
        return ""
    return _STORED.get(kind, str)(hit[1]) if kind not in ("text", "reason") else text.strip()


def _day(text: str) -> str:
    day, _, rest = text.partition(" ")
    month, _, year = rest.partition(" ")
    try:
        if year:
            return date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day)).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


_STORED = {"number": lambda text: text.replace(",", ""), "date": _day, "department": str.lower}
