"""What is remembered of a source: its good answers outlive its faults, its raw answers come back byte for byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from models import connector, raw_page, window
from models.connector import Answered, Fault
from models.db import Database
from models.window import Window

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.begin() as db:
        await db.execute(text("truncate connector_state, connector_breaker, history_window, raw_page"))
    yield found
    await found.close()


async def test_a_source_never_tried_has_an_empty_state(database: Database) -> None:
    async with database.begin() as db:
        assert await connector.state(db, "shop", "orders") == connector.StreamState("shop", "orders")
        assert await connector.states(db) == []


async def test_a_fault_leaves_the_last_good_answer_and_counts(database: Database) -> None:
    async with database.begin() as db:
        await connector.move(db, "shop", "orders", "here")
        await connector.answered(db, "shop", "orders", Answered(7, AT - HOUR, AT, ["odd"]))
        await connector.failed(db, "shop", "orders", Fault("html", "A page."), AT + HOUR)
        await connector.failed(db, "shop", "orders", Fault("html", "A page."), AT + 2 * HOUR)
        state = await connector.state(db, "shop", "orders")
        assert (state.cursor, state.last_ok_at, state.last_rows, state.last_data_at) == ("here", AT, 7, AT - HOUR)
        assert (state.fault, state.fault_since, state.faults) == ("html", AT + HOUR, 2)
        await connector.failed(db, "shop", "orders", Fault("slow", "Slow."), AT + 3 * HOUR)
        assert (await connector.state(db, "shop", "orders")).fault_since == AT + 3 * HOUR
        await connector.answered(db, "shop", "orders", Answered(1, None, AT + 4 * HOUR))
        state = await connector.state(db, "shop", "orders")
        assert (state.fault, state.faults, state.last_data_at, state.notices) == (None, 0, AT - HOUR, [])


async def test_an_oddity_keeps_its_beginning_while_answers_go_on(database: Database) -> None:
    async with database.begin() as db:
        for hour in range(3):
            answer = Answered(1, AT, AT + hour * HOUR)
            await connector.answered(db, "shop", "ads", answer, Fault("stale", "Old."))
        state = await connector.state(db, "shop", "ads")
        assert (state.fault, state.fault_since, state.last_ok_at) == ("stale", AT, AT + 2 * HOUR)


async def test_one_probe_is_let_through_an_open_breaker(database: Database) -> None:
    async with database.begin() as db:
        for _ in range(3):
            assert (await connector.admit(db, "shop", cooldown=60, longest=600)).allowed
            await connector.tripped(db, "shop", reason="broken", threshold=3)
        shut = await connector.admit(db, "shop", cooldown=60, longest=600)
        assert not shut.allowed
        assert 55 < shut.wait <= 60
        assert (shut.failures, shut.reason) == (3, "broken")
        await db.execute(text("update connector_breaker set opened_at = clock_timestamp() - interval '61 seconds'"))
        assert (await connector.admit(db, "shop", cooldown=60, longest=600)).allowed
        assert not (await connector.admit(db, "shop", cooldown=60, longest=600)).allowed
        await connector.tripped(db, "shop", reason="still broken", threshold=3)
        assert 115 < (await connector.admit(db, "shop", cooldown=60, longest=600)).wait <= 120
        assert (await connector.breakers(db))[0].opened_at is not None
        await connector.mended(db, "shop")
        assert (await connector.admit(db, "shop", cooldown=60, longest=600)).allowed
        assert await connector.breakers(db) == []


@pytest.mark.parametrize(
    ("filled", "since"),
    [
        ((), None),
        (("2026-11-01",), date(2026, 11, 1)),
        (("2026-10-01",), None),
        (("2026-11-01", "2026-10-01"), date(2026, 10, 1)),
        (("2026-11-01", "2026-09-01"), date(2026, 11, 1)),
        (("2026-11-01", "2026-10-01", "2026-09-01"), date.min),
    ],
)
async def test_history_is_complete_only_as_far_as_it_has_no_gap(
    database: Database, filled: tuple[str, ...], since: date | None
) -> None:
    stretches = [("2026-11-01", "2026-11-20"), ("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")]
    windows = [Window(date.fromisoformat(first), date.fromisoformat(last), 10) for first, last in stretches]
    async with database.begin() as db:
        await window.plan(db, "shop", "orders", windows)
        await window.plan(db, "shop", "orders", windows[:1])
        for first in filled:
            await window.done(db, "shop", "orders", date.fromisoformat(first), rows=9, at=AT)
        assert window.reach(await window.windows(db, "shop", "orders")) == since
        assert window.reach(await window.windows(db, "shop", "other")) is None
        assert [one.first for one in await window.windows(db, "shop", "orders")] == [one.first for one in windows]


async def test_a_raw_answer_comes_back_as_it_came_and_is_forgotten_in_time(database: Database) -> None:
    body = b'{"rows": [1, 2]} \x00\xff' * 1000
    async with database.begin() as db:
        await raw_page.keep(db, "shop", "orders", request="GET /x", body=body, at=AT)
        await raw_page.keep(db, "shop", "orders", request="GET /y", body=b"", at=AT + HOUR)
        assert await raw_page.pages(db, "shop", "orders", AT) == [
            raw_page.Kept(AT, "GET /x", body),
            raw_page.Kept(AT + HOUR, "GET /y", b""),
        ]
        assert await raw_page.forget(db, AT + HOUR) == 1
        assert [one.request for one in await raw_page.pages(db, "shop", "orders", AT)] == ["GET /y"]
