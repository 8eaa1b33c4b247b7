"""A house without processes, on a database of the module's own that every test finds empty."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from domain.kernel.ports import Ops
from tests.jobs.parts import an_ops, emptied


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(database_url: str) -> AsyncIterator[Ops]:
    found = an_ops(database_url)
    yield found
    await found.db.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ops(house: Ops) -> Ops:
    await emptied(house)
    return house
