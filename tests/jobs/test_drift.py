"""What the doctor finds in the night is kept, told once, and over when it is well again; what is unseen stays open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.finding import Finding, bad, ok, unseen, warn
from domain.kernel.ports import Ops
from domain.watch import drifted
from domain.watch.health import card
from handlers import plain
from jobs import drift
from models import check
from tests.jobs.parts import an_ops, emptied, fresh_database

ARCHIVED = bad("slack.channel.pulse", "#ops-pulse is archived.", "Unarchive it.")
OPEN = bad("files.data", "var is open to others.", "chmod 0700 var")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    ops = an_ops(fresh_database(stores.database_url, "drift_test"))
    await emptied(ops)
    yield ops
    await ops.db.close()


async def night(ops: Ops, *found: Finding) -> list[str]:
    """One night in which the doctor finds this; the troubles that stand after it."""

    async def examine(_ops: Ops) -> Sequence[Finding]:
        return found

    assert await drift.looked(replace(ops, examine=examine), "2026-11-20") is not None
    return await troubled(ops)


async def troubled(ops: Ops) -> list[str]:
    """The troubles of drift that were not seen well."""
    asked = """
        select cause from escalation e where cause like 'drift:%' and state <> 'closed' and (well_at is null
          or exists (select from failure f where f.escalation_id = e.id and f.at > e.well_at)) order by 1
    """
    async with ops.db.begin() as db:
        return list((await db.execute(text(asked))).scalars())


async def test_a_finding_is_told_and_is_over_when_it_is_well(ops: Ops) -> None:
    told = ["drift:files.data", "drift:slack.channel.pulse"]
    assert await night(ops, ARCHIVED, OPEN, warn("slack.scopes.spare", "One too many.", "Take it away.")) == told
    assert await night(ops, ARCHIVED, OPEN) == told
    assert await night(ops, unseen("slack", "Slack tells nothing."), ok("files.data", "var is closed.")) == told[1:]
    assert await night(ops, ok("slack.channel.pulse", "It is there.")) == []


async def test_what_drifted_stands_on_the_health_card(ops: Ops) -> None:
    await night(ops, OPEN, ok("policy", "No mistake."))
    async with ops.db.begin() as db:
        kept = await check.under(db, drifted.KEPT, drifted.FRESH)
    assert {one.name: one.state for one in kept}["drift.files.data"] == "bad"
    said = plain.render(await card(ops))
    assert "files.data" in said
    assert "drift.policy" not in said
    await night(ops)


async def test_where_nobody_can_look_nothing_is_taken_for_well(ops: Ops) -> None:
    await night(ops, OPEN)
    assert await drift.looked(ops, "2026-11-20") is None
    assert await troubled(ops) == ["drift:files.data"]
