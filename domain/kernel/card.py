"""A message without a medium: a title, a conclusion, prose, facts, lines and buttons; the edge draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

Mark = Literal["ok", "warn", "bad", "off"]
Style = Literal["plain", "primary", "danger"]


@dataclass(frozen=True)
class Moment:
    """A point in time that each reader sees in the own zone; `at` is aware UTC."""

    at: datetime
    kind: Literal["moment"] = "moment"


@dataclass(frozen=True)
class Mention:
    """A person who is to be told: `id` is Slack's, looked up by the handle when the card is said; never out of data."""

    handle: str
    id: str = ""
    kind: Literal["mention"] = "mention"


@dataclass(frozen=True)
class Prose:
    """A paragraph of plain sentences; data text in it is escaped by the edge."""

    text: str
    strong: bool = False
    kind: Literal["prose"] = "prose"


@dataclass(frozen=True)
class Fact:
    """One labelled value, already written with its unit, a moment or a person; `note` is a short comparison."""

    label: str
    value: str | Moment | Mention
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """Labelled values side by side."""

    facts: tuple[Fact, ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Line:
    """One line of a list: a mark that never stands without its word, a label, a reason, and when, if that matters."""

    mark: Mark
    label: str
    text: str
    at: Moment | None = None


@dataclass(frozen=True)
class Lines:
    """A list of marked lines, with an optional heading."""

    lines: tuple[Line, ...]
    heading: str = ""
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Table:
    """A small table: one head row and rows of equal length, all plain text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Divider:
    """A rule between two parts."""

    kind: Literal["divider"] = "divider"


@dataclass(frozen=True)
class Context:
    """Small print: sources, as-of times, how this was made."""

    parts: tuple[str | Moment | Mention, ...]
    kind: Literal["context"] = "context"


@dataclass(frozen=True)
class Confirm:
    """What a dangerous button asks before it acts."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


@dataclass(frozen=True)
class Button:
    """Something to press: `action` is the stable name of the surface, `value` an id and nothing else.

    `url` opens a page as well; it comes from the configuration, never from data.
    """

    action: str
    label: str
    value: str = ""
    style: Style = "plain"
    confirm: Confirm | None = None
    url: str = ""


@dataclass(frozen=True)
class Buttons:
    """A row of at most five buttons."""

    buttons: tuple[Button, ...]
    kind: Literal["buttons"] = "buttons"


Part = Prose | Facts | Lines | Table | Divider | Context | Buttons


@dataclass(frozen=True)
class Card:
    """A title, the conclusion in one plain sentence (also the notification text), and the parts below."""

    title: str
    conclusion: str
    parts: tuple[Part, ...] = field(default_factory=tuple)


def mentioned(card: Card) -> set[str]:
    """The handles whose ids are not known yet."""
    return {one.handle for part in card.parts for one in _named_in(part) if isinstance(one, Mention) and not one.id}


def _named_in(part: Part) -> tuple[str | Moment | Mention, ...]:
    if isinstance(part, Facts):
        return tuple(fact.value for fact in part.facts)
    return part.parts if isinstance(part, Context) else ()


def named(card: Card, ids: Mapping[str, str]) -> Card:
    """The card with the ids of the people it mentions, as far as these handles have any."""

    def known(one: str | Moment | Mention) -> str | Moment | Mention:
        return replace(one, id=ids.get(one.handle, one.id)) if isinstance(one, Mention) else one

    def part(one: Part) -> Part:
        if isinstance(one, Facts):
            return Facts(tuple(replace(fact, value=known(fact.value)) for fact in one.facts))
        return Context(tuple(known(word) for word in one.parts)) if isinstance(one, Context) else one

    return replace(card, parts=tuple(part(one) for one in card.parts))


_CARD: TypeAdapter[Card] = TypeAdapter(Card)


def to_json(card: Card) -> str:
    """Write a card so that it can be kept in a row."""
    return _CARD.dump_json(card).decode()


def from_json(text: str) -> Card:
    """Read a kept card back."""
    return _CARD.validate_json(text)
