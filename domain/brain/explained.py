"""Answers that explain: what moved net revenue, how the score came about, what runs low, which sources are fresh."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.brain import question as questions
from domain.brain import replies
from domain.brain.question import Question
from domain.brain.recall import Recall, Recalled, Weighed
from domain.kernel import drivers, figures, freshness
from domain.kernel.card import Card, Context, Line, Lines, Moment, Part
from domain.kernel.drivers import Sold
from domain.kernel.figures import Stretch
from domain.kernel.freshness import Source
from domain.kernel.ground import Driver, Figure, Ground, Group
from domain.kernel.metric import METRICS
from domain.kernel.numbers import money, percent, short_date, span, write
from domain.kernel.ports import Ops
from models import metric
from models.base import Db

_MARKS = {"fresh": "ok", "stale": "warn", "faulty": "bad", "never": "off"}
_WORDS = {"fresh": "fresh", "stale": "stale", "faulty": "failing", "never": "silent"}


async def why(ops: Ops, db: Db, asked: Question) -> Card:
    """The exact pieces of a change of net revenue: by channel, and by volume, basket and refunds."""
    if asked.metric != drivers.NET:
        name = METRICS[asked.metric].name
        return replies.refusal(f"I can work out what moved net revenue, not yet what moved {name}.")
    days = questions.stretch(asked, ops.today(), 7)
    earlier = asked.days[1] if len(asked.days) > 1 else questions.before(days)
    now, then = [Stretch(one, await metric.totals(db, figures.FLOWS, one.first, one.last)) for one in (days, earlier)]
    figure = figures.flow(drivers.NET, "asked", now, then)
    if figure is None or figure.prior is None:
        return await replies.nothing(db, asked, days if figure is None else earlier)
    channels = {one: (_sold(then, one), _sold(now, one)) for one in figures.dimensions(now, then)}
    pieces = drivers.of(channels, "asked")
    currency = ops.policy.company.currency
    ground = replies.ground(currency, [figure], [replies.period(days, earlier)], drivers=pieces)
    ground = Ground(**{**vars(ground), "dimensions": {d.cause: d.names for d in pieces if d.split == "channel"}})
    told = [replies.sentence(figure, METRICS[drivers.NET], days, earlier, currency)]
    told += [f"Over {span(days.first, days.last)} {_piece(piece, currency)}" for piece in _largest(pieces)]
    rows = [(piece.names[0], _signed(piece.value, currency)) for piece in pieces]
    parts = (*replies.table(("What moved net revenue", "By"), rows), replies.sources(asked, figure.origins))
    return Card(f"Why net revenue moved, {replies.when(days)}", replies.said(told, ground), parts)


def _sold(stretch: Stretch, channel: str) -> Sold:
    def value(key: str) -> Decimal:
        found = figures.total(stretch, key, channel)
        return found.value if found else Decimal(0)

    return Sold(value("sales.orders.count"), value("sales.revenue.gross"), value("sales.refunds.amount"))


def _largest(pieces: tuple[Driver, ...]) -> list[Driver]:
    """The largest piece of each split."""
    found = []
    for split in ("channel", "cause"):
        mine = [piece for piece in pieces if piece.split == split and abs(piece.value) >= 1]
        found += sorted(mine, key=lambda piece: (-abs(piece.value), piece.cause))[:1]
    return found


def _piece(piece: Driver, currency: str) -> str:
    size = money(abs(piece.value), currency)
    return f"{piece.names[0]} {f'added {size} to' if piece.value > 0 else f'took {size} off'} net revenue"


def _signed(value: Decimal, currency: str) -> str:
    return ("+" if value > 0 else "") + money(value, currency)


async def score(ops: Ops, asked: Question, recall: Recall) -> Card:
    """The parts of the score of the day asked for, as told, else as it would have been; InputError as recalled."""
    told = await recall(ops, asked.days[0].last if asked.days else ops.today())
    rows = [_part_row(part) for part in told.parts]
    head = ("Part", "Weight", "Score", "Points", "State")
    when = Context((f"{'As told then' if told.kept else 'Composed from the facts as they stand'},", Moment(told.at)))
    more = Context(("Another day is asked for by its date: “score on 3 Nov”.",))
    parts = (*_lowest(told.parts), *replies.table(head, rows), when, more)
    return Card(f"How the score of {short_date(told.day, year=True)} came about", _score_sentence(told), parts)


def _lowest(parts: tuple[Weighed, ...]) -> tuple[Part, ...]:
    """The part that costs the score most: its weight times what it lacks of 100."""
    counted = [
        (part.weight * (100 - part.score), part) for part in parts if part.score is not None and not part.left_out
    ]
    cost, worst = max(counted, key=lambda one: (one[0], one[1].name), default=(0, None))
    return replies.facts(("Costs the score most", f"{worst.name}, {worst.score} of 100")) if worst and cost > 0 else ()


def _score_sentence(told: Recalled) -> str:
    """The score as it was told, and its weakest part."""
    if told.score is None:
        return "The pulse had no score."
    shown = told.score.quantize(Decimal(1), "ROUND_HALF_UP")
    figure = Figure("pulse.score", ("health score",), "count", shown, "asked", whole=Decimal(100))
    confident = Figure("pulse.confidence", ("confidence",), "percent", told.confidence, "asked")
    ground = Ground("", (figure, confident))
    sure = write(confident.value, "percent")
    return replies.said([f"The health score was {shown}/100 and confidence was {sure}"], ground)


def _part_row(part: Weighed) -> tuple[str, ...]:
    state = f"left out: {part.left_out}" if part.left_out else "counted"
    points = "–" if part.left_out else str(part.points)
    score = "–" if part.score is None else str(part.score)
    return (part.name, percent(part.weight * 100), score, points, state)


async def stock(ops: Ops, db: Db, asked: Question) -> Card:
    """The key SKUs by their days of cover, shortest first."""
    rows = await metric.latest(db, ["logistics.stock.cover", "logistics.stock.on_hand"], ops.today())
    names = await metric.key_skus(db)
    covers = sorted(
        (row for (key, _), row in rows.items() if key.endswith("cover")), key=lambda r: (r.value, r.dimension)
    )
    covers = [row for row in covers if row.dimension in names]
    if not covers:
        return Card("Key SKUs running low", "No stock levels are stored yet.", ())
    target = Decimal(str(ops.policy.score.cover_days_target))
    low = frozenset(row.dimension for row in covers if row.value < target)
    group = Group("skus", ("key SKUs", "key SKU"), {r.dimension: () for r in covers}, {"below cover target": low})
    sentence = f"{len(low)} of {len(covers)} key SKUs {'is' if len(low) == 1 else 'are'} below cover target"
    lines = []
    for row in covers[:10]:
        held = rows.get(("logistics.stock.on_hand", row.dimension))
        out = row.day + timedelta(days=int(row.value))
        lines.append(
            (
                row.dimension,
                names[row.dimension] or "–",
                write(held.value, "count") if held else "–",
                write(row.value, "days"),
                short_date(out) if 0 < row.value < 366 else "–",
            )
        )
    head = ("SKU", "Article", "On hand", "Cover", "Runs out")
    cited = replies.sources(Question("stock", "logistics.stock.cover"), [figures.origin_of(row) for row in covers[:2]])
    said = replies.said([sentence], Ground("", groups=(group,)))
    note = Context((f"The cover target is {write(target, 'days')}; {len(covers)} key SKUs have a stock level.",))
    return Card("Key SKUs running low", said, (*replies.table(head, lines), note, cited))


async def sources(ops: Ops, db: Db, asked: Question) -> Card:
    """Every connected source with the age of its last good value."""
    found, at = await freshness.seen(ops, db), ops.clock.now()
    missing = freshness.unconnected(ops, found)
    if not found:
        return Card("Sources", "No source is connected yet.", _unconnected(missing))
    fresh = frozenset(source.key for source in found if source.mark(at) == "fresh")
    group = Group("sources", ("sources", "source"), {source.key: () for source in found}, {"fresh": fresh})
    word = "is" if len(fresh) == 1 else "are"
    sentence = f"{len(fresh)} of {len(found)} sources {word} fresh"
    lines = Lines(tuple(_line(source, ops) for source in found))
    said = replies.said([sentence], Ground("", groups=(group,)))
    return Card("Sources", said, (lines, *_unconnected(missing), Context(("As of", Moment(at)))))


def _unconnected(missing: tuple[str, ...]) -> tuple[Context, ...]:
    return (Context((f"Not connected: {', '.join(missing)}",)),) if missing else ()


def _line(source: Source, ops: Ops) -> Line:
    at = ops.clock.now()
    mark = source.mark(at)
    told = _WORDS[mark]
    if source.as_of is not None:
        told += f", last good value {write(*source.age(at))} old"
    if source.fault:
        told += f"; {source.fault_text[:160]}"
    return Line(_MARKS[mark], source.name, told)  # type: ignore[arg-type]  # the four marks
