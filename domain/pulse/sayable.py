"""What a snapshot and its score allow to be said: the ground on which the gate stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from domain.kernel.freshness import FAULTS, Source
from domain.kernel.ground import NOW, Figure, Ground, Group, Period
from domain.kernel.metric import CHANNELS
from domain.kernel.numbers import short_date
from domain.pulse.score import NAMES, Health
from domain.pulse.snapshot import Snapshot

DEPARTMENTS = {"sales": "Sales", "logistics": "Logistics", "marketing": "Marketing"}
ATTENTION = ("needs attention", "need attention")
ON_COURSE = "on course"
UNKNOWN = "not known yet"
LOW = "below cover target"
COVERED = "at cover target"
LEFT_OUT = "left out of the score"
_VERDICTS = {"attention": ATTENTION, "course": (ON_COURSE,), "unknown": (UNKNOWN,)}
GIVEN_BACK = "given back in full"
SPREAD = "its weight is spread over the other parts"
LAST_GOOD = "the last good value is"
LAST_GOOD_SHORT = "last good value"
NOTHING = "Nothing is known of it yet"
NO_REVENUE = "No revenue is known yet"
NO_LOGISTICS = "No stock levels and no shipments are known yet"
NO_ADS = "No ad spend is known yet"
NO_SCORE = "No part of the score has a value yet"
NO_SCORE_SHORT = "no score"
MARKS = {"fresh": "fresh", "stale": "stale", "faulty": "failing", "never": "silent"}


def sku(code: str) -> str:
    """How an article is named in prose."""
    return f"SKU {code}"


def condition(source: Source, at: datetime) -> str:
    """How a source stands, a failing one with its fault in a few words: `failing (key refused)`."""
    mark = source.mark(at)
    return f"{MARKS[mark]} ({FAULTS.get(source.fault, source.fault)})" if mark == "faulty" else MARKS[mark]


def ground(snapshot: Snapshot, health: Health, verdicts: Mapping[str, str]) -> Ground:
    """The ground of a morning; `verdicts` are the departments as judged: attention, course or unknown."""
    return Ground(
        currency=snapshot.currency,
        figures=(*snapshot.figures, *_own_figures(snapshot, health), *_ages(snapshot)),
        periods=(*snapshot.periods, Period("24h", ("the last 24 hours",))),
        dimensions=_dimensions(snapshot),
        drivers=snapshot.drivers,
        groups=(_departments(verdicts), _sources(snapshot), _parts(health), _skus(snapshot), _events(snapshot)),
        phrases=(SPREAD, LAST_GOOD, LAST_GOOD_SHORT, *_lacking(snapshot, health, verdicts)),
    )


def lacks(snapshot: Snapshot) -> tuple[str, ...]:
    """What the figures should rest on and do not: older days, and the stock of some key SKUs."""
    found = []
    if snapshot.history:
        first = short_date(snapshot.history, year=True)
        found.append(f"Orders before {first} are not stored yet, so the plan and some comparisons may be missing")
    if snapshot.articles and snapshot.unstocked:
        there = len(snapshot.articles)
        found.append(f"Days of cover are known for {there} of {there + len(snapshot.unstocked)} key SKUs")
    return tuple(found)


def reach(snapshot: Snapshot) -> tuple[str, ...]:
    """How far back orders are stored, while that may matter to a figure."""
    if snapshot.begun is None:
        return ()
    first = short_date(snapshot.begun, year=True)
    if snapshot.filling:
        return (f"Orders are stored back to {first}, older refunds may still move figures",)
    return (f"Orders are stored from {first} on",)


def _lacking(snapshot: Snapshot, health: Health, verdicts: Mapping[str, str]) -> tuple[str, ...]:
    """All that may be said of what is not there."""
    return (*lacks(snapshot), *reach(snapshot), *_nothing(snapshot, health, verdicts))


def _nothing(snapshot: Snapshot, health: Health, verdicts: Mapping[str, str]) -> list[str]:
    """What may be said of a lack; only while there is one."""
    known = {(figure.metric, figure.period) for figure in snapshot.figures}
    lacks = {
        NOTHING: "unknown" in verdicts.values(),
        NO_REVENUE: not known & {("sales.revenue.net", "mtd"), ("sales.revenue.net", "trend")},
        NO_LOGISTICS: not any(metric.startswith("logistics.") for metric, _ in known),
        NO_ADS: not any(metric.startswith("marketing.") for metric, _ in known),
        NO_SCORE: health.shown is None,
        NO_SCORE_SHORT: health.shown is None,
        f"Score {NO_SCORE_SHORT}": health.shown is None,
    }
    return [text for text, lacking in lacks.items() if lacking]


def _own_figures(snapshot: Snapshot, health: Health) -> list[Figure]:
    """The score, its confidence and the jobs."""
    found = [
        Figure("pulse.confidence", ("confidence",), "percent", health.confidence, period="score", higher_is_better=True)
    ]
    if health.shown is not None:
        previous = None if snapshot.previous_score is None else _whole(snapshot.previous_score)
        score = Figure(
            metric="pulse.score",
            names=("health score", "score"),
            unit="count",
            value=Decimal(health.shown),
            period="score",
            prior=previous,
            whole=Decimal(100),
            higher_is_better=True,
        )
        found.append(score)
    if snapshot.jobs.ended:
        found.append(
            Figure(
                "jobs.ran",
                ("job slots ran", "job slots"),
                "count",
                Decimal(snapshot.jobs.ran),
                period="24h",
                whole=Decimal(snapshot.jobs.ended),
            )
        )
    return found


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), "ROUND_HALF_UP")


def _ages(snapshot: Snapshot) -> list[Figure]:
    """How old each last good value is, by the unit it is told in."""
    found = []
    for source in snapshot.sources:
        if source.as_of is not None:
            value, unit = source.age(snapshot.at)
            names = (f"{unit} old", f"{unit[:-1]} old")
            found.append(Figure(f"source.age.{unit}", names, unit, value, NOW, source.key))
    return found


def _dimensions(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    spoken = {figure.dimension for figure in snapshot.figures if figure.period == "trend"}
    found: dict[str, tuple[str, ...]] = {key: names for key, names in CHANNELS.items() if key in spoken}
    found |= {article.sku: (sku(article.sku),) for article in snapshot.articles}
    found |= {f"{event.kind}:{event.subject}": (f"{event.kind} {event.subject}",) for event in snapshot.events}
    return found | {source.key: (source.name,) for source in snapshot.sources}


def _departments(verdicts: Mapping[str, str]) -> Group:
    members = {key: (name,) for key, name in DEPARTMENTS.items()}
    judged = {word: frozenset(key for key in members if verdicts.get(key) == word) for word in _VERDICTS}
    states = {phrase: judged[word] for word, phrases in _VERDICTS.items() for phrase in phrases}
    return Group("departments", ("departments", "department"), members, states)


def _sources(snapshot: Snapshot) -> Group:
    marks = {source.key: source.mark(snapshot.at) for source in snapshot.sources}
    states: dict[str, frozenset[str]] = {
        word: frozenset(key for key, found in marks.items() if found == mark)
        for mark, word in MARKS.items()
    }  # fmt: skip
    states["degraded"] = frozenset(key for key, found in marks.items() if found != "fresh")
    told = {source.key: condition(source, snapshot.at) for source in snapshot.sources}
    states |= {word: frozenset(key for key, found in told.items() if found == word) for word in {*told.values()}}
    return Group("sources", ("sources", "source"), {s.key: (s.name,) for s in snapshot.sources}, states)


def _parts(health: Health) -> Group:
    members: dict[str, tuple[str, ...]] = {part.key: (NAMES[part.key],) for part in health.parts}
    out = frozenset(part.key for part in health.parts if part.state != "present")
    return Group("parts", ("parts", "part"), members, {LEFT_OUT: out})


def _skus(snapshot: Snapshot) -> Group:
    target = Decimal(str(snapshot.rules.cover_days_target))
    low = frozenset(article.sku for article in snapshot.articles if article.cover < target)
    known = frozenset(article.sku for article in snapshot.articles)
    members = {code: (sku(code),) for code in (*sorted(known), *snapshot.unstocked)}
    return Group("skus", ("key SKUs", "key SKU"), members, {LOW: low, COVERED: known - low})


def _events(snapshot: Snapshot) -> Group:
    members = {f"{e.kind}:{e.subject}": (f"{e.kind} {e.subject}",) for e in snapshot.events}
    back = frozenset(f"{e.kind}:{e.subject}" for e in snapshot.events if e.given_back)
    return Group("events", (), members, {GIVEN_BACK: back})
