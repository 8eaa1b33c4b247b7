"""A house that takes work in and begins nothing by itself, for tests of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from domain.kernel.ports import Ops
from domain.tasks import intake
from domain.tasks.desk import Hand
from models.base import Db
from models.db import Database
from models.directory import Who
from tests.models import standing

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@dataclass
class Begun:
    """An engine that writes down what it was to begin."""

    flows: list[tuple[str, str, str]] = field(default_factory=list)

    async def start(
        self, name: str, flow_id: str, args: Mapping[str, Any], *, queue: str, db: Db | None = None
    ) -> bool:
        self.flows.append((name, flow_id, queue))
        return True


PEOPLE = {
    "U1": Who("U1", "asker", "T1", "", "1"),
    "U2": Who("U2", "colleague", "T1", "", "2"),
    "U5": Who("U5", "guest", "T1", "guest", ""),
    "U9": Who("U9", "approver", "T1", "", "9"),
}


class Team:
    """Who Slack knows; the approver runs the house."""

    async def look(self, user_id: str) -> Who | None:
        return PEOPLE.get(user_id)


def ops(database: Database) -> Ops:
    return replace(standing.ops(database, NOW), flows=Begun(), people=Team())


def hand(words: str, origin: str, *, source: str = "slash", requester: str = "U1") -> Hand:
    return Hand(intake.from_words(words, standing.policy().tasks), origin, source, requester, "C1")
