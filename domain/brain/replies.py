"""Answers as cards: the sentence held against the facts of this one question, and the rows it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from domain.brain.question import Question
from domain.kernel.calendar import Calendar, Days
from domain.kernel.card import Card, Context, Fact, Facts, Line, Lines, Moment, Part, Prose, Table
from domain.kernel.gate import Gate
from domain.kernel.gate_lexicon import FLAT_PERCENT
from domain.kernel.ground import ALL, Figure, Ground, Origin, Period
from domain.kernel.metric import CHANNELS, METRICS, Metric
from domain.kernel.numbers import percent, short_date, span, write
from domain.kernel.policy import Company
from models import metric as metrics
from models.base import Db

EXAMPLES = (
    "What was net revenue yesterday?",
    "How far are we from plan?",
    "Compare orders this week to last week",
    "Net revenue this month vs last year",
    "Orders by channel in November",
    "Trend of ad spend over the last 30 days",
    "Why did net revenue fall last week?",
    "Why is the score low?",
    "Which SKUs are running low?",
    "Are the sources fresh?",
)
_DEPARTMENTS = ("sales", "logistics", "marketing")


def help_card() -> Card:
    """What can be asked, with examples."""
    lines = tuple(
        Line("ok", department.title(), ", ".join(m.name for m in METRICS.values() if m.department == department))
        for department in _DEPARTMENTS
    )
    asked = "\n".join(f"• {example}" for example in EXAMPLES)
    return Card("What I can answer", "I can answer about:", (Lines(lines), Prose(f"For example:\n{asked}")))


_REFUSED = "I cannot answer that"


def refusal(problem: str) -> Card:
    """What could not be understood, and where to look; short, for it stands in a talk between people."""
    return Card(_REFUSED, problem, (Context((f"Ask for example “{EXAMPLES[0]}”, or say “help”.",)),))


def refused(card: Card) -> bool:
    """Whether a card says that a question could not be understood."""
    return card.title == _REFUSED


def title(question: Question) -> str:
    """The metric and whose."""
    metric = METRICS[question.metric]
    where = "" if question.dimension == ALL else f", {spoken(question.dimension)}"
    return f"{metric.name[:1].upper()}{metric.name[1:]}{where}"


def spoken(dimension: str) -> str:
    """A channel or an article as prose names it."""
    return CHANNELS[dimension][0] if dimension in CHANNELS else f"SKU {dimension}"


def period(days: Days, earlier: Days | None = None) -> Period:
    """The stretch by its dates, and the one it is compared with by its own."""
    names = (span(days.first, days.last), short_date(days.first)) if days.count == 1 else (span(days.first, days.last),)
    return Period("asked", names, (span(earlier.first, earlier.last),) if earlier else ())


def when(days: Days) -> str:
    """`on 9 Dec 2026`, `over 1–19 Nov 2026`."""
    return f"{'on' if days.count == 1 else 'over'} {span(days.first, days.last)}"


def sentence(figure: Figure, metric: Metric, days: Days, earlier: Days | None, currency: str) -> str:
    """`DTC orders were 412 over 1–19 Nov 2026, down 5.9% from 438 in 13–31 Oct 2026`."""
    channel = f"{CHANNELS[figure.dimension][0]} " if figure.dimension in CHANNELS else ""
    article = f" of {spoken(figure.dimension)}" if figure.dimension not in (ALL, *CHANNELS) else ""
    value = write(figure.value, figure.unit, currency)
    if metric.name.startswith(metric.unit):
        value = value.partition(" ")[0]  # the name says the unit: days of cover were 4
    start = f"{channel}{metric.name}{article} {metric.was_were} {value} {when(days)}"
    told = start[:1].upper() + start[1:]
    return f"{told}, {change(figure, earlier, currency)}" if earlier and figure.prior is not None else told


def change(figure: Figure, earlier: Days, currency: str) -> str:
    """The change against the earlier stretch, named by its dates."""
    assert figure.prior is not None
    assert figure.change is not None
    prior = write(figure.prior, figure.unit, currency)
    named = f"{'on' if earlier.count == 1 else 'in'} {span(earlier.first, earlier.last)}"
    if abs(figure.change) * 100 <= abs(figure.prior) * FLAT_PERCENT:
        return f"level with {prior} {named}"
    word, size = "up" if figure.change > 0 else "down", figure.change_percent
    by = f" {percent(size)}" if size is not None and abs(size) <= 200 else ""
    return f"{word}{by} from {prior} {named}"


def ground(currency: str, figures: Sequence[Figure], periods: Sequence[Period], **more: object) -> Ground:
    """The facts of one answer."""
    named = {f.dimension: _names(f.dimension) for f in figures if f.dimension != ALL}
    return Ground(currency, tuple(figures), tuple(periods), named, **more)  # type: ignore[arg-type]


def _names(dimension: str) -> tuple[str, ...]:
    return CHANNELS[dimension] if dimension in CHANNELS else (spoken(dimension),)


def said(sentences: Iterable[str], facts: Ground) -> str:
    """The sentences that hold; one that does not is withheld, and the figures below stand for it."""
    gate = Gate(facts)
    kept = [f"{one}." for one in sentences if one and gate.admits(one)]
    return " ".join(kept) or "The stored figures:"


def sources(question: Question | None, origins: Iterable[Origin]) -> Context:
    """The rows an answer rests on: metric key, dimension, days, how many facts, and when they were collected."""
    told: list[str | Moment] = []
    if question and question.metric:
        metric = METRICS[question.metric]
        told.append(f"{metric.name[:1].upper()}{metric.name[1:]}: {metric.described}")
    found = list(dict.fromkeys(origins))
    for origin in found[:4]:
        days = span(origin.first, origin.last)
        told.append(f"{origin.key}, {origin.dimension}, {days}: {origin.rows:,} rows")
    collected = max((origin.as_of for origin in found if origin.as_of), default=None)
    return Context((*told, *_collected(collected)))


def _collected(at: datetime | None) -> tuple[str | Moment, ...]:
    return ("collected", Moment(at)) if at else ()


async def extent(db: Db, key: str) -> tuple[date, date] | None:
    """From when to when a metric has rows; a ratio has them where both of its flows do."""
    found = [await metrics.extent(db, part) for part in METRICS[key].over or (key,)]
    held = [one for one in found if one]
    return (max(one[0] for one in held), min(one[1] for one in held)) if len(held) == len(found) else None


def closed(company: Company, day: date) -> str:
    """`The company is closed on Saturdays.`; empty for a day on which it takes orders."""
    if Calendar.of(company).is_open(day):
        return ""
    when = short_date(day, year=True) if day in company.closed_days else f"{day:%A}s"
    return f"The company is closed on {when}."


async def nothing(db: Db, question: Question, days: Days) -> Card:
    """Nothing is stored of that; and since when something is."""
    what = f"No rows are stored for {METRICS[question.metric].name} {when(days)}."
    stored = await extent(db, question.metric)
    first, last = (short_date(day, year=True) for day in stored) if stored else ("", "")
    since = f" Rows are stored from {first} to {last}." if stored else " None are stored at all yet."
    return Card(title(question), f"{question.note} {what}{since}".strip(), (sources(question, ()),))


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> tuple[Part, ...]:
    """A table, or nothing."""
    found = tuple(rows)
    return (Table(head, found),) if found else ()


def facts(*pairs: tuple[str, str]) -> tuple[Part, ...]:
    """Labelled values, or nothing."""
    return (Facts(tuple(Fact(label, value) for label, value in pairs)),) if pairs else ()
