"""`shop`: three stretches of the real shop with its metrics for questions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.stores import Stores
from models.db import Database
from tests.models import fresh


@pytest.fixture(scope="module")
async def shop(stores: Stores, house_template: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """Its orders, nothing else."""
    opened = await fresh.shop(stores, house_template, f"shop_{request.module.__name__.rsplit('.', 1)[-1].lower()}")
    yield opened
    await opened.close()
