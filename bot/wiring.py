"""Every port meets its implementation: the one place where the house is put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from bot import settings, stores
from bot.settings import Settings
from bot.stores import Stores
from domain.kernel.breaker import Breaker, Forgetful
from domain.kernel.department import Department
from domain.kernel.errors import RefusedError
from domain.kernel.people import Kept
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.logistics import department as logistics
from domain.marketing import department as marketing
from domain.pulse import department as orchestrator
from domain.sales import department as sales
from jobs import job, timetable
from jobs.flows import FlowsClient
from models import policy_version
from models.cache import Cache
from models.db import Database
from models.wire import LOST

DEPARTMENTS: tuple[Department, ...] = (
    logistics.DEPARTMENT,
    marketing.DEPARTMENT,
    sales.DEPARTMENT,
    orchestrator.DEPARTMENT,
)
_NOWHERE = Stores("postgresql+psycopg:///nowhere?host=/nowhere", None)


@dataclass(frozen=True)
class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time now, aware UTC."""
        return datetime.now(UTC)


async def policy(found: Settings, database: Database) -> Policy:
    """The policy in force; what the file says before there is one, when nobody can tell, or when it cannot be used."""
    with suppress(*LOST, RefusedError):
        async with database.begin() as db:
            now = await policy_version.standing(db, "in_force")
        if now is not None:
            return settings.parsed(now.body, "The policy in force")
    return settings.policy(found.ops_policy)


@asynccontextmanager
async def house(
    found: Settings, process: str, *, pool: int = 4, where: Stores | None = None, rules: Policy | None = None
) -> AsyncIterator[Ops]:
    """Everything a deed needs, opened for one process and closed after it.

    Its stores are the known ones and its policy is the one in force, unless others are given.
    """
    where = where or stores.known(found.ops_data_dir, os.environ)
    database = Database(where.database_url, pool=pool, name=f"operations-brain {process}")
    cache = Cache(where.redis_url)
    secrets = settings.credentials()
    http = Client(secrets, Breaker(database))
    flows = FlowsClient(where.database_url, database.begin)
    rules = rules or await policy(found, database)
    await cache.ping()
    try:
        yield Ops(
            policy=rules,
            clock=WallClock(),
            db=database,
            cache=cache,
            secrets=secrets,
            http=http,
            flows=flows,
            departments=DEPARTMENTS,
            boot_id=f"{process}-{uuid4().hex[:12]}",
            people=Kept(database),
            plans=job.plans(timetable.of(rules), rules),
        )
    finally:
        await http.close()
        await cache.close()
        flows.close()
        await database.close()


@asynccontextmanager
async def still(found: Settings, process: str, rules: Policy | None = None) -> AsyncIterator[Ops]:
    """A house that stands still: its stores do not answer, vendors do, and nothing they do is remembered."""
    async with house(found, process, pool=1, where=_NOWHERE, rules=rules) as ops:
        http = Client(ops.secrets, Forgetful(ops.db))
        try:
            yield replace(ops, http=http)
        finally:
            await http.close()
