"""What the house needs from outside: a clock, stores, secrets, the engine; Ops bundles it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from models.base import Db
from models.directory import Who

if TYPE_CHECKING:
    from domain.kernel.department import Department
    from domain.kernel.finding import Finding
    from domain.kernel.plan import Plan
    from domain.kernel.policy import Policy
    from domain.kernel.vendor import Http
    from models.cache import Cache
    from models.db import Database


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The time now, aware UTC."""
        ...


class Flows(Protocol):
    """The durable engine: a flow once begun is finished, on whatever process lives."""

    async def start(
        self, name: str, flow_id: str, args: Mapping[str, Any], *, queue: str, db: Db | None = None
    ) -> bool:
        """Begin flow `name` under `flow_id`, inside `db` when given; False when that id was begun before."""
        ...


class Secrets(Protocol):
    """Credentials by name, from the environment or files; never from the database."""

    def get(self, name: str) -> str | None:
        """The secret, or None when it is not configured."""
        ...


class People(Protocol):
    """Who somebody is at this moment: for what must not be decided on old knowledge."""

    async def look(self, user_id: str) -> Who | None:
        """The person as Slack tells now; None when nobody can tell, and then nothing may be allowed."""
        ...


class Nobody:
    """Where people cannot be looked up: everybody is unknown."""

    async def look(self, _user_id: str) -> Who | None:
        """Always None."""
        return None


NOBODY = Nobody()


Examine = Callable[["Ops"], Awaitable[Sequence["Finding"]]]


@dataclass(frozen=True)
class Ops:
    """Everything a deed needs; the first parameter `ops` marks a deed: one transaction, one flow step."""

    policy: Policy
    clock: Clock
    db: Database
    cache: Cache
    secrets: Secrets
    http: Http
    flows: Flows
    departments: tuple[Department, ...]
    boot_id: str
    people: People = NOBODY
    plans: tuple[Plan, ...] = ()
    """Every job of the timetable as the clock sees it."""
    examine: Examine | None = None
    """Compares the house with what is declared of it; None where nobody can."""

    def today(self) -> date:
        """The company's date now."""
        return self.clock.now().astimezone(self.policy.company.tz).date()
