"""The trail on the command line: whether it is whole, its newest rows, replayed, and why something was done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from bot import terminal
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Entry
from domain.tasks import remade
from domain.tasks.remade import Remade
from domain.watch import audit, explain, invariants, replay
from domain.watch.invariants import Held
from domain.watch.replay import Replayed
from handlers import inert, plain
from models import trail

AsJson = Annotated[bool, typer.Option("--json", help="As data.")]
_EVERY_S = 0.5

app = typer.Typer(help="The trail: is it whole, and what does it say?", no_args_is_help=True, add_completion=False)


@app.command("verify")
def verify(
    head: Annotated[str, typer.Option(help="A head told earlier, NUMBER:HASH; a cut tail is found by it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make the hash of every row anew; exit code 1 names the first row that is wrong."""
    told = audit.read(head) if head else None
    found = terminal.within(lambda ops: audit.verify(ops, told))
    print(_json(asdict(found)) if as_json else found.sentence)
    if not as_json:
        for one in found.wrong[1:]:
            print(f"  row {one.seq} {one.subject}: {one.what}")
    raise typer.Exit(1 if found.broken else 0)


@app.command("tail")
def tail(
    number: Annotated[int, typer.Option("-n", help="How many rows.", min=0, max=10_000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as rows come; Ctrl-C ends it.")] = False,
    as_json: AsJson = False,
) -> None:
    """The newest rows of the trail, one to a line."""

    async def asked(ops: Ops) -> None:
        async with ops.db.begin() as db:
            found = await trail.last(db, number)
            seq = (await trail.head(db))[0]
        while True:
            for one in found:
                print(_json(asdict(one), None) if as_json else line(one), flush=True)
            if not follow:
                return
            await asyncio.sleep(_EVERY_S)
            async with ops.db.begin() as db:
                found = await trail.after(db, seq, 1000)
            seq = max((one.seq or 0 for one in found), default=seq)

    terminal.within(asked)


def line(one: Entry) -> str:
    """A row of the trail as one line, without anything in it that could break or hide a line."""
    what, subject, by, why = (" ".join(inert.seen(text).split()) for text in (one.what, one.subject, one.by, one.why))
    return f"{one.seq or '-':>6}  {one.at:%Y-%m-%d %H:%M:%S}  {what:<22} {subject:<14} {by}{why and f' — {why}'}"


def why(word: str, *, as_json: bool = False) -> int:
    """Print the story of one id; 1 when nothing is known of it."""
    found = terminal.within(lambda ops: explain.told(ops, word))
    if as_json:
        print(_json(found and explain.data(found)))
    else:
        print(inert.seen(plain.render(explain.draw(found) if found else explain.unknown(word))), end="")
    return 0 if found else 1


@dataclass
class Again:
    """The trail replayed; and every decision made or checked again, unless a past moment was asked for."""

    replayed: Replayed
    routings: Remade | None
    decisions: list[Held]

    @property
    def holds(self) -> bool:
        """Whether nothing came out otherwise."""
        otherwise = self.routings is not None and self.routings.other
        return not (self.replayed.differing or otherwise or any(one.broken for one in self.decisions))


def replayed(to: str = "", *, as_json: bool = False) -> int:
    """Fold the trail, up to a moment when one is given, and hold it against the tables; 1 when anything differs."""
    until = _moment(to) if to else None

    async def asked(ops: Ops) -> Again:
        found = await replay.replayed(ops, until)
        if until:
            return Again(found, None, [])
        checked = [one for one in await invariants.asked(ops) if one.name.startswith("I3")]
        return Again(found, await remade.remade(ops), checked)

    found = terminal.within(asked)
    rate = found.replayed.events / found.replayed.seconds if found.replayed.seconds else 0.0
    if as_json:
        more = {"routings": _data(found.routings), "decisions": [asdict(one) for one in found.decisions]}
        print(_json({**asdict(found.replayed), "events_per_s": round(rate), **more}))
    else:
        print("\n".join([*_told(found), f"  {rate:,.0f} events per second"]))
    return 0 if found.holds else 1


def _data(found: Remade | None) -> dict[str, Any] | None:
    return asdict(found) if found else None


def _told(found: Again) -> Iterator[str]:
    yield found.replayed.sentence
    for table, states in found.replayed.states.items():
        yield f"  {table:<11} {', '.join(f'{number} {state}' for state, number in states.items())}"
    for one in found.replayed.differences:
        yield f"  {one.table} {one.subject} {one.column or 'row'}: told {one.told}, stands {one.stands}"
    if found.routings:
        yield found.routings.sentence
        for other in found.routings.other:
            yield f"  {other.id}: recorded {' '.join(other.was)}, comes out {' '.join(other.becomes)}"
    if found.decisions:
        wrong = [one.sentence for one in found.decisions if one.broken]
        kept = "not all keep them" if wrong else "all keep them"
        yield f"Approvals held against {len(found.decisions)} rules again: {kept}."
        yield from (f"  {one}" for one in wrong)


def check(late: float, *, as_json: bool = False) -> int:
    """Hold the house against its invariants; 1 when one is broken. `late` is in minutes."""
    found = terminal.within(lambda ops: invariants.check(ops, late=timedelta(minutes=late)))
    print(_json([asdict(one) for one in found]) if as_json else "\n".join(one.sentence for one in found))
    return 1 if any(one.broken for one in found) else 0


def _moment(word: str) -> datetime:
    """A moment such as 2026-11-20T09:30; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        raise InputError(f"{word[:80]!r} is not a moment such as 2026-11-20T09:30.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _json(found: Any, indent: int | None = 2) -> str:
    return json.dumps(found, indent=indent, ensure_ascii=False, default=str)
