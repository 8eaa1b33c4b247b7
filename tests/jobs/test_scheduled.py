"""What the policy schedules is handed in once for its moment, in the name of who it is for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time

import pytest
import pytest_asyncio
from pydantic import ValidationError

from domain.kernel.errors import InputError
from domain.kernel.policy_work import Work
from domain.kernel.ports import Ops
from domain.tasks import desk, scheduled
from jobs import job, timetable
from models import directory
from models.db import Database
from models.directory import Who
from tests.domain.tasks import work

MONDAY = {
    "name": "monday_figures",
    "at": ["07:00"],
    "weekdays": ["mon"],
    "words": "figures of logistics",
    "by": "@asker",
}
RULES = Work.model_validate({"scheduled": [MONDAY]})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    database = Database(database_url, pool=2, name="scheduled")
    ops = work.ops(database)
    async with database.begin() as db:
        await directory.keep_people(db, [Who("U1", "asker", "T1", "")])
    yield replace(ops, policy=ops.policy.model_copy(update={"work": RULES}))
    await database.close()


def test_a_schedule_is_a_job_of_the_timetable_and_may_be_changed_as_one(ops: Ops) -> None:
    (plan,) = [one for one in job.plans(timetable.of(ops.policy), ops.policy) if one.job == "task-monday_figures"]
    assert (plan.timing.at, plan.timing.weekdays, plan.args) == ((time(7),), ("mon",), {"name": "monday_figures"})
    assert plan.flow in {one.name for one in timetable.workflows()}


async def test_it_is_handed_in_once_for_its_moment(ops: Ops) -> None:
    first = await scheduled.hand_in(ops, "monday_figures", "2026-11-16:07:00")
    assert first
    assert await scheduled.hand_in(ops, "monday_figures", "2026-11-16:07:00") == first
    assert await scheduled.hand_in(ops, "monday_figures", "2026-11-23:07:00") != first
    task = await desk.found(ops, first)
    assert (task.source, task.requester, task.state) == ("schedule:monday_figures", "U1", "queued")


async def test_what_the_policy_has_no_more_is_not_handed_in(ops: Ops) -> None:
    assert await scheduled.hand_in(ops, "tuesday_figures", "2026-11-16:07:00") is None


async def test_work_for_nobody_is_refused(ops: Ops) -> None:
    rules = Work.model_validate({"scheduled": [{**MONDAY, "by": "nobody"}]})
    lost = replace(ops, policy=ops.policy.model_copy(update={"work": rules}))
    with pytest.raises(InputError, match="nobody in this workspace is called @nobody"):
        await scheduled.hand_in(lost, "monday_figures", "2026-11-16:07:00")


@pytest.mark.parametrize("change", [{"at": []}, {"weekdays": ["fun"]}, {"words": ""}, {"by": ""}, {"name": "A b"}])
def test_a_schedule_that_cannot_be_meant_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Work.model_validate({"scheduled": [{**MONDAY, **change}]})


def test_two_schedules_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="two schedules are called"):
        Work.model_validate({"scheduled": [MONDAY, MONDAY]})
