"""People as they were last read from Slack: for the processes that do not speak with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import directory
from models.directory import Who

if TYPE_CHECKING:
    from models.db import Database

FRESH_S = 600.0
"""What is older does not say who somebody is."""


@dataclass(frozen=True)
class Kept:
    """Looks in the person table."""

    db: Database

    async def look(self, user_id: str) -> Who | None:
        """The person as read within the last ten minutes, else None."""
        async with self.db.begin() as db:
            return await directory.person(db, user_id, fresh_for=FRESH_S)
