"""What became of the work of the past, decided anew by other rules."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from domain.kernel.policy_tasks import Tasks
from domain.tasks import decision, intake
from domain.tasks.classify import RuleClassifier
from domain.tasks.decision import Change, Origin
from models import task
from models.db import Database
from models.task import Task
from tests.domain.tasks.shipped import TASKS

WORDS = ("pause ad set 12 because of stock", "chase deal 12", "paint the office")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    yield found
    await found.engine.dispose()


async def _handed_in(place: int, words: str) -> dict[str, object]:
    brief = intake.from_words(words, TASKS)
    routed = (await decision.decide(TASKS, RuleClassifier(TASKS), brief, Origin("slash", "U1"))).routed
    decided = {"rule": routed.rule, "department": routed.department or None, "path": routed.path}
    row = {"id": f"T-{place}", "origin": f"slash:{place}", "source": "slash", "requester": "U1", "state": "queued"}
    return {**row, **decided, "brief": brief.model_dump(mode="json"), "category": routed.category or None}


async def test_a_backtest_tells_what_would_go_elsewhere_and_changes_nothing(database: Database) -> None:
    rows = [await _handed_in(place, words) for place, words in enumerate(WORDS)]
    new = Tasks.model_validate(
        {**TASKS.model_dump(), "rules": [{"name": "all", "department": "marketing"}]},
    )
    async with database.begin() as db:
        await db.execute(insert(Task), [*rows, {**rows[0], "id": "T-9", "origin": "slash:9", "path": None}])
        await db.execute(insert(Task), {**rows[0], "id": "T-8", "origin": "slash:8", "brief": {"objective": ""}})
    async with database.begin() as db:
        same = await decision.backtest(TASKS, task.decided(db))
        found = await decision.backtest(new, task.decided(db))
    assert (same.tasks, same.unread, same.changes) == (4, 1, [])
    assert (found.tasks, found.unread) == (4, 1)
    assert found.changes == [
        Change(
            "T-1",
            "chase deal 12",
            ("follow_up", "sales", "propose", "leads_to_sales"),
            ("follow_up", "marketing", "propose", "all"),
        ),
        Change("T-2", "paint the office", ("", "", "escalate", ""), ("", "marketing", "escalate", "all")),
    ]
