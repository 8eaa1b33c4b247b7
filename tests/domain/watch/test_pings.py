"""Whoever must be heard of from outside is judged by the last word, and missed when it is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.kernel.policy_watch import Watch
from domain.kernel.ports import Ops
from domain.watch import pings
from domain.watch.pings import Pinged
from models.ping import Heard

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def _judged(ops: Ops) -> dict[str, str]:
    async with ops.db.begin() as db:
        found = await pings.standing(ops.policy.watch, db)
    return {one.name: one.state for one in pings.judge(NOON, found)}


def _with(ops: Ops, watch: Watch) -> Ops:
    return replace(ops, policy=ops.policy.model_copy(update={"watch": watch}))


async def test_a_watchdog_never_heard_of_is_missed_only_when_it_is_expected(ops: Ops) -> None:
    assert await _judged(ops) == {}
    expecting = _with(ops, Watch(watchdog_expected=True))
    assert await _judged(expecting) == {"watchdog": "ok"}, "its time begins now"
    async with ops.db.begin() as db:
        await db.execute(text("update ping set at = at - interval '16 minutes'"))
    assert await _judged(expecting) == {"watchdog": "bad"}


async def test_nobody_is_heard_who_is_not_waited_for(ops: Ops) -> None:
    assert not await pings.hear(ops, "backup", "success", "")
    waiting = _with(ops, Watch(pings={"backup": 60}))
    assert await pings.hear(waiting, "backup", "success", "")
    assert await _judged(waiting) == {"ping.backup": "ok"}
    assert await _judged(ops) == {}, "who is no longer waited for is no longer missed"


async def test_beginning_anew_does_not_undo_a_failure_and_a_success_does(ops: Ops) -> None:
    for kind, state in (("start", "ok"), ("fail", "bad"), ("start", "bad"), ("success", "ok")):
        await pings.hear(ops, "watchdog", kind, "no\0 road\n works")
        assert await _judged(ops) == {"watchdog": state}, kind


async def test_whoever_begins_again_and_again_and_never_ends_is_missed(ops: Ops) -> None:
    await pings.hear(ops, "watchdog", "success", "")
    async with ops.db.begin() as db:
        await db.execute(text("update ping set at = at - interval '16 minutes'"))
    await pings.hear(ops, "watchdog", "start", "")
    assert await _judged(ops) == {"watchdog": "bad"}


@pytest.mark.parametrize(
    ("kind", "minutes", "said"),
    [
        ("success", 3, "watchdog was heard of 3 minutes ago."),
        ("start", 16, "watchdog has not been heard of for 16 minutes."),
        ("fail", 1, "watchdog says that it failed: no road works."),
    ],
)
def test_it_is_said_in_a_sentence(kind: str, minutes: int, said: str) -> None:
    heard = Heard("watchdog", kind, "no road works.", *[timedelta(minutes=minutes)] * 2)
    (found,) = pings.judge(NOON, [Pinged(heard, timedelta(minutes=15))])
    assert found.text == said
