"""One small company for all tests of the vendors, and a fresh server on it for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from sandbox.company import company
from sandbox.company.ads import Ads
from sandbox.company.clock import Clock
from sandbox.company.company import Company
from sandbox.company.effects import Effects
from sandbox.company.parcels import Parcels
from sandbox.vendors.server import application

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
SEED = 7
Client = TestClient[Any, Any]
Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company on a Friday in November; loaded once, do not change it."""
    return company.found(tmp_path_factory.mktemp("shop"), NOW, SEED)


@pytest.fixture
def reopen(shop: Company, tmp_path: Path) -> Callable[[], Company]:
    """Start the company as a new process would, on the state that earlier starts left."""

    def start() -> Company:
        return replace(
            shop,
            parcels=Parcels(shop.book, SEED),
            ads=Ads(SEED),
            clock=Clock(NOW),
            effects=Effects(tmp_path / "effects.jsonl"),
            state=tmp_path,
            _committed=((-1, -1), {}),
        )

    return start


@pytest.fixture
def firm(reopen: Callable[[], Company]) -> Company:
    """The company with nothing changed yet."""
    return reopen()


@pytest_asyncio.fixture
async def vendors(firm: Company) -> AsyncIterator[Client]:
    """A client of the vendors' server."""
    async with TestClient(TestServer(application(firm))) as client:
        yield client


@pytest.fixture
def ask(vendors: Client) -> Ask:
    """Send a query to the shop and give its whole answer."""

    async def send(document: str, /, **variables: Any) -> dict[str, Any]:
        answer = await vendors.post(
            "/shopify/admin/api/2026-10/graphql.json",
            json={"query": document, "variables": variables},
            headers={"X-Shopify-Access-Token": "shpat_sandbox"},
        )
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body

    return send
