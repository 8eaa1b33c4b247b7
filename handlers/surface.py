"""What a feature shows: its commands, buttons, events, shortcuts and dialogs, each with help and one example."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from domain.kernel.card import Card
from domain.kernel.ports import Ops

Kind = Literal["command", "action", "event", "shortcut", "view"]


@dataclass(frozen=True)
class Person:
    """Who asks; `stranger` says why nothing is answered (`guest`, `bot`, ...), empty for a member of the team."""

    id: str
    stranger: str = ""


@dataclass(frozen=True)
class Ask:
    """What a person did: `key` is its meaning (the same deed delivered twice has the same key).

    `absent` says that the bot is not a member of the channel; `values` are what a dialog was sent in with, by
    the id of its field. A dialog stands where it was opened: `channel`, `ts` and `thread_ts` are those of the deed
    that opened it, `value` is its own. A shortcut on a message has its `text` and `ts`; `body["message"]` the rest.
    """

    key: str
    kind: Kind
    name: str
    person: Person
    channel: str = ""
    text: str = ""
    ts: str = ""
    thread_ts: str = ""
    value: str = ""
    response_url: str | None = None
    trigger_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    shared_outside: bool = False
    absent: bool = False
    received_at: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What is said back: to the person alone, unless `share` lets the channel see it."""

    card: Card
    share: bool = False


@dataclass(frozen=True)
class Page:
    """A home page: Block Kit blocks, and a digest that changes only when what they say changes."""

    blocks: tuple[dict[str, Any], ...]
    digest: str


FieldKind = Literal["text", "lines", "choice", "choices", "person", "date"]


@dataclass(frozen=True)
class Field:
    """One question of a dialog. `options` are pairs of value and label (at most 100), `most` counts characters.

    What is sent in is text: the value of a choice, the values of `choices` one to a line, a user id, YYYY-MM-DD.
    `initial` is written in the same way.
    """

    id: str
    label: str
    kind: FieldKind = "text"
    hint: str = ""
    optional: bool = False
    options: tuple[tuple[str, str], ...] = ()
    initial: str = ""
    most: int = 3_000


@dataclass(frozen=True)
class Dialog:
    """Questions in front of a person; `name` is that of the View it is sent in to, `value` an id without a bar.

    `instead` is what to type when it cannot be opened: its trigger lives for three seconds.
    """

    name: str
    title: str
    submit: str
    fields: tuple[Field, ...]
    value: str = ""
    intro: Card | None = None
    instead: str = ""


Run = Callable[[Ops, Ask], Awaitable[Answer | Dialog | None]]
"""A deed: None means there is nothing to say; a Dialog needs an ask that somebody pressed or typed a command for."""
Check = Callable[[Mapping[str, str]], Mapping[str, str]]
"""The values of a dialog by the id of their field; what is wrong with them by the same, empty when nothing is."""
Look = Callable[[Ops, Mapping[str, str], str], Awaitable[Mapping[str, str]]]
"""A check that has to look something up, within two seconds; the text is the dialog's own value."""


@dataclass(frozen=True)
class Example:
    """One line somebody could type, and what it does."""

    line: str
    does: str


@dataclass(frozen=True)
class Command:
    """A slash command: `/pulse`. Its first example is the default view."""

    name: str
    description: str
    usage: str
    examples: tuple[Example, ...]
    run: Run


@dataclass(frozen=True)
class Sub:
    """A word of /ops, brought by a feature: `run` gets what follows it as the ask's text; `example` is a whole line.

    `more` are further lines, for a word that knows words of its own.
    """

    name: str
    does: str
    example: str
    run: Run
    more: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Action:
    """A button, by the name a card gives it."""

    name: str
    does: str
    run: Run


@dataclass(frozen=True)
class Event:
    """Something that happened in Slack: `app_mention`. `subscriptions` are the names Slack sells it under.

    `concerns` says whether it is for us at all, before anybody is looked up; `denied` is done for somebody who
    may not, instead of a private word.
    """

    type: str
    does: str
    subscriptions: tuple[str, ...]
    run: Run
    denied: Run | None = None
    concerns: Callable[[Ops, Ask], Awaitable[bool]] | None = None


@dataclass(frozen=True)
class Shortcut:
    """An entry of Slack's own menus; `on` says whether it belongs to a message."""

    name: str
    title: str
    does: str
    on: Literal["message", "global"]
    run: Run


@dataclass(frozen=True)
class View:
    """A dialog that is sent in: `check` answers within the acknowledgement, `run` works after it."""

    name: str
    check: Check | Look
    run: Run


@dataclass(frozen=True)
class Surface:
    """One feature: everything of it that a person can see and press.

    `methods` are Web API methods only it needs; `refresh` renews what stands open, and is called every few minutes.
    """

    name: str
    purpose: str
    commands: tuple[Command, ...] = ()
    actions: tuple[Action, ...] = ()
    events: tuple[Event, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    views: tuple[View, ...] = ()
    examples: tuple[Example, ...] = ()
    methods: tuple[str, ...] = ()
    refresh: Callable[[Ops], Awaitable[int]] | None = None
