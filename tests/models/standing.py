"""An Ops over a real database for tests that need one: a clock that stands still, no vendors, no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import settings
from domain.kernel.department import Department
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from models.base import Db
from models.cache import Cache
from models.db import Database

POLICY = Path(__file__).resolve().parents[2] / "bot" / "ops.toml"


@dataclass
class Standing:
    """A clock that shows what it is set to."""

    at: datetime

    def now(self) -> datetime:
        """The time it is set to."""
        return self.at


class NoFlows:
    """An engine that begins nothing."""

    async def start(
        self, name: str, flow_id: str, args: Mapping[str, Any], *, queue: str, db: Db | None = None
    ) -> bool:
        """Nothing begins."""
        return False


class NoSecrets:
    """No credentials at all."""

    def get(self, name: str) -> str | None:
        """Not configured."""
        return None


def policy(**sections: Any) -> Policy:
    """The shipped policy with some sections replaced."""
    return Policy.model_validate({**settings.policy(POLICY).model_dump(), **sections})


def ops(database: Database, at: datetime, rules: Policy | None = None, departments: tuple[Department, ...] = ()) -> Ops:
    """The house with this database at this time."""
    return Ops(
        policy=rules or policy(),
        clock=Standing(at),
        db=database,
        cache=Cache(None),
        secrets=NoSecrets(),
        http=None,  # type: ignore[arg-type]  # nobody asks a vendor here
        flows=NoFlows(),
        departments=departments,
        boot_id="test",
    )
