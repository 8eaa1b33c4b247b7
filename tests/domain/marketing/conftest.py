"""The rig of this department's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.collecting import Rig, a_rig


@pytest_asyncio.fixture
async def rig(database_url: str, vendor_server: str) -> AsyncIterator[Rig]:
    async with a_rig(database_url, vendor_server) as found:
        yield found
