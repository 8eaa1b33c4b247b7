"""An output held against what was asked of it, before anybody calls the work done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from domain.kernel.policy_tasks import Criterion
from domain.tasks import wording

_FIGURE = re.compile(r"(?<!\w)[£$€]?[0-9]")


@dataclass(frozen=True)
class Report:
    """What came out: its text, and as data `rows` (a list) and `in_place` (whether the effect was read back)."""

    text: str
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One criterion, whether it holds, and why not."""

    name: str
    ok: bool
    why: str = ""


def held(report: Report, criteria: Iterable[Criterion]) -> tuple[Check, ...]:
    """Each criterion against the report, in order; none asked means none missed."""
    return tuple(_held(report, one) for one in criteria)


def _held(report: Report, criterion: Criterion) -> Check:
    name, _, value = criterion.partition(":")
    why = _CHECKS[name](report, value.strip())
    return Check(criterion, not why, why)


def _not_empty(report: Report, _: str) -> str:
    return "" if report.text.strip() or report.body else "Nothing came out."


def _has_figure(report: Report, _: str) -> str:
    return "" if _FIGURE.search(report.text) else "No figure is in it."


def _mentions(report: Report, word: str) -> str:
    return "" if wording.holds(wording.stems(report.text), word) else f"It does not mention “{word}”."


def _contains(report: Report, text: str) -> str:
    return "" if text.casefold() in report.text.casefold() else f"It does not contain “{text}”."


def _rows_at_least(report: Report, least: str) -> str:
    rows = report.body.get("rows")
    count = len(rows) if isinstance(rows, list | tuple) else 0
    return "" if count >= int(least) else f"It holds {count} rows, not at least {int(least)}."


def _effect_in_place(report: Report, _: str) -> str:
    return "" if report.body.get("in_place") is True else "The effect was not found in place."


_CHECKS: dict[str, Callable[[Report, str], str]] = {
    "not_empty": _not_empty,
    "has_figure": _has_figure,
    "mentions": _mentions,
    "contains": _contains,
    "rows_at_least": _rows_at_least,
    "effect_in_place": _effect_in_place,
}
