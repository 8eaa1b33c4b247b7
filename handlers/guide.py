"""Help: every command with one example each, written from the surfaces themselves."""

from __future__ import annotations

from collections.abc import Sequence

from domain.kernel.card import Card, Line, Lines
from handlers.surface import Command, Sub, Surface


def of_command(command: Command, problem: str = "") -> Card:
    """One command: what it does and how; `problem` says first what could not be understood."""
    said = problem or command.description
    lines = tuple(Line("off", one.line, one.does) for one in command.examples)
    return Card(f"Help for {command.name}", said, (Lines(lines, heading="You can type"),))


def of_sub(sub: Sub) -> Card:
    """One word of /ops, with its example."""
    lines = (Line("off", sub.example, sub.does), *(Line("off", one.line, one.does) for one in sub.more))
    return Card(f"Help for /ops {sub.name}", f"{sub.name}: {sub.does}.", (Lines(lines),))


def of_all(menu: Sequence[Surface], problem: str = "") -> Card:
    """Everything there is to type and to ask."""
    commands = tuple(
        Line("off", example.line, example.does)
        for surface in menu
        for command in surface.commands
        for example in command.examples[:1]
    )
    asked = tuple(Line("off", example.line, example.does) for surface in menu for example in surface.examples)
    parts = (Lines(commands, heading="Commands"), Lines(asked, heading="Questions")) if asked else (Lines(commands),)
    return Card("What you can ask me", problem or "Each line is an example you can type as it stands.", parts)


def lines(menu: Sequence[Surface]) -> tuple[Line, ...]:
    """The first example of everything, for a short list."""
    examples = [command.examples[0] for surface in menu for command in surface.commands]
    examples += [surface.examples[0] for surface in menu if surface.examples]
    return tuple(Line("off", example.line, example.does) for example in examples)
