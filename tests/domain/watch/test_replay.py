"""Whatever moved, the replayed trail equals the tables; whatever moved past the trail is named with both values."""

from __future__ import annotations

import ast
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, text

from domain.kernel.ports import Ops
from domain.watch import replay
from models import trail
from models.approval import Autonomy
from models.db import Database
from models.replay import TABLES
from models.task import STATES, Task
from models.trail import Note
from tests.models import standing

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house in which forty tasks and three autonomies were moved about at random."""
    database = Database(database_url, pool=2, name="replay")
    chance = random.Random(3)
    for number in range(40):
        await _born(database, f"T-{number}")
    for _ in range(25):
        async with database.begin() as db:
            for _ in range(chance.randrange(1, 8)):
                await _moved(db, f"T-{chance.randrange(40)}", chance)
    async with database.begin() as db:
        for kind in ("a.b", "a.c", "a.d"):
            values = {"kind": kind, "level": "approve", "by": "user:U1", "why": "ü \U0001f600"}
            await trail.born(db, Autonomy, values, Note("autonomy.set", kind, "user:U1"))
        await trail.record(db, Note("click.refused", "T-1", "user:U1"), {"row": {"id": "T-1"}})
    yield standing.ops(database, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    await database.close()


async def _born(database: Database, key: str) -> None:
    values = {"id": key, "origin": key, "source": "test", "requester": "user:U1", "state": "queued", "brief": {"n": 1}}
    async with database.begin() as db:
        await trail.born(db, Task, values, Note("task.handed_in", key, "user:U1"))


async def _moved(db: Any, key: str, chance: random.Random) -> None:
    values = {
        "state": chance.choice(STATES),
        "attempts": chance.randrange(9),
        "missing": [{"name": "ü", "text": "1:2"}][: chance.randrange(2)],
        "limit_at": func.clock_timestamp() if chance.random() < 0.5 else None,
        "brief": {"objective": "x" * chance.randrange(50), "deep": [1.50, None, "\u2028"]},
    }
    await trail.moved(db, Task, key, values, Note("task.moved", key, "house"))


def _behind(ops: Ops, statement: str) -> None:
    engine = create_engine(ops.db.url)
    with engine.begin() as owner:
        owner.execute(text(statement))
    engine.dispose()


async def test_random_moves_replayed_equal_the_tables(ops: Ops) -> None:
    found = await replay.replayed(ops)
    assert found.differences == []
    assert sum(found.states["task"].values()) == 40
    assert found.states["autonomy"] == {"approve": 3}
    assert found.held == 43
    assert found.sentence == f"{found.events} events, 43 things, 43 held against their tables: no difference."


async def test_a_past_moment_holds_only_what_did_not_change_since(ops: Ops) -> None:
    async with ops.db.begin() as db:
        then = (await db.execute(text("select clock_timestamp()"))).scalar_one()
        before = await replay.replayed(ops)
        await _moved(db, "T-1", random.Random(1))
    await _born(ops.db, "T-new")
    found = await replay.replayed(ops, then)
    assert (found.events, found.states) == (before.events, before.states)
    assert (found.held, found.differing) == (before.held - 1, 0)


@pytest.mark.parametrize(
    ("deed", "undo", "named"),
    [
        (
            "update task set attempts = 99 where id = 'T-2'",
            "update task set attempts = {told} where id = 'T-2'",
            ("task", "T-2", "attempts", "99"),
        ),
        (
            "insert into autonomy (kind, level, by, why) values ('x.y', 'auto', 'me', '')",
            "delete from autonomy where kind = 'x.y'",
            ("autonomy", "x.y", "", "a row"),
        ),
        (
            "delete from autonomy where kind = 'a.d'",
            (
                "insert into autonomy select (jsonb_populate_record(null::autonomy, body->'row')).* from trail "
                "where subject = 'a.d'"
            ),
            ("autonomy", "a.d", "", "nothing"),
        ),
    ],
)
async def test_what_moved_past_the_trail_is_named_with_both_values(
    ops: Ops, deed: str, undo: str, named: tuple[str, ...]
) -> None:
    _behind(ops, deed)
    found = await replay.replayed(ops)
    (one,) = found.differences
    assert (one.table, one.subject, one.column, one.stands) == named
    assert one.told != one.stands
    assert found.sentence.endswith(": 1 difference.")
    _behind(ops, undo.format(told=one.told))
    assert (await replay.replayed(ops)).differing == 0


def test_nothing_but_the_trail_writes_what_is_replayed() -> None:
    names = {name.capitalize() for name in TABLES}
    found = []
    for file in sorted((ROOT / "models").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "id", "") in ("insert", "upsert", "update", "delete") and isinstance(node, ast.Call):
                first = node.args[0] if node.args else None
                if getattr(first, "id", "") in names:
                    found.append(f"{file.name}:{node.lineno}")
    assert found == []


def test_a_statement_in_words_that_writes_what_is_replayed_writes_its_trail() -> None:
    words = [f"{deed} {name} " for name in TABLES for deed in ("insert into", "update", "delete from")]
    found = []
    for file in sorted((ROOT / "models").glob("*.py")):
        source = file.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            said = ast.get_source_segment(source, node) or ""
            if any(word in said.lower() for word in words) and "_noted(" not in said and "into trail" not in said:
                found.append(f"{file.name}:{node.lineno}")
    assert found == []


async def test_an_event_without_the_name_of_a_table_is_of_the_one_it_is_named_after(ops: Ops) -> None:
    _behind(
        ops,
        "with changed as (update task set attempts = 7 where id = 'T-3' returning *) insert into trail "
        "(what, subject, by, body) select 'task.grew', id, 'me', jsonb_build_object('row', to_jsonb(changed)) "
        "from changed",
    )
    assert (await replay.replayed(ops)).differing == 0
