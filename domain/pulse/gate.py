"""Which sentences of a pulse may be posted: each through the kernel's gate, and nothing that must be told left out."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kernel.card import Card, Context, Fact, Facts, Line, Lines, Prose
from domain.kernel.gate import Gate, Issue
from domain.pulse import sayable


def texts(card: Card) -> list[str]:
    """Every claim of a card as sentences: prose, labelled values, and lines with the state their mark stands for."""
    found = [card.conclusion]
    for part in card.parts:
        if isinstance(part, Prose):
            found.append(_prose(part.text))
        elif isinstance(part, Facts):
            found += [", ".join(filter(None, (fact.label, _word(fact), fact.note))) for fact in part.facts]
        elif isinstance(part, Lines):
            found += [text for line in part.lines for text in _line(line, part.heading)]
        elif isinstance(part, Context):
            found += [_claim(one) for one in part.parts if isinstance(one, str)]
    return [text for text in found if text]


def _word(fact: Fact) -> str:
    """A value that claims something; a time or a person is none of the pulse's."""
    return fact.value if isinstance(fact.value, str) else ""


def _prose(text: str) -> str:
    """A paragraph; the words beside the bar of ten steps are said of the score."""
    bare = text.lstrip("▰▱ ")
    return f"Score {bare}" if bare != text else text


def _line(line: Line, heading: str) -> list[str]:
    """A line of a source claims its state and age (what the vendor said is quoted after it); others stand alone."""
    if heading == "Sources":
        return [f"{line.label} are {line.text.partition('; ')[0]}"]
    return [line.text, _state(line.label, line.mark)]


def _claim(text: str) -> str:
    """The claim of a piece of small print, without the names that follow it."""
    if text.startswith(("As of", "Not connected")):
        return ""
    if text.startswith("Plan for"):
        return text.partition(", ")[0]
    return text.partition("; failing")[0]


def _state(label: str, mark: str) -> str:
    """What the mark beside a department's name claims."""
    if label not in sayable.DEPARTMENTS.values():
        return ""
    return {
        "ok": f"{label} is {sayable.ON_COURSE}",
        "warn": f"{label} {sayable.ATTENTION[0]}",
        "off": f"{label} is {sayable.UNKNOWN}",
    }[mark]


def admitted(sentences: Iterable[str], gate: Gate) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """The sentences that may be said, and the issues of those that may not."""
    told: list[str] = []
    issues: list[Issue] = []
    for sentence in sentences:
        found = gate.issues(sentence)
        issues += found
        if not found:
            told.append(sentence)
    return tuple(told), tuple(issues)


def check(card: Card, gate: Gate) -> tuple[Issue, ...]:
    """Everything on a card that may not be said."""
    return tuple(issue for text in texts(card) for issue in gate.issues(text))


def uncovered(told: Iterable[str], must: Iterable[str]) -> tuple[str, ...]:
    """What must be told and is not: a text that says nothing wrong may still say too little."""
    said = " ".join(told).lower()
    return tuple(name for name in must if name.lower() not in said)
