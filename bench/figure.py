"""One measured figure and the baseline measured beside it, as a line of JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`ratio` is value / baseline; `better` says which way is good, `limit` what the house promises."""

    name: str
    value: float
    unit: str
    baseline: float
    against: str
    promise: str

    def line(self) -> str:
        """The JSON object that is printed."""
        ratio = round(self.value / self.baseline, 3) if self.baseline else None
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 3),
                "unit": self.unit,
                "baseline": round(self.baseline, 3),
                "ratio": ratio,
                "against": self.against,
                "promise": self.promise,
            }
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)
