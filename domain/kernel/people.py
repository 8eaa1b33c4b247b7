"""People as they were last read from Slack: for the processes that do not speak with it; and how who acts is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import directory
from models.directory import Who

if TYPE_CHECKING:
    from models.db import Database

FRESH_S = 600.0
"""What is older does not say who somebody is."""
_OTHERS = {"job": "the house ({})", "hook": "the webhook {}", "bot": "the {} bot"}


def called(who: str, names: Mapping[str, str]) -> str:
    """How `user:ID`, an id, `job:NAME`, `hook:NAME`, `bot:DEPARTMENT` or `house` is called; `names` holds handles."""
    if known := names.get(who):
        return f"@{known}"
    kind, _, name = who.partition(":")
    if who == "house":
        return "the house"
    return _OTHERS[kind].format(name) if name and kind in _OTHERS else who.removeprefix("user:") or "nobody"


@dataclass(frozen=True)
class Kept:
    """Looks in the person table."""

    db: Database

    async def look(self, user_id: str) -> Who | None:
        """The person as read within the last ten minutes, else None."""
        async with self.db.begin() as db:
            return await directory.person(db, user_id, fresh_for=FRESH_S)
