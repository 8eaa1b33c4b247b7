"""An Ops on a fresh database of the session's server, with a clock that stands where the test puts it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text

from domain.kernel.plan import Plan
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from domain.watch import slots
from domain.watch.timing import Due
from domain.watch.vitals import Vitals
from jobs import flows
from models.base import Base
from models.cache import Cache
from models.db import Database
from models.slot import Key
from tests.databases import fresh_database as fresh_database  # noqa: PLC0414 - handed on

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Secrets:
    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = dict(known or {})

    def get(self, name: str) -> str | None:
        return self.known.get(name)


async def run_now(ops: Ops, plan: Plan, name: str = "now") -> Key | None:
    """Run a job outside its timetable, under today's date and the label `name`; None when that ran before."""
    due = Due(ops.clock.now(), ops.today(), name)
    async with ops.db.begin() as db:
        taken = await slots.claim(ops, db, plan, due)
    return Key(plan.job, due.day, due.slot) if taken == "begun" else None


def well(role: str) -> dict[str, Any]:
    """What a process that is well tells with its beat."""
    told: dict[str, Any] = {**Vitals().read(), "clock": {"jump_s": None, "steady_s": 60.0}}
    slack: dict[str, Any] = {"links": 2, "links_wanted": 2, "closed": None, "problems": [], "silent_s": 1.0}
    return {**told, "slack": slack} if role == "bot" else told


async def emptied(ops: Ops) -> None:
    """Every table of the house and of the engine without a row, but for the trail, which nobody empties."""
    names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables if "trail" not in table.name)
    async with ops.db.begin() as db:
        await db.execute(text("set local role none"))
        await db.execute(text(f"truncate {names}"))
        await db.execute(text("truncate dbos.workflow_status cascade"))


def policy(**changes: Any) -> Policy:
    shipped = tomllib.loads((ROOT / "bot" / "ops.toml").read_text())
    return Policy.model_validate({**shipped, **changes})


def an_ops(
    url: str, *, clock: Any = None, boot_id: str = "boot-test", cache: Cache | None = None, **changes: Any
) -> Ops:
    """What a deed needs, with the parts a test does not touch left out."""
    database = Database(url)
    return Ops(
        policy=policy(**changes),
        clock=clock or RealClock(),
        db=database,
        cache=cache or Cache(None),
        secrets=Secrets(),
        http=cast("Any", None),
        flows=flows.FlowsClient(url, database.begin),
        departments=(),
        boot_id=boot_id,
    )
