"""What was decided is decided again from the record: the same brief, the same rules, the same rule that fires."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from domain.kernel.ports import Ops
from domain.tasks import desk, remade
from domain.watch import replay
from models.db import Database
from tests.domain.tasks import work
from tests.domain.tasks.shipped import TASKS

WORDS = [words for category in TASKS.categories.values() for words in category.examples]
WORDS += ["paint the office", "restock 85123A with 9000 units", "<!channel> hold order 536365\nreason: \u202efraud"]


@pytest.fixture(scope="module")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house to which every example of every kind of work was handed in."""
    database = Database(database_url, pool=2, name="remade")
    found = work.ops(database)
    for number, words in enumerate(WORDS):
        await desk.hand_in(found, work.hand(words, f"slash:{number}"))
    yield found
    await database.close()


async def test_every_routing_comes_out_again_as_it_was_recorded(ops: Ops) -> None:
    found = await remade.remade(ops)
    assert (found.made, found.other, found.unread) == (len(WORDS), [], 0)
    assert found.sentence == f"{len(WORDS)} routings made again by the rules {found.version}: none differ."
    assert (await replay.replayed(ops)).differing == 0


async def test_what_other_rules_decided_is_counted_and_not_made_again(ops: Ops) -> None:
    tasks = TASKS.model_copy(update={"least_confidence": 0.9})
    found = await remade.remade(replace(ops, policy=ops.policy.model_copy(update={"tasks": tasks})))
    assert (found.made, found.elsewhere) == (0, len(WORDS))


async def test_a_record_that_says_otherwise_is_named(ops: Ops) -> None:
    engine = create_engine(ops.db.url)
    with engine.begin() as owner:
        owner.execute(text("update task set rule = 'mine', department = 'sales' where origin = 'slash:0'"))
    engine.dispose()
    (change,) = (await remade.remade(ops)).other
    assert (change.was[1], change.was[3]) == ("sales", "mine")
    assert change.becomes[3] != "mine"
