"""Whether one claim holds for one figure: a number at its written precision, a direction, a relation to the target."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.kernel.gate_lexicon import FLAT_PERCENT, HEDGED, ONE_SIDED, SLIGHT_PERCENT, STRONG_PERCENT, Meaning
from domain.kernel.ground import Figure
from domain.kernel.numbers import Written

Role = Literal["value", "prior", "target", "change", "gap", "whole", "share"]


def number_holds(figure: Figure, role: Role, written: Written, hedge: str, currency: str) -> bool:
    """Whether the written number may stand for this role of the figure, unit and precision included."""
    facts = _facts(figure, role, written)
    return any(
        _unit_fits(figure, role, written, currency, relative=relative) and _near(abs_or(value, role), written, hedge)
        for value, relative in facts
        if value is not None
    )


def abs_or(value: Decimal, role: Role) -> Decimal:
    """Changes and gaps are written by their size; the direction stands in a word."""
    return abs(value) if role in ("change", "gap") else value


def _facts(figure: Figure, role: Role, written: Written) -> Iterable[tuple[Decimal | None, bool]]:
    """The values this role may have: (fact, whether it is a percentage of something)."""
    absolute = {
        "value": figure.value,
        "prior": figure.prior,
        "target": figure.target,
        "change": figure.change,
        "gap": figure.gap,
        "whole": figure.whole,
        "share": None,
    }[role]
    relative = {"change": figure.change_percent, "gap": figure.gap_percent, "share": figure.share}.get(role)
    if written.unit == "percent" and figure.unit != "percent":
        return [(relative, True)]
    if figure.unit == "percent" and role in ("change", "gap") and written.unit != "points":
        return [(relative, True)]
    return [(absolute, False)]


def _unit_fits(figure: Figure, role: Role, written: Written, currency: str, *, relative: bool) -> bool:
    if relative:
        return written.unit == "percent"
    if written.unit == "points":
        return figure.unit == "percent" and role in ("change", "gap")
    if figure.unit == "money":
        return written.unit == "money" and written.currency == currency
    if figure.unit in ("count", "ratio", "days", "hours", "minutes"):
        return written.unit in ("", figure.unit)
    return written.unit == figure.unit


def _near(fact: Decimal, written: Written, hedge: str) -> bool:
    if written.day:
        return _same_day(date.fromordinal(int(fact)), written)
    wide = abs(written.value)
    if hedge == "about":
        return abs(fact - written.value) <= max(wide * HEDGED, written.half)
    if hedge == "under":
        return written.value - wide * ONE_SIDED <= fact < written.value
    if hedge == "over":
        return written.value < fact <= written.value + wide * ONE_SIDED
    return written.covers(fact)


def _same_day(fact: date, written: Written) -> bool:
    assert written.day is not None
    day, month, year = written.day
    return (fact.day, fact.month) == (day, month) and year in (None, fact.year)


def direction_holds(figure: Figure, meaning: Meaning) -> bool:
    """Whether value against prior moved as the word says; `better` and `worse` ask which way is good."""
    change = figure.change
    if change is None:
        return False
    if meaning.kind == "flat":
        return _flat(change, figure.prior)
    if meaning.kind == "quality":
        if figure.higher_is_better is None:
            return False
        return change * (1 if figure.higher_is_better else -1) * meaning.sign > 0
    return change * meaning.sign > 0 and _strength_fits(figure, meaning.strength)


def _flat(change: Decimal, prior: Decimal | None) -> bool:
    return abs(change) <= abs(prior or Decimal(0)) * FLAT_PERCENT / 100


def _strength_fits(figure: Figure, strength: int) -> bool:
    if strength == 1:
        return True
    percent = figure.change_percent
    if percent is None:
        return False
    return abs(percent) >= STRONG_PERCENT if strength == 2 else abs(percent) <= SLIGHT_PERCENT


def relation_holds(figure: Figure, meaning: Meaning) -> bool:
    """Whether value against target stands as the word says."""
    gap = figure.gap
    if gap is None or figure.target is None:
        return False
    if meaning.kind == "flat" or meaning.key == "on":
        return _flat(gap, figure.target)
    if meaning.key in ("met", "missed"):
        if figure.higher_is_better is None:
            return False
        met = gap >= 0 if figure.higher_is_better else gap <= 0
        return met == (meaning.key == "met")
    return gap * meaning.sign > 0
