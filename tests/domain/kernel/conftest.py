"""A small vendor, and the real door to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import text

from domain.kernel.breaker import Breaker
from domain.kernel.vendor import Client
from models.db import Database
from tests.collecting import Secrets
from tests.domain.kernel.small_vendor import PATIENCE, TOKEN, SmallVendor, a_small_vendor


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.begin() as db:
        await db.execute(text("truncate connector_breaker"))
    yield found
    await found.close()


@pytest_asyncio.fixture
async def vendor() -> AsyncIterator[SmallVendor]:
    async with a_small_vendor() as found:
        yield found


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[Client]:
    secrets = {"SMALL_TOKEN": TOKEN, "APP_ID": "app", "APP_SECRET": "an-app-secret", "PROOF": "proof-key"}
    found = Client(Secrets(secrets), Breaker(database, threshold=100), PATIENCE)
    yield found
    await found.close()
