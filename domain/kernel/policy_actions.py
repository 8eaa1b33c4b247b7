"""The section [actions] of ops.toml: the kinds of action this company never takes, and how patiently one is taken."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict

Pattern = Annotated[str, Field(pattern=r"^[a-z*][a-z_.*]*$")]
"""A kind such as shopify.release_hold; a star stands for any letters."""
Second = Annotated[float, Field(ge=0, le=86_400)]
Waits = Annotated[tuple[Second, ...], Field(max_length=10)]
"""Seconds to wait, one number per try; none at all means that nothing is tried."""
Pauses = Annotated[Waits, Field(min_length=1)]


class ActionPolicy(Strict):
    """What is never done at a vendor; how often it is asked again, in seconds of pause before each time.

    `retry_after_s`: what surely did not happen is tried again. `look_up_after_s`: what may have happened is looked up.
    `look_again_after_s`: what stayed unclear is looked up later; what is not there by then was not done.
    """

    forbidden: tuple[Pattern, ...] = ()
    retry_after_s: Pauses = (2, 15, 60)
    look_up_after_s: Pauses = (0.5, 2, 8, 30)
    look_again_after_s: Waits = (300, 1800, 7200)
