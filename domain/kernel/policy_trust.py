"""The sections [approvals] and [autonomy] of ops.toml: who may allow what, until when, and how far nobody is asked."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from domain.kernel.policy_actions import Pattern
from domain.kernel.policy_section import Strict

Level = Literal["suggest", "approve", "auto"]
"""How far the house may go by itself: it says what it would do, it asks, it does it within limits."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Positive = Annotated[Decimal, Field(ge=0)]


class Approvals(Strict):
    """Who is asked, by handle; nobody named means that nobody may. `kinds` names others for some kinds of action."""

    approvers: tuple[str, ...] = ()
    kinds: dict[Pattern, tuple[str, ...]] = Field(default_factory=dict)
    deputy: str = ""
    """Told when nobody decided; may approve whatever the approvers may."""
    two_above: dict[Currency, Positive] = Field(default_factory=dict)
    """Above this amount two people must agree; an amount in a currency that is not named always needs two."""
    expires_hours: Annotated[float, Field(gt=0, le=720)] = 24.0
    remind_after_minutes: Annotated[int, Field(ge=1)] = 60

    def who(self, kind: str) -> tuple[str, ...]:
        """The handles that may allow an action of this kind; the first pattern that fits counts."""
        own = next((who for pattern, who in self.kinds.items() if fnmatchcase(kind, pattern)), self.approvers)
        named = [handle.removeprefix("@") for handle in (*own, self.deputy) if handle]
        return tuple(dict.fromkeys(named)) if own else ()

    def needed(self, amount: Decimal | None, currency: str) -> int:
        """How many people must agree."""
        if amount is None:
            return 1
        limit = self.two_above.get(currency)
        return 2 if limit is None or amount > limit else 1

    @property
    def everyone(self) -> tuple[str, ...]:
        """Every handle that is named anywhere."""
        named = (*self.approvers, *(one for who in self.kinds.values() for one in who), self.deputy)
        return tuple(dict.fromkeys(handle.removeprefix("@") for handle in named if handle))


class Limits(Strict):
    """What is done without being asked, at the most."""

    amount: Positive | None = None
    per_day: Annotated[int, Field(ge=1)] = 10


class Autonomy(Strict):
    """Where each kind of action starts, how far `auto` goes, and what a raise has to show.

    `wilson_bound` is the least lower bound of the share of approvals, at `z` standard deviations.
    """

    start: dict[Pattern, Level] = Field(default_factory=dict)
    limits: dict[Pattern, Limits] = Field(default_factory=dict)
    wilson_bound: Annotated[float, Field(gt=0, lt=1)] = 0.90
    z: Annotated[float, Field(gt=0)] = 1.96
    window_days: Annotated[int, Field(ge=1)] = 30
    least_decisions: Annotated[int, Field(ge=1)] = 35

    def starts(self, kind: str) -> Level:
        """The level of a kind nobody set: it asks, unless the policy says otherwise."""
        return next((level for pattern, level in self.start.items() if fnmatchcase(kind, pattern)), "approve")

    def limit(self, kind: str) -> Limits:
        """How far a kind goes at the level `auto`."""
        return next((one for pattern, one in self.limits.items() if fnmatchcase(kind, pattern)), Limits())
