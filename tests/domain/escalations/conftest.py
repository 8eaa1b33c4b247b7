"""Escalations on a database of their own: failures by the row, and time that passes because the rows are moved back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.escalations import batch, failures
from domain.escalations.failures import Failure
from domain.kernel import card as cards
from domain.kernel.card import Card
from domain.kernel.policy_failures import Fault
from domain.kernel.ports import Ops
from tests.jobs.parts import an_ops, emptied, fresh_database

_TIMES = ("first_at", "last_at", "flush_at", "posted_at", "closed_at", "well_at", "snoozed_until", "deadline_at")

_UNTOLD = f"""
select e.id, to_jsonb(e) - '{{{",".join(_TIMES)}}}'::text[] as stands, t.row - '{{{",".join(_TIMES)}}}'::text[] as told
from escalation e
left join lateral (select body->'row' as row from trail where subject = e.id order by id desc limit 1) t on true
where to_jsonb(e) - '{{{",".join(_TIMES)}}}'::text[] is distinct from t.row - '{{{",".join(_TIMES)}}}'::text[]
"""


def failure(cause: str, detail: str = "it broke", kind: Fault = "transient", *, retried: bool = True) -> Failure:
    return Failure(
        cause=cause,
        kind=kind,
        detail=detail,
        title=f"{cause} fails",
        trying="Read the orders.",
        tried="Three times.",
        needed="Look at the shop.",
        job="orders",
        retried=retried,
    )


@dataclass
class Room:
    """The channel and the rows behind it."""

    ops: Ops
    cause: str
    """The test's own: the trail of others stays, because nobody empties it."""

    async def fail(self, *found: Failure) -> None:
        async with self.ops.db.begin() as db:
            await failures.raised(self.ops, db, found)

    async def flush(self, after_minutes: float = 0) -> int:
        if after_minutes:
            await self.pass_(after_minutes)
        return await batch.flush(self.ops)

    async def pass_(self, minutes: float) -> None:
        """Let time go by: everything is so much older."""
        back = ", ".join(f"{name} = {name} - make_interval(secs => :s)" for name in _TIMES)
        async with self.ops.db.begin() as db:
            for statement in (
                f"update escalation set {back}",
                "update failure set at = at - make_interval(secs => :s)",
                "update outbox set created_at = created_at - make_interval(secs => :s)",
            ):
                await db.execute(text(statement), {"s": minutes * 60})

    async def rows(self, asked: str, **given: Any) -> list[Any]:
        async with self.ops.db.begin() as db:
            return list(await db.execute(text(asked), given))

    async def one(self, asked: str, **given: Any) -> Any:
        return (await self.rows(asked, **given))[0][0]

    async def posts(self) -> list[str]:
        """The keys of every message, updates not counted."""
        found = await self.rows("select key from outbox where target = 'post' order by id")
        return [row[0] for row in found]

    async def shown(self, cause: str) -> Card:
        """The card of a cause as it stands in the channel."""
        found = await self.rows(
            "select o.card from outbox o join escalation e on o.key in ('escalation:' || e.id,"
            " 'update:escalation:' || e.id) where e.cause = :cause order by o.id desc limit 1",
            cause=cause,
        )
        return cards.from_json(found[0][0])

    async def id_of(self, cause: str) -> str:
        return str(await self.one("select id from escalation where cause = :c order by episode desc limit 1", c=cause))

    async def state(self, cause: str) -> str:
        return str(
            await self.one("select state from escalation where cause = :c order by episode desc limit 1", c=cause)
        )

    async def sent(self) -> None:
        """Slack has taken what was said, so that a change is an update behind it."""
        async with self.ops.db.begin() as db:
            await db.execute(text("update outbox set state = 'sent', ts = '1.' || id, channel_id = 'C1', attempts = 1"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def _ops(stores: Stores) -> AsyncIterator[Ops]:
    ops = an_ops(fresh_database(stores.database_url, "escalations_test"))
    yield ops
    await ops.db.close()


@pytest_asyncio.fixture(loop_scope="session")
async def room(_ops: Ops, request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """A house without troubles; at the end of every test each row is what its trail says, but for the time it moved."""
    await emptied(_ops)
    found = Room(_ops, f"vendor:{request.node.name}")
    yield found
    assert await found.rows(_UNTOLD) == []
