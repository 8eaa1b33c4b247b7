"""The pulse as cards: one that a phone shows whole, and the detail that goes into its thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.kernel.card import Card, Context, Fact, Facts, Line, Lines, Mark, Moment, Part, Prose, Table
from domain.kernel.freshness import Source
from domain.kernel.ground import Figure
from domain.kernel.metric import CHANNELS, METRICS
from domain.kernel.numbers import percent, rounded, short_date, write
from domain.pulse import narrative, phrases, sayable, verdict
from domain.pulse.narrative import Narrative
from domain.pulse.score import NAMES, Health, PartScore
from domain.pulse.snapshot import Article, Snapshot
from domain.pulse.verdict import Verdict

_FULL, _EMPTY = "▰", "▱"
_MOST_FAULT = 160


@dataclass(frozen=True)
class Morning:
    """All a card is drawn from."""

    snapshot: Snapshot
    health: Health
    narrative: Narrative
    verdicts: tuple[Verdict, ...]


def bar(score: int) -> str:
    """Ten steps, as many filled as the score has tens, rounded."""
    filled = int(rounded(Decimal(score) / 10))
    return _FULL * filled + _EMPTY * (10 - filled)


def card(morning: Morning) -> Card:
    """The pulse itself: at most fifteen blocks and 1,500 characters."""
    snapshot, told = morning.snapshot, morning.narrative
    parts: list[Part] = [Prose(headline(morning), strong=True)]
    facts = _facts(snapshot)
    if facts:
        parts.append(Facts(facts))
    prose = [*told.drivers, *_event(told.events), *told.left_out, *told.lacks]
    if prose:
        parts.append(Prose(" ".join(f"{sentence}." for sentence in prose)))
    parts.append(Lines(tuple(_department(one) for one in morning.verdicts)))
    parts.append(Context((*_systems(snapshot), "As of", Moment(snapshot.at))))
    return Card(f"Pulse, {short_date(snapshot.day, year=True)}", conclusion(morning), tuple(parts))


def _event(told: tuple[str, ...]) -> tuple[str, ...]:
    """The one sentence of the day that one buyer made; its amounts are told in the thread."""
    back = [f"{one[:1].lower()}{one[1:]}" for one in told[1:] if one.endswith(sayable.GIVEN_BACK)]
    return ("; ".join([*told[:1], *back]),) if told else ()


def headline(morning: Morning) -> str:
    """The bar, the score and its confidence."""
    health = morning.health
    if health.shown is None:
        return f"{_EMPTY * 10} {sayable.NO_SCORE_SHORT}"
    told = f"{bar(health.shown)} {health.shown}/100"
    return told if health.confidence == 100 else f"{told}, confidence {write(health.confidence, 'percent')}"


def conclusion(morning: Morning) -> str:
    """What the notification says: the score, revenue against plan, who needs attention."""
    health, snapshot = morning.health, morning.snapshot
    first = f"Score {health.shown}/100." if health.shown is not None else ""
    month = narrative.month(snapshot)
    revenue = f"{month}." if month else ""
    degraded = [source for source in snapshot.sources if source.mark(snapshot.at) != "fresh"]
    systems = f"{_sources_sentence(snapshot, len(degraded))}." if degraded else ""
    departments = "".join(f"{one}." for one in morning.narrative.departments)
    told = " ".join(filter(None, (first, revenue, departments, systems)))
    return told or f"{sayable.NO_SCORE}."


def _facts(snapshot: Snapshot) -> tuple[Fact, ...]:
    """Net revenue and orders of the last days against the days before; the month is told in the conclusion."""
    currency = snapshot.currency
    found = []
    spoken, before = narrative.before_words(snapshot)
    for metric, label in (("sales.revenue.net", "Net revenue"), ("sales.orders.count", "Orders")):
        figure = snapshot.figure(metric, "trend")
        if figure is not None:
            note = phrases.change(figure, currency, before)
            found.append(Fact(f"{label}, {spoken.removeprefix('the ')}", phrases.value(figure, currency), note))
    return tuple(found)


def _department(one: Verdict) -> Line:
    marks: dict[str, Mark] = {"attention": "warn", "course": "ok", "unknown": "off"}
    return Line(marks[one.judged], one.name, one.sentence)


def _sources_sentence(snapshot: Snapshot, degraded: int) -> str:
    whole = len(snapshot.sources)
    if not degraded:
        return f"All {whole} sources are fresh" if whole > 1 else "1 of 1 source is fresh"
    return f"{degraded} of {whole} sources {'is' if degraded == 1 else 'are'} degraded"


def _systems(snapshot: Snapshot) -> Iterator[str]:
    """The sources and jobs line: what is degraded is named with its fault and the age of its last good value."""
    if snapshot.sources:
        tired = [source for source in snapshot.sources if source.mark(snapshot.at) != "fresh"]
        named = [_tired(snapshot, source) for source in tired[:4]]
        said = _sources_sentence(snapshot, len(tired))
        yield f"{said}: {'; '.join(named)}" if named else said
    if snapshot.unconnected:
        yield f"Not connected: {', '.join(snapshot.unconnected)}"
    if snapshot.jobs.ended:
        yield _jobs(snapshot)
    yield from sayable.reach(snapshot)


def _tired(snapshot: Snapshot, source: Source) -> str:
    word = sayable.condition(source, snapshot.at)
    if source.as_of is None:
        return f"{source.name} {word}"
    old = write(*source.age(snapshot.at))
    return f"{source.name} {word}, last good value {old} old"


def _jobs(snapshot: Snapshot) -> str:
    said = f"{snapshot.jobs.ran} of {snapshot.jobs.ended} job slots ran in the last 24 hours"
    return f"{said}; failing: {', '.join(snapshot.jobs.failing[:4])}" if snapshot.jobs.failing else said


# --- the thread -----------------------------------------------------------------------------------------------------


def detail(morning: Morning) -> tuple[Card, ...]:
    """What goes into the thread: the score's parts, then each department, then the sources."""
    return (_score_card(morning), _sales_card(morning), _logistics_card(morning), _marketing_card(morning))


def _score_card(morning: Morning) -> Card:
    snapshot, told = morning.snapshot, morning.narrative
    rows = tuple(_part_row(part, snapshot) for part in morning.health.parts)
    table = Table(("Part", "Weight", "Value", "Score", "Points", "Freshness"), rows)
    said = (told.score, *told.left_out, *told.lacks, *told.degraded)
    prose = " ".join(f"{sentence}." for sentence in said if sentence)
    lines = tuple(_source_line(snapshot, source) for source in snapshot.sources)
    parts: list[Part] = [table]
    if lines:
        parts.append(Lines(lines, "Sources"))
    parts.append(Context((*list(_systems(snapshot))[1:], "As of", Moment(snapshot.at))))
    return Card("How the score comes about", prose or f"{sayable.NO_SCORE}.", tuple(parts))


def _part_row(part: PartScore, snapshot: Snapshot) -> tuple[str, ...]:
    weight = percent(part.weight * 100)
    value = "–" if part.value is None else f"{percent(part.value * 100)}"
    score = "–" if part.score is None else f"{part.score}"
    points = f"{part.points}" if part.state == "present" else "left out"
    return (NAMES[part.key], weight, value, score, points, _freshness(part, snapshot))


def _freshness(part: PartScore, snapshot: Snapshot) -> str:
    if part.state == "missing":
        return f"missing: {part.reason}"
    if part.as_of is None:
        return "as stored"
    hours = int((snapshot.at - part.as_of).total_seconds() // 3600)
    age = f"{hours} h old" if hours else "fresh"
    age = f"stale, {age}" if part.state == "stale" else age
    return age if part.known == 1 else f"{age}, {percent(part.known * 100)} of its basis known"


def _source_line(snapshot: Snapshot, source: Source) -> Line:
    mark = source.mark(snapshot.at)
    marks: dict[str, Mark] = {"fresh": "ok", "stale": "warn", "faulty": "bad", "never": "off"}
    told = sayable.MARKS[mark]
    if source.as_of is not None:
        old = write(*source.age(snapshot.at))
        told += f", last good value {old} old"
    if source.fault:
        told += f"; {source.fault}: {source.fault_text[:_MOST_FAULT]}"
    return Line(marks[mark], source.name, told)


def _sales_card(morning: Morning) -> Card:
    snapshot, told = morning.snapshot, morning.narrative
    rows = []
    for net in sorted(snapshot.in_period("sales.revenue.net", "trend"), key=lambda f: -f.value):
        orders = snapshot.figure("sales.orders.count", "trend", net.dimension)
        rows.append(_channel_row(net, orders, snapshot.currency))
    parts: list[Part] = []
    if rows:
        parts.append(Table(("Channel", "Net revenue", "Change", "Share", "Orders", "Change"), tuple(rows)))
    facts = _labelled(snapshot, ("sales.aov.value", "sales.refunds.amount", "sales.units.count"), "trend")
    pipeline = ("sales.pipeline.value", "sales.deals.open", "sales.won.amount", "sales.leads.stale")
    facts += _labelled(snapshot, pipeline, "now")
    if facts:
        parts.append(Facts(facts))
    if plan := snapshot.figure("sales.plan.month", "mtd"):
        parts.append(Context((_plan_words(snapshot, plan),)))
    prose = " ".join(f"{sentence}." for sentence in (*told.revenue, *told.drivers, *told.events))
    return Card(
        "Sales: revenue by channel and what moved it",
        prose or _lack(snapshot, sayable.NO_REVENUE, "sales.revenue.net"),
        tuple(parts),
    )


def _plan_words(snapshot: Snapshot, plan: Figure) -> str:
    basis = "set in the policy" if snapshot.plan_basis == "policy" else "the same month of last year and growth"
    days = snapshot.open_days
    planned = write(plan.value, "money", snapshot.currency)
    return f"P{plan.names[0][1:]}: {planned}, {basis}; {days.so_far} of {days.in_month} open days so far"


def _channel_row(net: Figure, orders: Figure | None, currency: str) -> tuple[str, ...]:
    name = CHANNELS.get(net.dimension, (net.dimension,))[0]
    share = "–" if net.share is None else percent(net.share)
    row = (name, phrases.value(net, currency), phrases.change(net, currency, short=True) or "–", share)
    if orders is None:
        return (*row, "–", "–")
    return (*row, phrases.value(orders, currency), phrases.change(orders, currency, short=True) or "–")


def _labelled(snapshot: Snapshot, keys: tuple[str, ...], period: str) -> tuple[Fact, ...]:
    found = []
    for key in keys:
        figure = snapshot.figure(key, period)
        if figure is not None:
            label = METRICS[key].name + _of_period(snapshot, period)
            note = phrases.change(figure, snapshot.currency, short=True)
            found.append(Fact(label[:1].upper() + label[1:], phrases.value(figure, snapshot.currency), note))
    return tuple(found)


def _of_period(snapshot: Snapshot, key: str) -> str:
    """`, last 7 days`; nothing for what is true now."""
    spoken = next((period.names for period in snapshot.periods if period.key == key), ())
    return f", {spoken[-1]}" if spoken else ""


def _logistics_card(morning: Morning) -> Card:
    snapshot = morning.snapshot
    target = Decimal(str(snapshot.rules.cover_days_target))
    low = [article for article in snapshot.articles if article.cover < target][:10]
    parts: list[Part] = []
    if low:
        rows = tuple(_article_row(article) for article in low)
        parts.append(Table(("SKU", "Article", "On hand", "A day", "Cover", "Runs out"), rows))
    shipments = (
        "logistics.shipments.open",
        "logistics.shipments.late",
        "logistics.shipments.exception",
    )
    facts = _labelled(snapshot, ("logistics.shipments.shipped",), "trend") + _labelled(snapshot, shipments, "now")
    if facts:
        parts.append(Facts(facts))
    sentence = verdict.cover(snapshot)
    return Card(
        "Logistics: key SKUs running low, and shipments",
        f"{sentence}." if sentence else _lack(snapshot, sayable.NO_LOGISTICS, "logistics."),
        tuple(parts),
    )


def _article_row(article: Article) -> tuple[str, ...]:
    out = "now" if article.on_hand <= 0 else short_date(article.out) if article.out else "–"
    return (
        article.sku,
        article.name or "–",
        write(article.on_hand, "count"),
        write(article.pace, "count"),
        write(article.cover, "days"),
        out,
    )


def _marketing_card(morning: Morning) -> Card:
    snapshot = morning.snapshot
    keys = (
        "marketing.spend.amount",
        "marketing.mer.ratio",
        "marketing.clicks.count",
        "marketing.cpc.amount",
        "marketing.conversions.count",
    )
    facts = _labelled(snapshot, keys, verdict.ads_period(snapshot))
    told = verdict.mer(snapshot) or verdict.spend(snapshot)
    said = f"{told}." if told else _lack(snapshot, sayable.NO_ADS, "marketing.")
    return Card("Marketing: spend and what it brought", said, (Facts(facts),) if facts else ())


def _lack(snapshot: Snapshot, text: str, family: str) -> str:
    """That nothing is known, where that is so."""
    known = any(figure.metric.startswith(family) and ":" not in figure.period for figure in snapshot.figures)
    return "" if known else f"{text}."
