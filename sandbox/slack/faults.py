"""What can be made to go wrong on purpose, and for how often."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.clock import Clock


@dataclass(slots=True)
class Fault:
    """One armed fault; `left` counts down, `until` is a tick; None means until cleared."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    left: int | None = None
    until: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For the page."""
        return {"kind": self.kind, "left": self.left, **self.fields}


class Faults:
    """The armed faults, oldest first. Chance comes from the sandbox's seed."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self.armed: list[Fault] = []

    def arm(self, kind: str, fields: dict[str, Any]) -> Fault:
        """Arm a fault; `n` bounds how often it strikes, `seconds` how long it lives."""
        rest = {key: value for key, value in fields.items() if key not in {"kind", "n", "seconds", "s"}}
        seconds, times = fields.get("seconds", fields.get("s")), fields.get("n")
        until = None if seconds is None else self._clock.ticks() + float(seconds)
        fault = Fault(kind, rest, None if times is None else int(times), until)
        self.armed.append(fault)
        return fault

    def find(self, kind: str, **match: str) -> Fault | None:
        """The first armed fault of this kind whose fields do not contradict `match`; counts as one strike."""
        if not self.armed:
            return None
        now = self._clock.ticks()
        self.armed = [f for f in self.armed if (f.until is None or f.until > now) and f.left != 0]
        for fault in self.armed:
            if fault.kind == kind and all(fault.fields.get(k) in (None, "", "*", v) for k, v in match.items()):
                if fault.left is not None:
                    fault.left -= 1
                return fault
        return None

    def strikes(self, fault: Fault) -> bool:
        """Throw the fault's dice: field `p` is a probability, default certain."""
        return self._chance.random() < float(fault.fields.get("p", 1))

    def clear(self, kind: str = "") -> None:
        """Disarm all faults, or all of one kind."""
        self.armed = [f for f in self.armed if kind and f.kind != kind]
