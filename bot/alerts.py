"""Alarms on the command line: raise one by whichever road is open, prove every road, list what was raised."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot import logs, settings, terminal, wiring
from bot.settings import Settings
from domain.kernel import runbook
from domain.kernel.card import Card, Context
from domain.kernel.errors import OpsError, RefusedError
from domain.kernel.ports import Ops
from domain.watch import alarm, checks, drill, second_road
from domain.watch.alarm import Roads
from domain.watch.drill import Broken, Outcome
from handlers import inert, plain

AsJson = Annotated[bool, typer.Option("--json", help="As data.")]
_DATABASE_S = 8.0
"""So long the database may keep an alarm from taking another way."""
_LOOK_S = 0.5
_BEYOND_S = 60.0
"""What a road may need on top of what it waits for Slack."""

app = typer.Typer(help="Alarms: raise one, try every road, list them.", no_args_is_help=True, add_completion=False)


@app.command("say", epilog='Example: python -m bot alerts say backup:nas "The copy to the NAS failed; see its log."')
def say(
    key: Annotated[str, typer.Argument(help="What it is about, such as supervisor:bot; told once an hour.")],
    text: Annotated[str, typer.Argument(help="One sentence: what happened, and what to do.")],
) -> None:
    """Raise an alarm, without a database or Slack if need be; 1 when it stands in the file alone."""
    found = _found()
    logs.set_up(found.ops_log, "alerts")
    where = found.ops_data_dir / second_road.FILE
    written = second_road.write(found.ops_data_dir, datetime.now(UTC), key, text)
    print(f"file: {where}" if written else f"file: {where} cannot be written")
    road = asyncio.run(_raised(found, key, text))
    print(road or "no road took it")
    raise typer.Exit(0 if road else 1)


def _found() -> Settings:
    """What the environment says; of one that is refused, which may be why somebody calls, where the file is."""
    try:
        return settings.settings()
    except RefusedError as error:
        print(f"settings: {error.detail}")
        folder = Path(os.environ.get("OPS_DATA_DIR") or Settings.model_fields["ops_data_dir"].default)
        return Settings.model_construct(ops_data_dir=folder)


async def _raised(found: Settings, key: str, text: str) -> str:
    """Which road took it; empty when none did. An alarm must get out whatever else is broken."""
    card = Card("The house needs a person", text, (*runbook.steps(key), Context((key, "see /health"))))
    try:
        async with wiring.house(found, "alerts", pool=1) as ops:
            return await _by_row(ops, found, f"alarm:{key}:{ops.clock.now():%Y%m%dT%H}", card)
    except Exception as error:  # noqa: BLE001 - the database, the policy or the code for them may be what is broken
        print(f"outbox: not possible ({error.detail if isinstance(error, OpsError) else type(error).__name__})")
    return await _directly(card)


async def _by_row(ops: Ops, found: Settings, row: str, card: Card) -> str:
    async with asyncio.timeout(_DATABASE_S):
        carried = await alarm.say(ops, row, card)
    if carried:
        seconds = ops.policy.alarm.second_road_after_seconds
        return f"outbox: Slack has {seconds:g} s to take it, then the second road does"
    await alarm.sweep(ops, Roads(plain.render, found.ops_data_dir))
    told = await drill.one(ops, row)
    for answer in told.answers:
        print(f"{answer.road} road: {answer.address} {answer.state} {answer.said}")
    return "told" if told.told else ""


async def _directly(card: Card) -> str:
    """Over the second road, with nothing between."""
    where = second_road.addresses(settings.credentials().get(second_road.VARIABLE))
    told = await second_road.send(where, f"Operations Brain: {card.title}", plain.render(card))
    for one in told:
        print(f"second road: {one.address} {one.said}")
    return "told" if any(one.accepted for one in told) else ""


@app.command("drill", epilog="Example, after every change of OPS_ALARM_URLS: python -m bot alerts drill --break slack")
def drilled(
    broken: Annotated[Broken, typer.Option("--break", help="What is taken for broken.")] = "none",
    as_json: AsJson = False,
) -> None:
    """Send an alarm that is none, and wait for the receipt of the road that must take it; 1 when none came."""
    ended = terminal.within(lambda ops: _drilled(ops, broken, quiet=as_json))
    print(json.dumps(ended, default=str, indent=2) if as_json else _sentences(ended))
    raise typer.Exit(0 if ended["passed"] else 1)


async def _drilled(ops: Ops, broken: Broken, *, quiet: bool) -> dict[str, Any]:
    key = await drill.begin(ops, broken, "api:terminal")
    limit = ops.policy.alarm.second_road_after_seconds * (broken != "none")
    ended = await _waited(ops, key, limit, quiet=quiet)
    found = {"broken": broken, "key": key, "passed": ended.seconds is not None, **asdict(ended)}
    return found | await _restored(ops, quiet=quiet) if broken == "both" else found


async def _restored(ops: Ops, *, quiet: bool) -> dict[str, Any]:
    """Whether health told of the broken road; and the road whole again, proven by a drill that ends this one."""
    health = await checks.liveness(ops)
    seen = alarm.CHECK in health.bad
    again = await _waited(ops, await drill.begin(ops, "slack", "api:terminal", at_once=True), 0, quiet=quiet)
    shown = {"health": health.status, "health_names_it": seen, "whole_again_after": again.seconds}
    return shown if seen and again.seconds is not None else shown | {"passed": False}


async def _waited(ops: Ops, key: str, limit: float, *, quiet: bool) -> Outcome:
    """The drill as soon as it is proven, or as it stands when its time is up; `limit` in seconds."""
    until = time.monotonic() + limit + _BEYOND_S
    bars = Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), disable=quiet)
    with bars:
        bars.add_task(f"waiting for the receipt, {limit:g} s and what the road needs", total=None)
        while True:
            found = await drill.outcome(ops, key)
            if found.seconds is not None or time.monotonic() > until:
                return found
            await asyncio.sleep(_LOOK_S)


def _sentences(ended: dict[str, Any]) -> str:
    how = f"proven after {ended['seconds']:.1f} s" if ended["seconds"] is not None else "not proven in time"
    lines = [f"{ended['key']}: {how}."]
    lines += [f"  {_answer(one)}" for one in ended["answers"]]
    if "health" in ended:
        seen = "named" if ended["health_names_it"] else "did not name"
        lines.append(f"  health was {ended['health']} and {seen} {alarm.CHECK}.")
        again = ended["whole_again_after"]
        lines.append(
            f"  the second road {'is not whole again' if again is None else f'was whole again after {again:.1f} s'}."
        )
    return "\n".join(lines)


def _answer(one: dict[str, Any]) -> str:
    told = " ".join(filter(None, (one["road"], one["address"], one["state"])))
    return f"{told}: {one['said']}" if one["said"] not in ("", one["state"]) else told


@app.command("list")
def listed(
    number: Annotated[int, typer.Option("-n", help="How many.", min=1, max=1000)] = 20, as_json: AsJson = False
) -> None:
    """The newest alarms, with the road each took and what its service answered."""
    found = terminal.within(lambda ops: drill.listed(ops, most=number))
    if as_json:
        print(json.dumps([drill.data(one) for one in found], default=str, indent=2))
    else:
        print(inert.seen(plain.render(drill.told(found))), end="")
