"""A fresh sandbox Slack for each test, and an app connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.slack import kit


@pytest.fixture
async def slack() -> AsyncIterator[kit.Sandbox]:
    async with kit.sandbox() as running:
        yield running


@pytest.fixture
async def app(slack: kit.Sandbox) -> AsyncIterator[kit.Listener]:
    async with kit.listening(slack) as listener:
        yield listener
