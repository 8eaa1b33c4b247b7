"""A task moves by one table, and every move leaves a row of the trail."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import desk, lifecycle
from domain.tasks.lifecycle import FROM, MOVES, By
from models import task_work, trail
from models.db import Database
from models.task import STATES
from tests.domain.tasks import work

ME = By("user:U1")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    database = Database(database_url, pool=2, name="lifecycle")
    yield work.ops(database)
    await database.close()


def test_every_state_is_in_the_table_and_has_a_way_to_an_end() -> None:
    assert set(MOVES) == set(STATES)
    assert {state for state, after in MOVES.items() if not after} == set(task_work.ENDED)
    ending = set(task_work.ENDED)
    for _ in STATES:
        ending |= {state for state, after in MOVES.items() if ending & set(after)}
    assert ending == set(STATES)
    assert all(FROM[state] for state in STATES)


@pytest.mark.parametrize("seed", range(12))
async def test_a_random_walk_never_leaves_the_table(ops: Ops, seed: int) -> None:
    """Whatever is asked in whatever order: only allowed moves are written, and each leaves one row of the trail."""
    chance = random.Random(seed)
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", f"walk:{seed}"))
    state, moves = row.state, 1
    for _ in range(25):
        to = chance.choice(STATES)
        async with ops.db.begin() as db:
            moved = await lifecycle.moved(db, row.id, to, ME)
        assert (moved is not None) == (to in MOVES[state])
        state, moves = (to, moves + 1) if moved else (state, moves)
    async with ops.db.begin() as db:
        found = await task_work.read(db, row.id)
        told = await trail.of(db, row.id)
    assert found is not None
    assert found.state == state
    assert [one.body["row"]["state"] for one in told][-1] == state
    assert len(told) == moves


async def test_a_move_that_is_not_allowed_is_refused_in_a_sentence(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "refused"))
    await desk.cancel(ops, row.id, ME)
    with pytest.raises(InputError, match=f"{row.id} is cancelled, so it cannot be paused"):
        await desk.pause(ops, row.id, ME)
    with pytest.raises(InputError, match="There is no task T-NOWHERE"):
        await desk.pause(ops, "T-NOWHERE", ME)


async def test_a_run_that_is_over_moves_nothing(ops: Ops) -> None:
    row, _ = await desk.hand_in(ops, work.hand("how was net revenue last week?", "runs"))
    await desk.pause(ops, row.id, ME)
    again = await desk.resume(ops, row.id, ME)
    assert again.run == row.run + 1
    async with ops.db.begin() as db:
        assert await lifecycle.moved(db, row.id, "running", ME, at_run=row.run) is None
        assert await lifecycle.moved(db, row.id, "running", ME, at_run=again.run) is not None
