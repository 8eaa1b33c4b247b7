"""Pulses of past days: the facts they were told from, unchanged, and what was restated since."""

from __future__ import annotations

from datetime import date

from domain.kernel import figures
from domain.kernel.calendar import Days
from domain.kernel.card import Line, Lines
from domain.kernel.errors import LogicError
from domain.kernel.figures import Stretch
from domain.kernel.ground import Figure
from domain.kernel.metric import METRICS
from domain.kernel.numbers import span, write
from domain.pulse import snapshot as snapshots
from domain.pulse.snapshot import Snapshot
from models import metric
from models.base import Db
from models.pulse import Told

_MOST = 6


def verified(told: Told) -> Snapshot:
    """The snapshot of a kept pulse; LogicError when its facts are not those it was told from."""
    if snapshots.digest(told.facts) != told.sha256:
        raise LogicError(f"The kept facts of the pulse of {told.day} do not match their digest; do not rely on them.")
    return snapshots.from_json(told.facts)


async def restated(db: Db, snapshot: Snapshot) -> tuple[Lines, ...]:
    """The figures that the stored rows give differently now, as was told and as it is; empty when none."""
    stretches: dict[tuple[date, date], Stretch] = {}
    found: list[Line] = []
    for figure in filter(_may_change, snapshot.figures):
        first, last = figure.origins[0].first, figure.origins[0].last
        if (first, last) not in stretches:
            stretches[first, last] = Stretch(Days(first, last), await metric.totals(db, figures.FLOWS, first, last))
        line = _line(figure, stretches[first, last], snapshot.currency)
        found += [line] if line else []
    return (Lines(tuple(found[:_MOST]), "Restated since"),) if found else ()


def _may_change(figure: Figure) -> bool:
    """Sums over days that rest on rows; what stood at a moment stays as it was."""
    known = METRICS.get(figure.metric)
    return bool(known and known.kind != "level" and figure.origins and ":" not in figure.dimension)


def _line(figure: Figure, stretch: Stretch, currency: str) -> Line | None:
    now = figures.total(stretch, figure.metric, figure.dimension)
    if now is None or now.value == figure.value:
        return None
    was, is_ = write(figure.value, figure.unit, currency), write(now.value, figure.unit, currency)
    if was == is_:
        return None
    where = "" if figure.dimension == "all" else f", {figure.dimension}"
    name = METRICS[figure.metric].name
    label = f"{name[:1].upper()}{name[1:]}{where}, {span(stretch.days.first, stretch.days.last)}"
    return Line("warn", label, f"told as {was}, now {is_}")
