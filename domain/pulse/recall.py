"""A day's pulse as a question may ask of it: as it was told, else composed from what is stored and not kept."""

from __future__ import annotations

from datetime import date

from domain.brain.recall import Recalled, Weighed
from domain.kernel.ports import Ops
from domain.pulse import compose, verdict
from domain.pulse import snapshot as snapshots
from domain.pulse.score import NAMES, PartScore


async def of(ops: Ops, day: date) -> Recalled:
    """The pulse of a day; InputError for a day of which nothing can be known."""
    pulse = await compose.on(ops, day)
    snapshot = snapshots.from_json(pulse.facts)
    health = compose.health(snapshot)
    return Recalled(
        day=day,
        at=pulse.at,
        kept=pulse.version > 0,
        score=pulse.score,
        confidence=pulse.confidence,
        parts=tuple(_weighed(part) for part in health.parts),
        through=snapshot.through,
        figures=snapshot.figures,
        plan_basis=snapshot.plan_basis,
        lines={one.department: one.sentence for one in verdict.departments(snapshot, health)},
    )


def _weighed(part: PartScore) -> Weighed:
    left_out = "" if part.state == "present" else part.reason or part.state
    return Weighed(NAMES[part.key], part.weight, part.score, part.points, left_out)
