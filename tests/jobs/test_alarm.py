"""A Slack that is shut is told of once, at once when it says no, and is well when it takes something again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.escalations import batch
from domain.kernel.ports import Ops
from domain.watch import executors
from domain.watch.alarm import Roads
from handlers import plain
from jobs import alarm
from jobs.alarm import Gate
from tests.jobs.parts import Secrets, an_ops, emptied, fresh_database
from tests.receiver import http_receiver


@pytest_asyncio.fixture(loop_scope="session")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    found = an_ops(fresh_database(stores.database_url, "gate_test"))
    await emptied(found)
    yield found
    await found.db.close()


async def _beat(ops: Ops, **slack: Any) -> None:
    await executors.beat(ops, "bot", {"slack": {"links": 2, "links_wanted": 2, "closed": None, **slack}})


async def _rows(ops: Ops, asked: str) -> list[Any]:
    async with ops.db.begin() as db:
        return [tuple(row) for row in await db.execute(text(asked))]


async def _failures(ops: Ops) -> int:
    return len(await _rows(ops, "select 1 from failure where cause = 'check:slack'"))


async def test_a_refused_token_is_told_at_once_and_over_when_it_works_again(ops: Ops) -> None:
    gate = Gate()
    await gate.look(ops)
    await _beat(ops)
    await gate.look(ops)
    assert await _failures(ops) == 0, "nobody told anything, or all is well"
    await _beat(ops, closed="token_revoked")
    for _ in range(3):
        await gate.look(ops)
    assert await _failures(ops) == 1
    ((wrong,),) = await _rows(ops, "select wrong from escalation where cause = 'check:slack'")
    assert "(token_revoked)" in wrong
    assert "a new token needs a restart" in wrong
    await executors.die(ops)
    await gate.look(ops)
    assert await _rows(ops, "select well_at is null from escalation where cause = 'check:slack'") == [(True,)]
    await _beat(ops)
    await gate.look(ops)
    assert await _rows(ops, "select well_at is not null from escalation where cause = 'check:slack'") == [(True,)]


async def test_a_lost_connection_has_as_long_as_an_alarm(ops: Ops) -> None:
    gate, patient = Gate(), ops
    await _beat(ops, links=0)
    await gate.look(patient)
    assert await _failures(ops) == 0
    hasty = ops.policy.alarm.model_copy(update={"second_road_after_seconds": 0.0})
    await gate.look(replace(ops, policy=ops.policy.model_copy(update={"alarm": hasty})))
    assert await _failures(ops) == 1


async def test_a_revoked_token_leaves_by_the_second_road_without_waiting(ops: Ops, tmp_path: Path) -> None:
    async with http_receiver() as there:
        ops = replace(ops, secrets=Secrets({"OPS_ALARM_URLS": there.address}))
        await _beat(ops, closed="token_revoked")
        task = asyncio.ensure_future(alarm.attending(Roads(plain.render, tmp_path), every=0.05)(ops))
        try:
            async with asyncio.timeout(10):
                while not there.got:
                    await batch.flush(ops)
                    await asyncio.sleep(0.05)
        finally:
            task.cancel()
    assert "(token_revoked)" in there.got[0]["message"]


async def test_what_goes_wrong_with_one_look_ends_nothing(
    ops: Ops, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(ops, policy=None)  # type: ignore[arg-type]  # whatever is wrong, the next alarm must be looked at
    task = asyncio.ensure_future(alarm.attending(Roads(plain.render, tmp_path), every=0.05)(broken))
    await asyncio.sleep(0.2)
    assert not task.done()
    task.cancel()
    assert "alarms could not be looked after" in caplog.text
