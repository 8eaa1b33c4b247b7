"""The section [attention] of ops.toml: how far a figure may be from its target, and when stock is thin."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict


class Attention(Strict):
    """When a person is asked to look, and when the house puts more stock forward."""

    beyond: Annotated[float, Field(gt=0)] = 0.5
    """The share of its target by which a figure must miss it."""
    reorder_below_days: Annotated[float, Field(ge=0)] = 3.0
    """Key articles with less cover than this are put forward for a receiving order."""
    lead_days: Annotated[int, Field(ge=1, le=120)] = 3
    """After how many days such an order arrives."""
    cold_worth: Annotated[Decimal, Field(gt=0)] = Decimal(1000)
    """Stale leads worth at least this much are put forward for a follow-up task."""
    at_once: Annotated[int, Field(ge=0, le=10)] = 2
    """How many of each kind are put forward at a time, the gravest first; 0 puts none forward."""
    again_after_days: Annotated[int, Field(ge=1)] = 7
    """How long an article or a lead is left alone after it was put forward."""
