"""The section [actions] of ops.toml: the kinds of action this company never takes, beside those no house takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.kernel.policy_section import Strict

Pattern = Annotated[str, Field(pattern=r"^[a-z*][a-z_.*]*$")]
"""A kind such as shopify.release_hold; a star stands for any letters."""


class ActionPolicy(Strict):
    """What is never done at a vendor."""

    forbidden: tuple[Pattern, ...] = ()
