"""The section [honesty] of ops.toml: when a failing job is told of, when it pauses itself, when it tries again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict


class Honesty(Strict):
    """How many slots of a job may fail in a row before something happens."""

    alert_after: Annotated[int, Field(ge=1, le=100)] = 2
    """People are told after so many; of a job whose next slot is further away than the cooldown after the first."""
    cooldown_minutes: Annotated[float, Field(ge=0)] = 60
    """How long a job of which people were told is not told of anew."""
    pause_after: Annotated[int, Field(ge=2, le=1000)] = 10
    """After so many the job pauses itself."""
    try_again_minutes: Annotated[float, Field(gt=0)] = 60
    """A job that paused itself runs once in so many minutes; when that goes well, it goes on."""
