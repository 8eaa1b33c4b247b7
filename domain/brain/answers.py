"""Questions answered from stored rows without a model: routed by words, resolved to dates, checked, and cited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from domain.brain import explained, planned, replies
from domain.brain import question as questions
from domain.brain.periods import UnreadError
from domain.brain.question import Question
from domain.brain.recall import Recall
from domain.kernel import figures
from domain.kernel.calendar import Days, month
from domain.kernel.card import Card, Context
from domain.kernel.errors import InputError
from domain.kernel.figures import Stretch
from domain.kernel.ground import ALL, Figure
from domain.kernel.metric import METRICS
from domain.kernel.numbers import short_date, span, write
from domain.kernel.ports import Ops
from models import metric
from models.base import Db

_LONGEST = 400
_UNASKED = {"": 14, "day": 14, "week": 56, "month": 183}  # how many days a trend shows when none are named


async def answer(ops: Ops, question: str, recall: Recall, day: date | None = None) -> Card:
    """Answer a question understood entirely; any other gets a sentence why not, and what can be asked.

    `day` is what the talk is about: a score is that of this day unless the question names another.
    """
    if len(question) > _LONGEST:
        return replies.refusal(f"I read questions of at most {_LONGEST} characters.")
    async with ops.db.begin() as db:
        try:
            asked = questions.understand(question, ops.today(), await metric.key_skus(db))
        except UnreadError as error:
            return replies.refusal(error.detail)
        if asked.intent in _ANSWERS:
            return await _ANSWERS[asked.intent](ops, db, _open(ops, asked))
    if day and not asked.days and asked.intent != "plan":
        asked = replace(asked, days=(Days(day, day),))
    try:
        return await _RECALLED[asked.intent](ops, asked, recall)
    except InputError as error:
        return replies.refusal(error.detail)


async def concerned(ops: Ops, said: str) -> bool:
    """Whether words between people, in a thread below a post of ours, ask something of us."""
    if "?" in said:
        return True
    async with ops.db.begin() as db:
        return questions.recognised(said, ops.today(), await metric.key_skus(db))


def _open(ops: Ops, asked: Question) -> Question:
    """The question with a note when a day it names is one on which the company takes no orders."""
    known = METRICS.get(asked.metric)
    if known is None or known.department != "sales" or known.kind == "level":
        return asked
    told = [replies.closed(ops.policy.company, one.first) for one in asked.days if one.count == 1]
    return replace(asked, note=" ".join(dict.fromkeys(one for one in (asked.note, *told) if one)))


async def _help(ops: Ops, db: Db, asked: Question) -> Card:
    return replies.help_card()


async def _meaning(ops: Ops, db: Db, asked: Question) -> Card:
    """What a metric is."""
    known = METRICS[asked.metric]
    verb = "are" if known.plural else "is"
    return Card(replies.title(asked), f"{known.name[:1].upper()}{known.name[1:]} {verb} {known.described}.")


async def _value(ops: Ops, db: Db, asked: Question) -> Card:
    """One metric over the days asked for; with each channel when that is asked."""
    days = questions.stretch(asked, ops.today())
    if METRICS[asked.metric].kind == "level" or asked.metric == "sales.sku.units":
        return await _standing(ops, db, asked, days)
    stretch = await _stretch(db, days)
    figure = figures.flow(asked.metric, "asked", stretch, dimension=asked.dimension)
    if figure is None:
        return await replies.nothing(db, asked, days)
    asked = await _noted(db, asked, days)
    return await _told(ops, asked, days, None, [figure, *_channels(asked, stretch, None)])


async def _noted(db: Db, asked: Question, *stretches: Days) -> Question:
    """The question with a note when its days begin before the first that is stored."""
    found = await replies.extent(db, asked.metric)
    if found is None or found[0] <= min(days.first for days in stretches):
        return asked
    told = f"Rows are stored only from {short_date(found[0], year=True)}."
    return replace(asked, note=f"{asked.note} {told}".strip())


async def _compare(ops: Ops, db: Db, asked: Question) -> Card:
    """The days asked for against others: those named, or the ones before."""
    days = questions.stretch(asked, ops.today(), 7)
    earlier = asked.days[1] if len(asked.days) > 1 else questions.before(days)
    now, then = await _stretch(db, days), await _stretch(db, earlier)
    figure = figures.flow(asked.metric, "asked", now, then, dimension=asked.dimension)
    if figure is None:
        return await replies.nothing(db, asked, days)
    asked = await _noted(db, asked, days, earlier)
    if figure.prior is None:
        told = f"No rows are stored {replies.when(earlier)} to compare with."
        asked = replace(asked, note=f"{asked.note} {told}".strip())
    return await _told(ops, asked, days, earlier, [figure, *_channels(asked, now, then)])


def _channels(asked: Question, now: Stretch, then: Stretch | None) -> list[Figure]:
    if not asked.by_channel:
        return []
    found = (figures.flow(asked.metric, "asked", now, then, dimension=one) for one in figures.dimensions(now, then))
    return [figure for figure in found if figure is not None]


async def _told(ops: Ops, asked: Question, days: Days, earlier: Days | None, found: list[Figure]) -> Card:
    currency, known = ops.policy.company.currency, METRICS[asked.metric]
    ground = replies.ground(currency, found, [replies.period(days, earlier)])
    sentences = [replies.sentence(figure, known, days, earlier, currency) for figure in found]
    origins = [origin for figure in found for origin in figure.origins]
    note = (Context((asked.note,)),) if asked.note else ()
    return Card(replies.title(asked), replies.said(sentences, ground), (*note, replies.sources(asked, origins)))


async def _stretch(db: Db, days: Days) -> Stretch:
    return Stretch(days, await metric.totals(db, figures.FLOWS, days.first, days.last))


async def _standing(ops: Ops, db: Db, asked: Question, days: Days) -> Card:
    """A level as it stood on the last of the days; articles are counted over the days."""
    if asked.metric == "sales.sku.units":
        sold = Stretch(days, await metric.totals(db, [asked.metric], days.first, days.last))
        figure = figures.flow(asked.metric, "asked", sold, dimension=asked.dimension)
        found = [figure] if figure and figure.origins[0].rows else []
    else:
        rows = await metric.latest(db, [asked.metric], days.last if asked.days else ops.today())
        wanted = [row for (_, dimension), row in rows.items() if dimension == asked.dimension]
        found = [Figure(**{**vars(figures.level(row)), "period": "asked"}) for row in wanted]
        days = Days(wanted[0].day, wanted[0].day) if wanted else days
    if not found:
        if METRICS[asked.metric].dimension == "sku" and asked.dimension == ALL:
            return await explained.stock(ops, db, asked)
        return await replies.nothing(db, asked, days)
    return await _told(ops, asked, days, None, found)


async def _trend(ops: Ops, db: Db, asked: Question) -> Card:
    """A metric over time: as asked, else by day up to a fortnight, by week up to half a year, or by month."""
    days = questions.stretch(asked, ops.today(), _UNASKED[asked.grain])
    card = await _compare(ops, db, Question("compare", asked.metric, asked.dimension, days=(days,)))
    currency, rows, origins = ops.policy.company.currency, [], []
    for piece in _pieces(days, asked.grain):
        figure = figures.flow(asked.metric, "asked", await _stretch(db, piece), dimension=asked.dimension)
        rows.append((span(piece.first, piece.last), write(figure.value, figure.unit, currency) if figure else "–"))
        origins += list(figure.origins) if figure else []
    head = ("Days", METRICS[asked.metric].name)
    return Card(card.title, card.conclusion, (*replies.table(head, rows), *card.parts))


def _pieces(days: Days, grain: str) -> list[Days]:
    grain = grain or ("day" if days.count <= 14 else "week" if days.count <= 186 else "month")
    found: list[Days] = []
    first = days.first
    while first <= days.last:
        found.append(Days(first, min(_end(first, grain), days.last)))
        first = found[-1].last + timedelta(days=1)
    return found


def _end(first: date, grain: str) -> date:
    if grain == "day":
        return first
    return first + timedelta(days=6 - first.weekday()) if grain == "week" else month(first).last


_ANSWERS = {
    "help": _help,
    "meaning": _meaning,
    "value": _value,
    "compare": _compare,
    "trend": _trend,
    "why": explained.why,
    "stock": explained.stock,
    "sources": explained.sources,
}
_RECALLED = {"score": explained.score, "plan": planned.plan, "department": planned.department}
