"""A finding of the checker: one thing seen, kept or broken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, and whether it kept the rule."""

    kept: bool
    text: str


def good(text: str) -> Finding:
    """The rule was kept here."""
    return Finding(True, text)


def bad(text: str) -> Finding:
    """The rule was broken here."""
    return Finding(False, text)
