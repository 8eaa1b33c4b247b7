"""/ops jobs: the list, and one job run, paused or resumed by somebody who may; a click twice is once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.card import Lines
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.watch import health, honesty
from domain.watch import jobs as standing
from handlers import jobs
from handlers.surface import Ask, Person
from jobs import job
from jobs.timetable import TIMETABLE
from tests.handlers.test_escalations import People
from tests.jobs.parts import an_ops, emptied, fresh_database


@pytest.fixture(scope="module")
async def _ops(stores: Stores) -> AsyncIterator[Ops]:
    bare = an_ops(fresh_database(stores.database_url, "ops_jobs_test"))
    yield replace(bare, people=People(), plans=job.plans(TIMETABLE, bare.policy))
    await bare.db.close()


@pytest.fixture
async def ops(_ops: Ops) -> Ops:
    await emptied(_ops)
    return _ops


async def _typed(ops: Ops, words: str, by: str = "U1", key: str = "k1") -> str:
    """The title of what is answered."""
    return (await jobs.told(ops, Ask(key, "command", "/ops", Person(by), "C1", words))).card.title


async def _rows(ops: Ops, asked: str) -> list[Any]:
    async with ops.db.begin() as db:
        return [tuple(row) for row in await db.execute(text(asked))]


async def _told(ops: Ops, job: str) -> str:
    return next(one.told for one in await standing.entries(ops) if one.name == job)


async def test_the_list_names_every_job_with_what_comes_next(ops: Ops) -> None:
    card = await standing.card(ops)
    assert card.conclusion == f"All {len(TIMETABLE)} go by their timetable."
    (lines, _) = card.parts
    assert isinstance(lines, Lines)
    assert [line.label for line in lines.lines] == [one.name for one in TIMETABLE]
    assert all(line.at for line in lines.lines)


async def test_a_job_run_by_hand_begins_one_slot_for_each_click(ops: Ops) -> None:
    assert await _typed(ops, "run orders") == "orders begins now"
    assert await _typed(ops, "run orders") == "orders begins now"
    assert [state for (state,) in await _rows(ops, "select state from slot where job = 'orders'")] == ["claimed"]
    assert await _typed(ops, "run orders", key="k2") == "orders runs already"
    assert len(await _rows(ops, "select from flow where id like 'orders:%'")) == 1
    begun = "select by, cause from trail where what = 'job.begun' and subject = 'job:orders'"
    assert await _rows(ops, begun) == [("user:U1", "k1")]
    assert await _told(ops, "orders") == "waits to begin"


async def test_a_job_rests_until_it_is_resumed_and_everybody_sees_who_paused_it(ops: Ops) -> None:
    assert await _typed(ops, "pause ads until the budget is set") == "ads is paused"
    assert await _typed(ops, "pause ads") == "ads rests already"
    assert await _told(ops, "ads") == "paused by @approver: until the budget is set"
    (line,) = standing.paused(await honesty.standing(ops))
    assert line.text == "paused by @approver: until the budget is set; /ops jobs resume ads"
    assert "1 of" in (await standing.card(ops)).conclusion
    assert await _typed(ops, "resume ads") == "ads goes on"
    assert await _typed(ops, "resume ads") == "ads is not paused"
    assert await _told(ops, "ads") == "has not come yet"
    assert health.jobs([], [], ops.clock.now()) == []


@pytest.mark.parametrize("word", ["run", "pause", "resume"])
async def test_only_who_runs_the_house_may(ops: Ops, word: str) -> None:
    assert await _typed(ops, f"{word} orders", by="U2") == "You may not decide this"
    assert await _rows(ops, "select from slot") == await _rows(ops, "select from job_state") == []
    assert await _rows(ops, "select from trail where what = 'manage.denied' and subject = 'job:orders'")


@pytest.mark.parametrize("words", ["make coffee", "run", "pause odrers", "run odrers"])
async def test_what_is_not_known_is_told_with_what_there_is(ops: Ops, words: str) -> None:
    with pytest.raises(InputError, match=r"such as: /ops jobs run orders|there are: .*\borders\b"):
        await _typed(ops, words)
