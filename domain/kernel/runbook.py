"""The runbook: what an alert means, where to look first, second and third, how it is mended, and whom to ask."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from domain.kernel.card import Button, Buttons, Card, Context, Fact, Facts, Line, Lines, Part

_ORDER = ("First", "Second", "Third")
_FILE = Path(__file__).with_name("runbook.toml")


@dataclass(frozen=True)
class Entry:
    """What is to be done about one kind of alert; `pattern` is what the causes of its alerts look like."""

    pattern: str
    title: str
    means: str
    look: tuple[str, ...]
    mend: str
    escalate: str


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of the file."""
    said = tomllib.loads(_FILE.read_text(encoding="utf-8"))["alerts"]
    return tuple(Entry(pattern, **{**one, "look": tuple(one["look"])}) for pattern, one in said.items())


def of(cause: str) -> Entry | None:
    """The entry for the cause of an alert: of several that fit, the one that says most; None when there is none."""
    fitting = [one for one in entries() if fnmatchcase(cause, one.pattern)]
    return max(fitting, key=lambda one: len(one.pattern), default=None)


def card(cause: str, book: str = "") -> Card:
    """The entry for a cause, for whoever asks what to do; `book` is where the whole can be read, if anywhere."""
    one = of(cause)
    if not cause:
        every = tuple(Line("off", entry.pattern, entry.title) for entry in entries())
        return Card("The runbook", "Type /ops runbook and the cause of an alert, as these are.", (Lines(every),))
    if one is None:
        return Card("What to do", f"The runbook has no entry for “{cause[:60]}”; /ops escalations lists what is open.")
    link = [Buttons((Button("runbook.open", "Open the runbook", url=f"{book}#{anchor(one)}"),))] if book else []
    return Card(one.title, _bare(one.means), (*steps(cause), *link, Context((f"docs/runbook.md: {one.pattern}",))))


def steps(cause: str) -> tuple[Part, ...]:
    """What a person does about a cause, for a card that stands alone; nothing without an entry."""
    one = of(cause)
    if one is None:
        return ()
    look = tuple(Line("off", word, _bare(text)) for word, text in zip(_ORDER, one.look, strict=False))
    return Lines(look, "Look here"), Facts((Fact("Mend", _bare(one.mend)), Fact("Then ask", one.escalate)))


def mend(cause: str) -> str:
    """How a cause is mended, in a sentence; without an entry nobody but the alert itself can tell."""
    one = of(cause)
    return _bare(one.mend) if one else "Mend what is named."


def anchor(one: Entry) -> str:
    """The name of an entry's heading within the document."""
    return re.sub(r"[^a-z0-9]+", "-", one.pattern).strip("-")


def _bare(text: str) -> str:
    """Without the marks of code: a card is text."""
    return text.replace("`", "")
