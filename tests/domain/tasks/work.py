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


def ops(database: Database) -> Ops:
    return replace(standing.ops(database, NOW), flows=Begun())


def hand(words: str, origin: str, *, source: str = "slash", requester: str = "U1") -> Hand:
    return Hand(intake.from_words(words, standing.policy().tasks), origin, source, requester, "C1")
