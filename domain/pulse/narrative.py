"""The morning in sentences: where revenue stands and why, which day one buyer made, who needs attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.kernel.ground import Driver, Figure
from domain.kernel.numbers import money, write
from domain.pulse import phrases, sayable
from domain.pulse.score import NAMES, Health
from domain.pulse.snapshot import Event, Snapshot


@dataclass(frozen=True)
class Narrative:
    """Sentences by what they tell; each stands alone and is held against the facts alone."""

    score: str
    revenue: tuple[str, ...]
    drivers: tuple[str, ...]
    events: tuple[str, ...]
    departments: tuple[str, ...]
    degraded: tuple[str, ...]
    left_out: tuple[str, ...]
    lacks: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them, in the order they are told."""
        first = (self.score,) if self.score else ()
        moved = (*self.revenue, *self.drivers, *self.events)
        return (*first, *moved, *self.departments, *self.degraded, *self.left_out, *self.lacks)

    @property
    def text(self) -> str:
        """One paragraph."""
        return " ".join(f"{sentence}." for sentence in self.sentences)


def tell(snapshot: Snapshot, health: Health, verdicts: Mapping[str, str]) -> Narrative:
    """The template: every sentence from figures of the snapshot."""
    return Narrative(
        score=score(snapshot, health),
        revenue=tuple(filter(None, (month(snapshot), trend(snapshot)))),
        drivers=drivers(snapshot),
        events=tuple(line for event in snapshot.events for line in dominated(snapshot, event)),
        departments=departments(verdicts),
        degraded=degraded(snapshot),
        left_out=left_out(health),
        lacks=sayable.lacks(snapshot),
    )


def score(snapshot: Snapshot, health: Health) -> str:
    """`The health score is 72/100, up from 70 in the pulse before, with a confidence of 85%`."""
    if health.shown is None:
        return ""
    told = f"The health score is {health.shown}/100"
    previous = snapshot.previous_score
    if previous is not None:
        before = int(previous.quantize(previous.__class__(1), "ROUND_HALF_UP"))
        told += f", {_moved(health.shown, before)}"
    return told if health.confidence == 100 else f"{told}; confidence is {write(health.confidence, 'percent')}"


def _moved(now: int, before: int) -> str:
    if abs(now - before) * 100 <= before:
        return f"level with {before} in the pulse before"
    return f"{'up' if now > before else 'down'} from {before} in the pulse before"


def month_words(snapshot: Snapshot) -> tuple[str, bool]:
    """What the month's stretch is called, and whether it is over."""
    if (snapshot.through.year, snapshot.through.month) == (snapshot.day.year, snapshot.day.month):
        return "month to date", False
    period = next(period for period in snapshot.periods if period.key == "mtd")
    return f"over {period.names[1]}", True


def _plan_noun(snapshot: Snapshot) -> str:
    """What the month's target is called: that of a whole month is no plan to date."""
    return "plan" if (snapshot.through + timedelta(days=1)).day == 1 else "plan to date"


def month(snapshot: Snapshot) -> str:
    """Net revenue month to date against the plan to date."""
    figure = snapshot.figure("sales.revenue.net", "mtd")
    if figure is None:
        return ""
    words, over = month_words(snapshot)
    told = f"Net revenue {phrases.verb(figure, past=over)} {phrases.value(figure, snapshot.currency)} {words}"
    return phrases.sentence(told, phrases.target(figure, snapshot.currency, _plan_noun(snapshot)))


def before_words(snapshot: Snapshot, key: str = "trend") -> tuple[str, str]:
    """The words for a stretch and for the one before it."""
    period = next((period for period in snapshot.periods if period.key == key), None)
    return (period.names[0], period.prior_names[0]) if period else ("", "")


def trend(snapshot: Snapshot) -> str:
    """Net revenue and orders of the last days against the days before."""
    spoken, before = before_words(snapshot)
    told: list[str] = []
    for metric in ("sales.revenue.net", "sales.orders.count"):
        figure = snapshot.figure(metric, "trend")
        if figure is not None:
            change = phrases.change(figure, snapshot.currency, before if not told else "")
            start = f"{phrases.name(figure)} {phrases.verb(figure)} {phrases.value(figure, snapshot.currency)}"
            told.append(f"{start}, {change}" if change else start)
    return f"Over {spoken} {', and '.join(told)}" if told else ""


def drivers(snapshot: Snapshot) -> tuple[str, ...]:
    """Which channels moved net revenue, and which of volume, basket and refunds: pieces that add up to its change."""
    spoken, _ = before_words(snapshot)
    clauses: list[str] = []
    for split in ("channel", "cause"):
        pieces = [d for d in snapshot.drivers if d.split == split and _tellable(d, snapshot)]
        pieces = sorted(pieces, key=lambda d: (-abs(d.value), d.cause))
        if pieces:
            told = [_piece(piece, snapshot.currency, whole=not clauses and n == 0) for n, piece in enumerate(pieces)]
            clauses.append(phrases.joined(told))
    return (f"Over {spoken} {'; '.join(clauses)}",) if clauses else ()


def _tellable(driver: Driver, snapshot: Snapshot) -> bool:
    """Pieces worth a word: those that the rounding of the larger ones does not hide."""
    whole = sum(abs(d.value) for d in snapshot.drivers if d.split == driver.split)
    return abs(driver.value) * 200 >= whole and abs(driver.value) >= 1


def _piece(driver: Driver, currency: str, *, whole: bool) -> str:
    size = money(abs(driver.value), currency)
    if driver.value > 0:
        return f"{driver.names[0]} added {size}{' to net revenue' if whole else ''}"
    return f"{driver.names[0]} took {size} off{' net revenue' if whole else ''}"


def dominated(snapshot: Snapshot, event: Event) -> tuple[str, ...]:
    """A day that one order or customer makes: gross and net, so that no record is told where none is."""
    period = f"day:{event.day.isoformat()}"
    mine = snapshot.figure("sales.revenue.gross", period, f"{event.kind}:{event.subject}")
    named = next((p.names[0] for p in snapshot.periods if p.key == period), "")
    if mine is None or mine.share is None:
        return ()
    who, currency = f"{event.kind} {event.subject}", snapshot.currency
    share = write(mine.share, "percent")
    found = [f"On {named} {who} was {phrases.value(mine, currency)}, {share} of gross revenue"]
    day = [snapshot.figure(f"sales.{key}", period) for key in ("revenue.gross", "refunds.amount", "revenue.net")]
    told = [_plainly(figure, currency) for figure in day if figure is not None and _weighs(figure, mine)]
    if told:
        found.append(f"On {named} {phrases.joined(told)}")
    if event.given_back:
        found.append(f"{who[:1].upper()}{who[1:]} was {sayable.GIVEN_BACK}")
    return tuple(found)


def _weighs(figure: Figure, mine: Figure) -> bool:
    """Whether an amount of the day is worth a word beside the order that dominates it."""
    return abs(figure.value) * 20 >= mine.value


def _plainly(figure: Figure, currency: str) -> str:
    return f"{phrases.name(figure)} {phrases.verb(figure)} {phrases.value(figure, currency)}"


def departments(verdicts: Mapping[str, str]) -> tuple[str, ...]:
    """Which departments need attention; which are on course when none does."""
    for judged, one, many in (("attention", *sayable.ATTENTION), ("course", *_ON_COURSE)):
        names = [name for key, name in sayable.DEPARTMENTS.items() if verdicts.get(key) == judged]
        if judged == "course" and len(names) == len(sayable.DEPARTMENTS):
            return (f"All {len(names)} departments {many}",)
        if names:
            return (f"{phrases.joined(names)} {one if len(names) == 1 else many}",)
    return ()


_ON_COURSE = (f"is {sayable.ON_COURSE}", f"are {sayable.ON_COURSE}")


def degraded(snapshot: Snapshot) -> tuple[str, ...]:
    """Each source that is not fresh, with the age of its last good value."""
    found = []
    for source in snapshot.sources:
        mark = source.mark(snapshot.at)
        if mark == "fresh":
            continue
        told = f"{source.name} are {sayable.MARKS[mark]}"
        if source.as_of is not None:
            old = write(*source.age(snapshot.at))
            told += f": {sayable.LAST_GOOD} {old} old"
        found.append(told)
    return tuple(found)


def left_out(health: Health) -> tuple[str, ...]:
    """The parts the score does without."""
    out = [NAMES[part.key] for part in health.parts if part.state != "present"]
    if not out or health.score is None:
        return ()
    if len(out) == 1:
        return (f"{out[0]} is {sayable.LEFT_OUT}; {sayable.SPREAD}",)
    return (f"{phrases.joined(out)} are {sayable.LEFT_OUT}",)
