"""What a doctor finds: one thing looked at, how it is, and how it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.kernel.errors import RefusedError

State = Literal["ok", "warn", "bad", "unseen"]
"""warn: it will need somebody; bad: it needs somebody now; unseen: it could not be looked at, so nobody knows."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `name` is stable, `mend` says what to do; `repair` does it where that is safe."""

    name: str
    state: State
    text: str
    mend: str = ""
    repair: Callable[[], None] | None = field(default=None, compare=False)

    def data(self) -> dict[str, Any]:
        """As plain values."""
        return {"name": self.name, "state": self.state, "text": self.text, "mend": self.mend}


def ok(name: str, text: str) -> Finding:
    """It is as it should be."""
    return Finding(name, "ok", text)


def warn(name: str, text: str, mend: str) -> Finding:
    """It will need somebody."""
    return Finding(name, "warn", text, mend)


def bad(name: str, text: str, mend: str, repair: Callable[[], None] | None = None) -> Finding:
    """It needs somebody now, or `repair`."""
    return Finding(name, "bad", text, mend, repair)


def unseen(name: str, why: str) -> Finding:
    """It could not be looked at."""
    return Finding(name, "unseen", why)


def refused(name: str, error: RefusedError) -> Finding:
    """A refusal says what is wrong and, behind the last colon or semicolon, what to do."""
    for mark in ("; ", ": "):
        text, found, mend = error.detail.rpartition(mark)
        if found:
            return bad(name, f"{text}.", f"{mend[:1].upper()}{mend[1:]}")
    return bad(name, error.detail, "Correct it.")
