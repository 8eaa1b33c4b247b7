"""Phrases of the template: a figure with its unit, its change and its target, in words that the gate admits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.kernel.gate_lexicon import FLAT_PERCENT
from domain.kernel.ground import Figure
from domain.kernel.metric import METRICS
from domain.kernel.numbers import percent, write

_MOST_PERCENT = 200


def value(figure: Figure, currency: str) -> str:
    """The figure with its unit."""
    return write(figure.value, figure.unit, currency)


def change(figure: Figure, currency: str, before: str = "", *, short: bool = False) -> str:
    """`down 6.1% from £104k in the 7 days before`; empty when the days before are not known."""
    if figure.prior is None or figure.change is None:
        return ""
    prior = write(figure.prior, figure.unit, currency)
    when = f" in {before}" if before else ""
    if _flat(figure.change, figure.prior):
        return f"level with {prior}{when}"
    word = "up" if figure.change > 0 else "down"
    size = figure.change_percent
    if size is None or abs(size) > _MOST_PERCENT:
        return f"{word} from {prior}{when}"
    return f"{word} {percent(size)}" if short else f"{word} {percent(size)} from {prior}{when}"


def target(figure: Figure, currency: str, noun: str) -> str:
    """`3.2% above the plan to date of £400k`; empty without a target."""
    if figure.target is None:
        return ""
    return f"{gap(figure, f'the {noun}')} of {write(figure.target, figure.unit, currency)}"


def gap(figure: Figure, noun: str) -> str:
    """`3.2% above plan`; empty without a target."""
    if figure.target is None or figure.gap is None:
        return ""
    if _flat(figure.gap, figure.target):
        return f"level with {noun}"
    word, size = "above" if figure.gap > 0 else "below", figure.gap_percent
    if size is None or abs(size) > _MOST_PERCENT:
        return f"{word} {noun}"
    return f"{percent(size)} {word} {noun}"


def _flat(difference: Decimal, base: Decimal) -> bool:
    return abs(difference) <= abs(base) * FLAT_PERCENT / 100


def verb(figure: Figure, *, past: bool = True) -> str:
    """`was` or `were`, `is` or `are`, as the metric's name asks."""
    metric = METRICS.get(figure.metric)
    plural = metric.plural if metric else False
    return ("were" if plural else "was") if past else ("are" if plural else "is")


def name(figure: Figure) -> str:
    """The metric's own name."""
    metric = METRICS.get(figure.metric)
    return metric.name if metric else figure.names[0]


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(*parts: str) -> str:
    """Parts joined by commas, the first letter capital, without a full stop."""
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]
