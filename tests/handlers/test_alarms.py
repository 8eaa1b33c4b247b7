"""/ops drill: somebody who may begins one, which Slack is not asked for; everybody sees how the last ones went."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from handlers import alarms
from handlers.surface import Ask, Person
from tests.handlers.test_escalations import People
from tests.jobs.parts import Secrets, an_ops, fresh_database


@pytest.fixture(scope="module")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    bare = an_ops(fresh_database(stores.database_url, "ops_drill_test"))
    yield replace(bare, people=People(), secrets=Secrets({"OPS_ALARM_URLS": "json://127.0.0.1:9/"}))
    await bare.db.close()


async def _typed(ops: Ops, words: str, by: str) -> Any:
    return (await alarms.begun(ops, Ask("k1", "command", "/ops", Person(by), "C1", words))).card


async def test_a_drill_is_begun_by_who_may_and_slack_is_not_asked_for_it(ops: Ops) -> None:
    assert (await _typed(ops, "last", "U2")).conclusion == "There was none."
    with pytest.raises(InputError, match="Only @approver or @finance may do this"):
        await _typed(ops, "", "U2")
    assert (await _typed(ops, "", "U1")).title == "The drill has begun"
    async with ops.db.begin() as db:
        ((state, critical),) = await db.execute(
            text("select state, critical from outbox where key like 'drill:slack:%'")
        )
    assert (state, critical) == ("withheld", True)
    shown = await _typed(ops, "last", "U2")
    assert "no road has taken it yet" in str(shown)


async def test_without_a_second_road_there_is_nothing_to_try(ops: Ops) -> None:
    with pytest.raises(InputError, match="set OPS_ALARM_URLS"):
        await _typed(replace(ops, secrets=Secrets()), "", "U1")
