"""Which department needs attention, and why: by its parts of the score, its targets and its sources."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.kernel.freshness import Source
from domain.kernel.ground import NOW, Figure
from domain.kernel.policy import Part
from domain.pulse import narrative, phrases, sayable
from domain.pulse.score import Health
from domain.pulse.snapshot import Snapshot


@dataclass(frozen=True)
class Verdict:
    """A department's line: how it was judged (`unknown`: nothing is stored), and why, in sentences."""

    department: str
    judged: Literal["attention", "course", "unknown"]
    reasons: tuple[str, ...]

    @property
    def name(self) -> str:
        """How it is called."""
        return sayable.DEPARTMENTS[self.department]

    @property
    def sentence(self) -> str:
        """The reasons in one line, at most two where attention is needed."""
        return ". ".join(self.reasons[: 2 if self.judged == "attention" else 1])


def departments(snapshot: Snapshot, health: Health) -> tuple[Verdict, ...]:
    """One verdict per department."""
    return (
        _verdict("sales", snapshot, _sales(snapshot, health)),
        _verdict("logistics", snapshot, _logistics(snapshot, health)),
        _verdict("marketing", snapshot, _marketing(snapshot, health)),
    )


def by_department(verdicts: tuple[Verdict, ...]) -> dict[str, str]:
    """How each department was judged."""
    return {verdict.department: verdict.judged for verdict in verdicts}


@dataclass(frozen=True)
class _Found:
    """A sentence, and whether it is a reason for attention."""

    sentence: str
    bad: bool


def _verdict(department: str, snapshot: Snapshot, found: list[_Found]) -> Verdict:
    mine = [source for source in snapshot.sources if source.department == department]
    tired = [_Found(f"{s.name} are {sayable.MARKS[s.mark(snapshot.at)]}", bad=True) for s in mine if _bad(s, snapshot)]
    every = [one for one in [*found, *tired] if one.sentence]
    bad = [one.sentence for one in every if one.bad]
    if bad:
        return Verdict(department, "attention", tuple(bad))
    if not every:
        return Verdict(department, "unknown", (sayable.NOTHING,))
    return Verdict(department, "course", tuple(one.sentence for one in every))


def _bad(source: Source, snapshot: Snapshot) -> bool:
    return source.mark(snapshot.at) != "fresh"


def _low(health: Health, part: Part, snapshot: Snapshot) -> bool:
    """Whether a part that is present scores below the line the policy draws."""
    judged = health.part(part)
    line = Decimal(str(snapshot.rules.attention_below))
    return judged.state == "present" and judged.score is not None and judged.score < line


def _off(figure: Figure | None, snapshot: Snapshot) -> bool:
    """Whether a figure misses its target, in the direction that is bad, by more than the policy lets pass."""
    if figure is None or figure.target is None or figure.gap is None:
        return False
    lacks = figure.gap if figure.higher_is_better is False else -figure.gap
    return lacks > abs(figure.target) * Decimal(str(snapshot.rules.attention_off_target))


def _sales(snapshot: Snapshot, health: Health) -> list[_Found]:
    net, stale = snapshot.figure("sales.revenue.net", "mtd"), snapshot.figure("sales.leads.stale", NOW)
    found = [
        _Found(velocity(snapshot), _off(net, snapshot) or _low(health, "revenue_velocity", snapshot)),
        _Found(orders(snapshot), _low(health, "order_trend", snapshot)),
    ]
    return [*found, _over(stale, snapshot)]


def velocity(snapshot: Snapshot) -> str:
    """`Net revenue is 3.2% above plan month to date`, its amount being told elsewhere; that alone without a plan."""
    figure = snapshot.figure("sales.revenue.net", "mtd")
    if figure is None or figure.target is None:
        return narrative.month(snapshot)
    words, over = narrative.month_words(snapshot)
    return f"Net revenue {phrases.verb(figure, past=over)} {phrases.gap(figure, 'plan')} {words}"


def orders(snapshot: Snapshot) -> str:
    """`Orders were 412 over the last 7 days, down 5.9% from 438`."""
    figure = snapshot.figure("sales.orders.count", "trend")
    if figure is None:
        return ""
    spoken, _ = narrative.before_words(snapshot)
    told = f"Orders {phrases.verb(figure)} {phrases.value(figure, snapshot.currency)} over {spoken}"
    return phrases.sentence(told, phrases.change(figure, snapshot.currency))


def _logistics(snapshot: Snapshot, health: Health) -> list[_Found]:
    counts = [snapshot.figure(f"logistics.shipments.{key}", NOW) for key in ("late", "exception")]
    low = _Found(cover(snapshot), _low(health, "stock_cover", snapshot))
    return [low, *(_over(count, snapshot) for count in counts)]


def cover(snapshot: Snapshot) -> str:
    """`12 of 40 key SKUs are below cover target`."""
    figure = snapshot.figure("logistics.stock.covered", NOW)
    if figure is None or figure.whole is None:
        return ""
    low, covered, whole = int(figure.whole - figure.value), int(figure.value), len(snapshot.articles)
    every = whole + len(snapshot.unstocked)
    if low:
        return f"{low} of {every} key SKUs {'is' if low == 1 else 'are'} {sayable.LOW}"
    if snapshot.unstocked:
        return f"{covered} of {every} key SKUs {'is' if covered == 1 else 'are'} {sayable.COVERED}"
    return f"All {whole} key SKUs are {sayable.COVERED}" if whole > 1 else ""


def _over(figure: Figure | None, snapshot: Snapshot) -> _Found:
    """A count that should stay low: told when there is any, a reason when it is well above its target."""
    if figure is None or figure.value <= 0:
        return _Found("", bad=False)
    count = phrases.value(figure, "")
    word = phrases.name(figure) if figure.value != 1 else _one(figure)
    told = f"{count} {word}"
    above = figure.target is not None and figure.value > figure.target
    return _Found(f"{told}, above the target of {figure.target:f}" if above else told, _off(figure, snapshot))


def _one(figure: Figure) -> str:
    """The name in the singular, where the metric has one."""
    singular = {"late shipments": "late shipment", "shipments in exception": "shipment in exception"}
    return singular.get(phrases.name(figure), {"stale leads": "stale lead"}.get(phrases.name(figure), figure.names[0]))


def _marketing(snapshot: Snapshot, health: Health) -> list[_Found]:
    ratio = snapshot.figure("marketing.mer.ratio", ads_period(snapshot))
    poor = _off(ratio, snapshot) or _low(health, "marketing_efficiency", snapshot)
    return [_Found(mer(snapshot), poor), _Found(spend(snapshot), bad=False)]


def ads_period(snapshot: Snapshot) -> str:
    """The stretch that the ad figures are of."""
    return next((figure.period for figure in snapshot.figures if figure.metric == "marketing.spend.amount"), "trend")


def mer(snapshot: Snapshot) -> str:
    """`MER was 8.1 over the last 7 days, 9.6% below the target of 9.0`."""
    figure = snapshot.figure("marketing.mer.ratio", ads_period(snapshot))
    if figure is None:
        return ""
    spoken, _ = narrative.before_words(snapshot, figure.period)
    told = f"MER was {phrases.value(figure, snapshot.currency)} over {spoken}"
    return phrases.sentence(told, phrases.target(figure, snapshot.currency, "target"))


def spend(snapshot: Snapshot) -> str:
    """`Ad spend was £12.0k over the last 7 days, up 6.2% from £11.3k`."""
    figure = snapshot.figure("marketing.spend.amount", ads_period(snapshot))
    if figure is None:
        return ""
    spoken, _ = narrative.before_words(snapshot, figure.period)
    told = f"Ad spend was {phrases.value(figure, snapshot.currency)} over {spoken}"
    return phrases.sentence(told, phrases.change(figure, snapshot.currency))
