"""Work that failed is told to who can do something about it, whoever handed it in and however it failed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.kernel.policy_failures import FailureRule, Failures
from domain.kernel.ports import Ops
from domain.tasks import desk, lifecycle, working
from domain.tasks.lifecycle import By
from jobs import troubles
from models.db import Database
from tests.domain.tasks import work


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    database = Database(database_url, pool=2, name="working")
    yield work.ops(database)
    await database.close()


@pytest.mark.parametrize(("requester", "told"), [("U1", 0), ("hook:shop", 1)], ids=["a person", "a webhook"])
async def test_what_was_handed_in_wrongly_is_told_to_somebody_who_can_read_it(
    ops: Ops, requester: str, told: int
) -> None:
    hand = work.hand("how was net revenue last week?", f"wrong:{requester}", requester=requester)
    row, _ = await desk.hand_in(ops, hand)
    assert await working.begun(ops, row.id, row.run, [])
    found = await working.failed(ops, row.id, row.run, "input", "The shop has no such order.")
    assert found == {"state": "failed", "after": None}
    async with ops.db.begin() as db:
        raised = await db.execute(text("select count(*) from failure where subject = :id"), {"id": row.id})
        assert raised.scalar() == told


async def test_work_that_ends_its_process_each_time_has_failed_and_is_told(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "poison", requester="hook:shop"))
    assert await working.begun(ops, row.id, row.run, [])
    await troubles.given_up(ops, f"task:{row.id}:{row.run}")
    assert (await desk.found(ops, row.id)).state == "failed"
    async with ops.db.begin() as db:
        asked = text("select cause, tried, trying from escalation where cause like '%' || :id")
        (told,) = await db.execute(asked, {"id": row.id})
    assert tuple(told)[:2] == (f"task.failed:{row.id}", "It was handed to another process each time.")
    assert told.trying == "“how was net revenue last week?” (question), asked by the webhook shop."
    again = await desk.resume(ops, row.id, By("user:U1"))
    await troubles.given_up(ops, f"task:{row.id}:{row.run}")
    assert (await desk.found(ops, row.id)).state == again.state == "queued"


@pytest.mark.parametrize("review", [True, False])
async def test_what_the_policy_wants_reviewed_asks_to_look_at_what_came_out(ops: Ops, *, review: bool) -> None:
    wishes = Failures(logic=FailureRule(review=review))
    ops = replace(ops, policy=ops.policy.model_copy(update={"failures": wishes}))
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", f"review:{review}"))
    assert await working.begun(ops, row.id, row.run, [])
    await working.failed(ops, row.id, row.run, "logic", "the total is missing")
    async with ops.db.begin() as db:
        asked = text("select needed from escalation where cause like '%' || :id")
        needed = (await db.execute(asked, {"id": row.id})).scalar_one()
    assert needed.startswith("Look at what came out") == review


def test_only_work_that_runs_is_checked() -> None:
    """`task_work.reported` moves by its own statement what the table allows."""
    assert lifecycle.FROM["checking"] == ("running",)
