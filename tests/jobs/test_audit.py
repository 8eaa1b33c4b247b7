"""The nightly audit: the head is told below one message a month, and what is broken is one question to a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from domain.kernel.ports import Ops
from domain.watch import audit as trail_audit
from domain.watch import checks, health, measures
from jobs import audit
from models import slot, trail
from models.db import Database
from models.slot import Key
from models.trail import Note
from tests.models import standing

NIGHT = datetime(2026, 11, 20, 2, 50, tzinfo=UTC)


@pytest.fixture(scope="module")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house whose trail holds three rows."""
    database = Database(database_url, pool=2, name="audit")
    async with database.begin() as db:
        for number in range(3):
            await trail.record(db, Note("x.y", f"T-{number}", "house"))
    yield standing.ops(database, NIGHT)
    await database.close()


async def _night(ops: Ops, number: int) -> dict[str, Any]:
    """One night's look, kept as the slot keeps it."""
    found = await audit.looked(ops)
    key = Key("audit", NIGHT.date(), f"{number}")
    async with ops.db.begin() as db:
        await slot.claim(db, key, NIGHT + timedelta(days=number), queue="q", limit=timedelta(minutes=1))
        await slot.end(db, key, "ran", "", found)
    return found


def _owner(ops: Ops, *statements: str) -> list[tuple[object, ...]]:
    engine = create_engine(ops.db.url)
    with engine.begin() as owner:
        done = [owner.execute(text(statement)) for statement in statements][-1]
        found = [tuple(row) for row in done] if done.returns_rows else []
    engine.dispose()
    return found


async def test_a_good_night_tells_the_head_once_below_the_message_of_its_month(ops: Ops) -> None:
    found = await _night(ops, 1)
    assert (found["rows"], found["broken"], found["grew"]) == (3, [], True)
    for _ in range(2):
        await audit.told(ops, "2026-11-20", found)
    assert await audit.told(ops, "2026-11-21", found)
    assert not await audit.told(ops, "2026-11-22", found | {"grew": False})
    said = _owner(ops, "select key, thread_key, card from outbox order by id")
    assert [row[:2] for row in said] == [
        ("trail:2026-11", None), ("trail:2026-11-20", "trail:2026-11"), ("trail:2026-11-21", "trail:2026-11"),
    ]  # fmt: skip
    assert f"3 rows, head {found['head']}" in str(said[1][2])
    assert (await _night(ops, 2))["grew"] is False
    async with ops.db.begin() as db:
        assert not await trail_audit.rewritten(db)


async def test_a_tail_that_is_cut_is_told_every_night_until_somebody_looked(ops: Ops) -> None:
    good = (await _night(ops, 3))["head"]
    _owner(
        ops,
        "alter table trail_link disable trigger trail_refuse",
        "delete from trail_link where seq = 3",
        "alter table trail_link enable trigger trail_refuse",
    )
    for number in (4, 5):
        found = await _night(ops, number)
        assert (found["head"], found["grew"]) == (good, False)
        assert str(found["broken"]).startswith("['I6 trail is broken: ")
    episodes = _owner(ops, "select cause, kind from escalation where state <> 'closed'")
    assert episodes == [("promise:I6 trail", "systemic")]
    async with ops.db.begin() as db:
        assert await trail_audit.rewritten(db)
    assert [
        one.name for one in checks.judge(await measures.look(ops), (), ops.policy.watch) if one.state == "bad"
    ].count("trail") == 1
    lines = health._trail(await _slots(ops), NIGHT + timedelta(days=6))
    assert [(line.mark, line.label) for line in lines] == [("bad", "trail")]


async def _slots(ops: Ops) -> list[slot.SlotRow]:
    async with ops.db.begin() as db:
        return await slot.recent(db, NIGHT)


async def test_health_says_when_the_trail_was_verified(ops: Ops) -> None:
    found = (await _slots(ops))[:1]
    assert found[0].ended_at
    (line,) = health._trail(found, found[0].ended_at + timedelta(hours=5))
    assert (line.mark, line.text) == ("ok", "3 rows, verified 5 hours ago.")
    assert health._trail([], NIGHT) == []
