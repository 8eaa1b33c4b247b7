"""A card is composed once for everybody who asks within a moment, and anew as soon as something was stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.stores import Stores
from domain.kernel import recent
from domain.kernel.card import Card, Context, Moment
from domain.kernel.ports import Ops
from models import connector, slot
from models.cache import Cache
from models.connector import Fault
from models.db import Database
from models.slot import Key
from tests.jobs.parts import Clock, an_ops, emptied, fresh_database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Cook:
    """Makes a new card each time it is asked."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self, ops: Ops) -> Card:
        self.made += 1
        return Card("Dish", f"Number {self.made}.", (Context(("Measured", Moment(ops.clock.now()))),))


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "recent_test")


@pytest_asyncio.fixture(loop_scope="session")
async def ops(stores: Stores, url: str) -> AsyncIterator[Ops]:
    ops = an_ops(url, clock=Clock(NOON), cache=Cache(stores.redis_url))
    await emptied(ops)
    yield ops
    await ops.cache.close()
    await ops.db.close()


async def test_everybody_who_asks_within_a_moment_sees_the_same_card(ops: Ops) -> None:
    cook = Cook()
    first, second = [await recent.card(ops, "same", cook) for _ in range(2)]
    assert (first, cook.made) == (second, 1)
    assert (await recent.card(ops, "other", cook)).conclusion == "Number 2."


async def test_a_reading_a_fault_an_ended_slot_and_a_new_day_each_make_it_anew(ops: Ops) -> None:
    cook = Cook()
    await recent.card(ops, "anew", cook)
    async with ops.db.begin() as db:
        await connector.failed(db, "shop", "orders", Fault("shape", "A field is gone."), NOON)
    await recent.card(ops, "anew", cook)
    async with ops.db.begin() as db:
        await slot.skip(db, [(Key("orders", ops.today(), "now"), datetime.now(UTC))], "downtime")
    await recent.card(ops, "anew", cook)
    assert isinstance(ops.clock, Clock)
    ops.clock.move(timedelta(days=1))
    assert (await recent.card(ops, "anew", cook)).conclusion == "Number 4."


async def test_another_boot_makes_its_own_because_its_policy_may_be_another(ops: Ops) -> None:
    cook = Cook()
    for boot_id in ("before", "after"):
        await recent.card(replace(ops, boot_id=boot_id), "boot", cook)
    assert cook.made == 2


async def test_without_its_database_a_card_is_still_made(ops: Ops) -> None:
    away = replace(ops, db=Database(ops.db.url.replace("recent_test", "nowhere_recent_test")))
    assert (await recent.card(away, "away", Cook())).conclusion == "Number 1."
    await away.db.close()


async def test_without_redis_every_card_is_made_anew(url: str) -> None:
    cook, alone = Cook(), an_ops(url, clock=Clock(NOON), cache=Cache("redis://127.0.0.1:9/0"))
    for _ in range(2):
        await recent.card(alone, "alone", cook)
    assert cook.made == 2
    await alone.cache.close()
    await alone.db.close()
