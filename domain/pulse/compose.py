"""Score, verdicts and prose become a pulse: composed from stored rows, checked, kept with its facts, drawn as cards."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.kernel import card as cards
from domain.kernel.card import Card, Lines, Part, Prose
from domain.kernel.errors import InputError
from domain.kernel.gate import Gate, Issue
from domain.kernel.numbers import short_date
from domain.kernel.ports import Ops
from domain.pulse import face, gate, gather, narrative, sayable, verdict
from domain.pulse import history as past
from domain.pulse import score as scores
from domain.pulse import snapshot as snapshots
from domain.pulse.face import Morning
from domain.pulse.narrative import Narrative
from domain.pulse.score import Health
from domain.pulse.snapshot import Snapshot
from domain.watch import accepted
from models import metric
from models import pulse as pulses
from models.pulse import Told


@dataclass(frozen=True)
class Pulse:
    """A day's pulse: the card for the channel, the cards for its thread, and what they rest on."""

    day: date
    at: datetime
    score: Decimal | None
    confidence: Decimal
    card: Card
    detail: tuple[Card, ...]
    narrative: str
    facts: str
    sha256: str
    issues: tuple[Issue, ...] = ()
    version: int = 0


async def today(ops: Ops) -> Pulse:
    """Today's pulse to be told: composed from what is stored now, and kept when it says something new."""
    snapshot = await gather.snapshot(ops, ops.today())
    pulse = await _warned(ops, render(snapshot))
    async with ops.db.begin() as db:
        last = await pulses.latest(db, pulse.day)
        if last and snapshots.substance(snapshots.from_json(last.facts)) == snapshots.substance(snapshot):
            return replace(pulse, version=last.version)
        version = await pulses.keep(db, _told(pulse))
    return replace(pulse, version=version)


async def now(ops: Ops) -> Pulse:
    """Today's pulse to be looked at: composed from what is stored now, and not kept."""
    return await _warned(ops, render(await gather.snapshot(ops, ops.today())))


async def _warned(ops: Ops, pulse: Pulse) -> Pulse:
    """With the dangers somebody accepted for a day, as long as the house runs with them."""
    async with ops.db.begin() as db:
        lines = tuple(one.line for one in await accepted.standing(db))
    return replace(pulse, card=_with(pulse.card, Lines(lines, "Accepted dangers"))) if lines else pulse


async def on(ops: Ops, day: date) -> Pulse:
    """The pulse of a day: as it was told, with what was restated since; composed anew when none was told.

    InputError for a day of which nothing can be known.
    """
    if day > ops.today():
        raise InputError(f"{day} has not happened yet; today is {ops.today()}.")
    async with ops.db.begin() as db:
        told = await pulses.latest(db, day)
        stored = await metric.extent(db, gather.NET)
    if told is not None:
        return await _as_told(ops, told)
    if day == ops.today():
        return await now(ops)
    if stored is None or day <= stored[0]:
        raise InputError(_nothing(day, stored[0] + timedelta(days=1) if stored else None))
    pulse = render(await gather.snapshot(ops, day))
    note = Prose("No pulse was told on that day; this one is composed from the facts as they stand now.")
    return replace(pulse, card=_with(pulse.card, note))


def _nothing(day: date, first: date | None) -> str:
    """Why there is no pulse of a day, and the first day that has one: that after the first with orders."""
    told = f"Nothing is stored for a pulse of {short_date(day, year=True)}"
    if first is None:
        return f"{told}, and no orders are stored yet."
    return f"{told}; the first day that can have one is {short_date(first, year=True)}."


async def _as_told(ops: Ops, told: Told) -> Pulse:
    """The kept pulse from its kept facts; what has changed since is added below."""
    pulse = render(past.verified(told))
    async with ops.db.begin() as db:
        restated = await past.restated(db, snapshots.from_json(told.facts))
    card = cards.from_json(told.card)
    return replace(pulse, card=_with(card, *restated) if restated else card, version=told.version)


def _with(card: Card, *parts: Part) -> Card:
    return replace(card, parts=(*card.parts, *parts))


def render(snapshot: Snapshot) -> Pulse:
    """The pulse of a snapshot: pure, the same bytes for the same facts."""
    health = scores.score(scores.inputs(snapshot), snapshot.rules, snapshot.at)
    verdicts = verdict.departments(snapshot, health)
    judged = verdict.by_department(verdicts)
    guard = Gate(sayable.ground(snapshot, health, judged))
    story, issues = _admitted(narrative.tell(snapshot, health, judged), guard)
    morning = Morning(snapshot, health, story, verdicts)
    card, detail = face.card(morning), face.detail(morning)
    issues += tuple(issue for one in (card, *detail) for issue in gate.check(one, guard))
    issues += tuple(Issue(name, "must be told and is not") for name in _unsaid(morning))
    facts = snapshots.to_json(snapshot)
    return Pulse(
        day=snapshot.day,
        at=snapshot.at,
        score=health.score,
        confidence=health.confidence,
        card=card,
        detail=detail,
        narrative=story.text,
        facts=facts,
        sha256=snapshots.digest(facts),
        issues=issues,
    )


def _unsaid(morning: Morning) -> tuple[str, ...]:
    """What a pulse may not keep to itself: departments that need attention, sources that are degraded."""
    must = [one.name for one in morning.verdicts if one.judged == "attention"]
    must += [one.name for one in morning.snapshot.sources if one.mark(morning.snapshot.at) != "fresh"]
    return gate.uncovered(morning.narrative.sentences, must)


def _admitted(story: Narrative, guard: Gate) -> tuple[Narrative, tuple[Issue, ...]]:
    """The narrative without the sentences that the gate refuses."""
    kept: dict[str, Any] = {}
    issues: tuple[Issue, ...] = ()
    for name, sentences in vars(story).items():
        if isinstance(sentences, str):
            found, refused = gate.admitted([sentences] if sentences else [], guard)
            kept[name] = "".join(found)
        else:
            found, refused = gate.admitted(sentences, guard)
            kept[name] = found
        issues += refused
    return Narrative(**kept), issues


def health(snapshot: Snapshot) -> Health:
    """The score of a snapshot."""
    return scores.score(scores.inputs(snapshot), snapshot.rules, snapshot.at)


def _told(pulse: Pulse) -> Told:
    snapshot = snapshots.from_json(pulse.facts)
    judged = health(snapshot)
    return Told(
        day=pulse.day,
        score=pulse.score,
        confidence=pulse.confidence,
        parts=snapshots.canonical([_plain(asdict(part)) for part in judged.parts]),
        facts=pulse.facts,
        sha256=pulse.sha256,
        narrative=pulse.narrative,
        path="template",
        bindings=snapshots.canonical(_bindings(snapshot)),
        card=cards.to_json(pulse.card),
        detail=snapshots.canonical([cards.to_json(card) for card in pulse.detail]),
        created_at=pulse.at,
    )


def _bindings(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Each figure with the metric rows it rests on: key, dimension, days, how many facts, when they were collected."""
    return [
        {
            "metric": figure.metric,
            "dimension": figure.dimension,
            "period": figure.period,
            "value": str(figure.value),
            "rows": [_plain(asdict(origin)) for origin in figure.origins],
        }
        for figure in snapshot.figures
    ]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON knows them."""
    return {key: value if isinstance(value, str | int | None) else str(value) for key, value in values.items()}
