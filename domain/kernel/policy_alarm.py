"""The section [alarm] of ops.toml: how long Slack has for what cannot wait."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict


class AlarmPolicy(Strict):
    """When an alarm takes the second road; where that leads is the secret OPS_ALARM_URLS."""

    second_road_after_seconds: Annotated[float, Field(ge=1, le=3600)] = 100
    """How long Slack may take to answer; with the look that follows, the second road has it within two minutes."""
