"""Back-fill: newest first, resumable after a kill, complete as far as it says, and each order once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import connector as connectors
from domain.kernel import freshness, history
from domain.kernel.errors import LogicError, TransientError
from domain.kernel.history import Progress
from models import connector as states
from models import window
from tests.collecting import NOW, ROOT, Rig, a_rig, connector, in_small_windows, quiet

TODAY = date(2026, 11, 20)
SHOPIFY = in_small_windows("shopify")


@pytest_asyncio.fixture
async def rig(database_url: str, vendor_server: str) -> AsyncIterator[Rig]:
    async with a_rig(database_url, vendor_server) as found:
        yield found


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900))
def test_months_cover_every_day_once_newest_first(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    stretches = history.months(first, last)
    days = [start + timedelta(days=n) for start, end in stretches for n in range((end - start).days + 1)]
    assert sorted(days) == [first + timedelta(days=n) for n in range(length + 1)]
    assert [start for start, _ in stretches] == sorted((start for start, _ in stretches), reverse=True)
    assert all((start.year, start.month) == (end.year, end.month) for start, end in stretches)


async def test_the_past_comes_newest_first_and_whole(rig: Rig) -> None:
    told: list[Progress] = []
    ops = rig.with_days(12)
    done = await history.backfill(ops, SHOPIFY, "orders", told.append)
    assert done.windows == done.of_windows > 2
    assert done.since == TODAY - timedelta(days=12)
    assert [one.windows for one in told] == list(range(done.windows + 1))
    since = [one.since for one in told if one.since]
    assert since == sorted(since, reverse=True)
    said = await _said(rig)
    assert await rig.one("select count(*) from shop_order") == said == done.done == done.of
    assert await rig.one("select count(*) from shop_order o where test = (lines > 0 and not exists "
                         "(select from order_line l where l.order_id = o.id))") == said  # fmt: skip
    assert await rig.one("select count(*) from metric_revision") == 0, "a day that arrives in pieces is not restated"
    async with rig.ops.db.begin() as db:
        assert window.reach(await window.windows(db, "shopify", "orders")) == date.min
        assert not await freshness.filling(ops, db, "orders")
        assert await freshness.covered_since(ops, db, "orders") == TODAY - timedelta(days=12), "cut by the policy"
        assert await freshness.covered_since(rig.ops, db, "orders") == date.min, "begun by the shop itself"
        assert window.reach(await window.windows(db, "meta", "ads")) is None


async def _said(rig: Rig) -> int:
    source = connectors.source(rig.ops, SHOPIFY)
    count = SHOPIFY.stream("orders").count
    assert count
    return (await count(source, TODAY - timedelta(days=12), TODAY)).rows


async def test_history_and_what_comes_after_it_meet(rig: Rig) -> None:
    ops = rig.with_days(3)
    await history.backfill(ops, SHOPIFY, "orders", quiet)
    before = await rig.one("select count(*) from shop_order")
    assert await rig.one("select cursor from connector_state") == NOW.isoformat()
    collected = await connectors.collect(ops, SHOPIFY, "orders")
    assert collected.rows > 0
    older = collected.changed  # orders of before the three days whose parcels left in the last minutes
    assert await rig.one("select count(*) from shop_order") - before <= older


async def test_a_kill_in_the_middle_loses_nothing_and_repeats_nothing(rig: Rig, database_url: str) -> None:
    line = [sys.executable, "-m", "tests.domain.kernel.one_backfill", database_url, rig.url]
    process = await asyncio.create_subprocess_exec(*line, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    while await process.stdout.readline() != b"1\n":
        pass
    process.kill()
    await process.wait()
    stored = await rig.rows("select first from history_window where done_at is not null")
    assert stored
    kept = await rig.one("select count(*) from shop_order")
    assert kept < await _said(rig)
    exports = await _exports(rig)
    done = await history.backfill(rig.with_days(12), SHOPIFY, "orders", quiet)
    assert done.windows == done.of_windows
    assert await _exports(rig) - exports == done.of_windows - len(stored), "a stored window is not asked for again"
    assert await rig.one("select count(*) from shop_order") == await _said(rig)
    assert await rig.one("select sum(lines) from shop_order where not test") == await rig.one(
        "select count(*) from order_line"
    )


async def _exports(rig: Rig) -> int:
    async with rig.session.get(f"{rig.url}/_sandbox/journal") as response:
        found = await response.json()
    return sum("/_files/" in one["path"] for one in found["shopify"]["requests"])


async def test_filling_again_asks_for_nothing(rig: Rig) -> None:
    ops = rig.with_days(2)
    first = await history.backfill(ops, SHOPIFY, "orders", quiet)
    before = await rig.calls("shopify")
    assert await history.backfill(ops, SHOPIFY, "orders", quiet) == first
    assert await rig.calls("shopify") == before


async def test_a_stop_between_windows_keeps_what_is_stored(rig: Rig) -> None:
    def stop(state: Progress) -> None:
        if state.windows == 1:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await history.backfill(rig.with_days(12), SHOPIFY, "orders", stop)
    assert await rig.one("select count(*) from history_window where done_at is not null") == 1


async def test_a_file_cut_in_the_middle_is_read_again(rig: Rig) -> None:
    await rig.fault("shopify", "truncated", path="/_files", n=1)
    done = await history.backfill(rig.with_days(1), SHOPIFY, "orders", quiet)
    assert done.done == done.of > 0


async def test_an_export_that_lacks_orders_is_a_fault_and_not_a_quiet_day(rig: Rig) -> None:
    ops = rig.with_days(1)
    await rig.fault("shopify", "empty", path="/_files")
    with pytest.raises((TransientError, LogicError)):
        await history.backfill(ops, SHOPIFY, "orders", quiet)
    assert await rig.one("select fault from connector_state") is not None
    assert await rig.one("select count(*) from history_window where done_at is not null") == 0
    assert await rig.one("select count(*) from metric") == 0


async def test_ads_have_a_past_too(rig: Rig) -> None:
    meta = replace(connector("meta"), rates=())
    with_days = rig.ops.policy.connector("meta").model_copy(update={"history_days": 70})
    done = await history.backfill(rig.with_policy(meta=with_days), meta, "ads", quiet)
    assert done.windows == 3
    days = await rig.one("select count(distinct day) from ad_day")
    assert days == 70, "today is not finished and not told"


async def test_a_stream_without_a_past_says_so(rig: Rig) -> None:
    with pytest.raises(ValueError, match="no history"):
        await history.backfill(rig.ops, SHOPIFY, "inventory", quiet)


async def test_a_quiet_quarter_of_an_hour_behind_a_back_fill_is_no_fault(rig: Rig) -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    async with rig.ops.db.begin() as db:
        await states.move(db, "shopify", "orders", later)
    found = await connectors.collect(rig.ops, connector("shopify"), "orders")
    assert found.empty
    async with rig.ops.db.begin() as db:
        await states.answered(db, "shopify", "orders", states.Answered(5, NOW, NOW, []), None)
        await states.move(db, "shopify", "orders", later)
    with pytest.raises(LogicError, match="must at least repeat"):
        await connectors.collect(rig.ops, connector("shopify"), "orders")
