"""The jobs of a running house on the command line: listed, run, paused, resumed; and the order to bring them up in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any
from uuid import uuid4

import typer

from bot import settings, terminal, wiring
from domain.kernel.card import Card
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.watch import graph, jobs
from domain.watch.graph import Node
from domain.watch.jobs import Hand
from handlers import plain
from models.db import UNREADY

app = typer.Typer(help="What the house does by the clock.", no_args_is_help=False, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="As data.")]
Name = Annotated[str, typer.Argument(help="A job of the timetable.")]
_BY = "api:terminal"


@app.callback(invoke_without_command=True)
def every(context: typer.Context, as_json: AsJson = False) -> None:
    """List every job when no word follows."""
    if context.invoked_subcommand is None:
        listed(as_json)


@app.command("list")
def listed(as_json: AsJson = False) -> None:
    """Every job: how it stands, what it did last, when it comes next."""
    if as_json:
        found = terminal.within(jobs.entries)
        print(json.dumps([asdict(one) for one in found], indent=2, default=str, ensure_ascii=False))
        return
    print(_shown(terminal.within(jobs.card)))


@app.command(epilog="Example: python -m bot jobs run orders")
def run(name: Name, as_json: AsJson = False) -> None:
    """Begin one slot of a job now, be it paused or not."""
    _done(lambda ops: jobs.run(ops, name, _hand()), as_json)


@app.command(epilog='Example: python -m bot jobs pause ads --why "until the budget is set"')
def pause(
    name: Name,
    why: Annotated[str, typer.Option(help="Shown wherever the job is listed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Begin no slot of a job until it is resumed."""
    _done(lambda ops: jobs.pause(ops, name, _hand(), why), as_json)


@app.command(epilog="Example: python -m bot jobs resume ads")
def resume(name: Name, as_json: AsJson = False) -> None:
    """Let a job go on, with no failure held against it."""
    _done(lambda ops: jobs.resume(ops, name, _hand()), as_json)


@app.command("graph")
def order(as_json: AsJson = False) -> None:
    """In which order to bring a new house, or one that moved, up; and what each level still lacks."""
    levels = asyncio.run(_levels())
    print(json.dumps(_data(levels), indent=2, ensure_ascii=False) if as_json else _told(levels))


async def _levels() -> list[list[Node]]:
    """What is so in the running house; before there is one, as much as the settings tell."""
    found = settings.settings()
    try:
        async with wiring.house(found, "terminal", pool=1) as ops:
            return graph.levels(graph.of(ops), await graph.lacks(ops))
    except (RefusedError, *UNREADY):
        async with wiring.still(found, "terminal") as ops:
            return graph.levels(graph.of(ops), graph.unborn(ops))


def _data(levels: list[list[Node]]) -> list[dict[str, Any]]:
    return [{"level": number, "nodes": [asdict(one) for one in level]} for number, level in enumerate(levels, 1)]


def _told(levels: list[list[Node]]) -> str:
    return "\n\n".join(_level(number, level) for number, level in enumerate(levels, 1))


def _level(number: int, level: list[Node]) -> str:
    """One level, a line to each thing in it and what it lacks; then what must come true before the next."""
    lines = [f"Level {number}", *(f"  {'✗' if one.lacks else '✓'} {_node(one)}" for one in level)]
    if lacking := [one.name for one in level if one.lacks and one.awaited]:
        lines.append(f"  Before level {number + 1}: {', '.join(lacking)}.")
    return "\n".join(lines)


def _node(one: Node) -> str:
    rests = f", rests on {', '.join(name.rpartition(':')[2] for name in one.rests_on)}" if one.rests_on else ""
    return f"{one.kind} {one.name}{f' {one.lacks}' if one.lacks else ''}{rests}"


def _hand() -> Hand:
    return Hand(_BY, "the command line", f"terminal:{uuid4().hex}")


def _done(deed: Callable[[Ops], Awaitable[Card]], as_json: bool) -> None:
    card = terminal.within(deed)
    print(json.dumps({"done": card.title, "told": card.conclusion}) if as_json else _shown(card))


def _shown(card: Card) -> str:
    """A card as text, that names what is typed here."""
    return plain.render(card).replace("/ops jobs", "python -m bot jobs")
