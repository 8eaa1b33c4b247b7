"""A card as plain text: for the terminal, for a log, and for the last rung of the ladder."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from domain.kernel.card import Buttons, Card, Context, Divider, Facts, Line, Lines, Mention, Moment, Part, Prose, Table

SIGNS = {"ok": "✓", "warn": "⚠", "bad": "✗", "off": "○"}
"""Marks never stand alone: a label follows each of them."""


def when(at: datetime) -> str:
    """A time in UTC that nobody can misread."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def render(card: Card, width: int = 76) -> str:
    """The whole card as lines of at most `width` characters, tables excepted."""
    lines = [card.title, "=" * min(width, len(card.title)), *_wrapped(card.conclusion, width)]
    for part in card.parts:
        lines += ["", *_part(part, width)]
    return "\n".join(lines).strip() + "\n"


def _wrapped(text: str, width: int, hang: str = "") -> list[str]:
    rows: list[str] = []
    for row in text.splitlines() or [""]:
        rows += textwrap.wrap(row, width, subsequent_indent=hang, break_on_hyphens=False) or [""]
    return rows


def _part(part: Part, width: int) -> Iterator[str]:
    match part:
        case Prose():
            yield from _wrapped(part.text, width)
        case Facts():
            label = max((len(fact.label) for fact in part.facts), default=0)
            for fact in part.facts:
                yield f"{fact.label:<{label}}  {said(fact.value)}" + (f"  ({fact.note})" if fact.note else "")
        case Lines():
            yield from [part.heading] if part.heading else []
            for line in part.lines:
                yield from _wrapped(marked(line), width, "  ")
        case Table():
            yield from table(part)
        case Context():
            yield from _wrapped(" · ".join(remarks(part, said)), width)
        case Buttons():
            yield "  ".join(f"[ {button.label} ]" for button in part.buttons)
        case Divider():
            yield "-" * width


def said(one: str | Moment | Mention) -> str:
    """A word, a time or a person, for somebody who reads plain text."""
    if isinstance(one, str):
        return one
    return when(one.at) if isinstance(one, Moment) else f"@{one.handle}"


def remarks(part: Context, say: Callable[[str | Moment | Mention], str]) -> list[str]:
    """The small print piece by piece; a time or a person belongs to the words before."""
    found: list[str] = []
    for one in part.parts:
        if isinstance(one, str) or not found:
            found.append(say(one))
        else:
            found[-1] += f" {say(one)}"
    return found


def marked(line: Line) -> str:
    """A marked line as one sentence."""
    at = f" ({when(line.at.at)})" if line.at else ""
    return f"{SIGNS[line.mark]} {line.label}" + (f" — {line.text}" if line.text else "") + at


def table(part: Table) -> list[str]:
    """A table in columns; numbers stand to the right."""
    rows = [part.head, *part.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(part.head))]
    right = [all(_is_number(row[i]) for row in part.rows) for i in range(len(part.head))]
    lines = [
        "  ".join(f"{c:>{w}}" if r else f"{c:<{w}}" for c, w, r in zip(row, widths, right, strict=True)) for row in rows
    ]
    return [lines[0].rstrip(), "  ".join("-" * width for width in widths), *(line.rstrip() for line in lines[1:])]


def _is_number(text: str) -> bool:
    return bool(text) and text.strip("£$€%+−-–,. 0123456789kKmM") == "" and any(c.isdigit() for c in text)
