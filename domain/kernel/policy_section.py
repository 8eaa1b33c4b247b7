"""What every section of ops.toml is: frozen, and a key nobody knows is refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A section of ops.toml: frozen, and a key nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
