"""The patrol finds work that stands still by what its finished peers needed, and work that nobody reads or follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.escalations import escalation
from domain.escalations.escalation import Person
from domain.kernel import ids
from domain.kernel.policy_work import Work
from domain.kernel.ports import Ops
from domain.tasks import desk, stalled
from domain.tasks.lifecycle import By
from models import task_patrol
from models.db import Database
from tests.domain.tasks import work

ME = By("user:U1")


@pytest_asyncio.fixture
async def ops(database_url: str) -> AsyncIterator[Ops]:
    database = Database(database_url, pool=2, name="stalled")
    async with database.begin() as db:
        await db.execute(text("truncate task, failure, escalation"))
    yield work.ops(database)
    await database.close()


async def _set(ops: Ops, task_id: str, **values: Any) -> None:
    """As if time had passed: intervals are taken off the database's clock."""
    set_ = ", ".join(
        f"{name} = clock_timestamp() - cast(:{name} as interval)"
        if name.endswith("_at")
        else f"{name} = cast(:next as jsonb)"
        if name == "next"
        else f"{name} = :{name}"
        for name in values
    )
    async with ops.db.begin() as db:
        await db.execute(text(f"update task set {set_} where id = :id"), {"id": task_id, **values})


async def _task(ops: Ops, origin: str, **values: Any) -> str:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", origin))
    if values:
        await _set(ops, row.id, **values)
    return row.id


@pytest.mark.parametrize(
    ("took", "threshold"), [(None, 30), (timedelta(minutes=2), 30), (timedelta(minutes=20), 60)], ids=str
)
def test_the_threshold_is_learned_from_peers_and_has_a_floor(took: timedelta | None, threshold: int) -> None:
    assert stalled.threshold(Work(), took) == timedelta(minutes=threshold)


async def test_what_stands_still_longer_than_its_peers_needed_is_stuck(ops: Ops) -> None:
    for number in range(10):
        took = timedelta(minutes=60 + number)
        await _task(ops, f"peer:{number}", state="done", created_at=took, moved_at=timedelta(0), read_at=timedelta(0))
    slow = await _task(ops, "slow", state="running", moved_at=timedelta(hours=2))
    stuck = await _task(ops, "stuck", state="running", moved_at=timedelta(hours=4))
    assert await stalled.round(ops) == {"stuck": [stuck]}
    assert slow not in await _subjects(ops)


async def test_when_an_outcome_was_read_says_nothing_of_how_long_work_takes(ops: Ops) -> None:
    done = await _task(ops, "done", state="done", created_at=timedelta(hours=9), moved_at=timedelta(hours=8))
    await desk.read_by(ops, done, ME)
    async with ops.db.begin() as db:
        took = (await task_patrol.peers(db, least=1))["question"]
    assert took < timedelta(hours=2)


async def test_without_peers_the_floor_counts(ops: Ops) -> None:
    stuck = await _task(ops, "stuck", state="queued", moved_at=timedelta(minutes=31))
    await _task(ops, "fresh", state="queued", moved_at=timedelta(minutes=29))
    await _task(ops, "asked", state="asking", moved_at=timedelta(hours=9))
    assert await stalled.round(ops) == {"stuck": [stuck]}


async def test_what_is_late_circles_or_is_unread_is_one_trouble_each_and_over_once_mended(ops: Ops) -> None:
    late = await _task(ops, "late", state="waiting", limit_at=timedelta(minutes=1))
    circling = await _task(ops, "circling", state="asking", run=9)
    unread = await _task(ops, "unread", state="done", moved_at=timedelta(hours=25))
    await _task(ops, "read", state="done", moved_at=timedelta(hours=25), read_at=timedelta(0))
    found = {"late": [late], "circling": [circling], "unread": [unread]}
    assert await stalled.round(ops) == found
    assert await stalled.round(ops) == found
    async with ops.db.begin() as db:
        assert (await db.execute(text("select count(*) from escalation"))).scalar() == 3
    await desk.read_by(ops, unread, ME)
    assert "unread" not in await stalled.round(ops)
    async with ops.db.begin() as db:
        query = text("select well_at is not null from escalation where cause = :cause")
        assert (await db.execute(query, {"cause": f"task.unread:{unread}"})).scalar()


async def test_a_next_step_that_was_not_begun_is_missed(ops: Ops) -> None:
    alone = await _task(ops, "alone", state="done", read_at=timedelta(0), next='[{"words": "x"}]')
    assert await stalled.round(ops) == {"unfollowed": [alone]}
    key = ids.of("E", f"task.unfollowed:{alone}:1")
    await escalation.close(ops, key, "Done by hand.", Person("U9", "approver"))
    assert await stalled.round(ops) == {}, "a person has seen to it"


async def test_a_next_step_that_was_begun_is_not_missed(ops: Ops) -> None:
    alone = await _task(ops, "parent", state="done", read_at=timedelta(0), next='[{"words": "x"}]')
    child = await _task(ops, "child")
    async with ops.db.begin() as db:
        await db.execute(text("update task set parent_id = :parent where id = :id"), {"parent": alone, "id": child})
    assert await stalled.round(ops) == {}


async def _subjects(ops: Ops) -> list[str]:
    async with ops.db.begin() as db:
        return [row[0] for row in await db.execute(text("select subject from failure"))]
