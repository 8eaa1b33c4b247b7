"""Sources that are stale, failing or silent: named with the age of their last good value; nothing is zero."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from domain.kernel import card as cards
from domain.kernel import freshness, vendor_errors
from domain.kernel.breaker import Breaker
from domain.kernel.card import Lines
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.pulse import compose
from domain.pulse import snapshot as snapshots
from domain.pulse.compose import Pulse
from models import metric
from models.db import Database
from tests import collecting
from tests.models import standing

DAY = date(2011, 12, 7)
NOW = datetime(2011, 12, 7, 6, 30, tzinfo=UTC)


@pytest.fixture
async def ops(shop: Database) -> AsyncIterator[Ops]:
    """The shop with every vendor connected and collected half an hour ago."""
    secrets = collecting.Secrets(collecting.sandbox_secrets("http://127.0.0.1:1"))
    client = Client(secrets, Breaker(shop), collecting.HASTY)
    house = replace(
        standing.ops(shop, NOW, departments=collecting.DEPARTMENTS), secrets=secrets, http=client
    )  # fmt: skip
    async with shop.begin() as db:
        for table in ("pulse", "connector_state", "history_window", "slot", "inventory_day", "ad_day"):
            await db.execute(text(f"delete from {table}"))
        await db.execute(text("delete from metric where key like 'marketing.%'"))
        for department in collecting.DEPARTMENTS:
            for connector in department.connectors:
                for stream in connector.streams:
                    await _state(db, connector.key, stream.key, NOW - timedelta(minutes=30))
        await db.execute(
            text(
                "insert into history_window (connector, stream, first, last, expected, rows, done_at) "
                "values ('shopify', 'orders', '2010-11-01', '2011-12-07', 1, 1, :now)"
            ),
            {"now": NOW},
        )
    yield house
    await client.close()


async def _state(db: Any, connector: str, stream: str, at: datetime, fault: str | None = None) -> None:
    await db.execute(
        text(
            "insert into connector_state (connector, stream, last_ok_at, last_try_at, fault, fault_text) "
            "values (:c, :s, :at, :at, :f, 'Shopify: the answer is a web page.') on conflict (connector, stream) "
            "do update set last_ok_at = excluded.last_ok_at, fault = excluded.fault"
        ),
        {"c": connector, "s": stream, "at": at, "f": fault},
    )


async def test_fresh_sources_are_counted_as_fresh(ops: Ops) -> None:
    told = await compose.today(ops)
    count = len(snapshots.from_json(told.facts).sources)
    assert f"All {count} sources are fresh" in cards.to_json(told.card)
    assert compose.health(snapshots.from_json(told.facts)).part("system_reliability").value == 1
    assert told.issues == ()


async def test_a_failing_source_is_named_with_the_age_of_its_last_good_value(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await _state(db, "shopify", "orders", NOW - timedelta(hours=5), fault="html")
    told = await compose.today(ops)
    assert "Shopify orders are failing: the last good value is 5 hours old." in told.narrative
    assert "Logistics" in told.card.conclusion
    assert "Shopify orders failing (web page instead of data), last good value 5 hours old" in cards.to_json(told.card)
    assert "the answer is a web page" in cards.to_json(told.detail[0])
    assert told.issues == ()


def test_every_fault_of_a_source_has_its_few_words() -> None:
    named = {value.fault for value in vars(vendor_errors).values() if hasattr(value, "fault")}
    assert freshness.FAULTS.keys() == {*named, "stale", "volume"}


async def test_stale_orders_end_the_figures_at_the_last_whole_day(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await _state(db, "shopify", "orders", datetime(2011, 12, 4, 15, 0, tzinfo=UTC))
    told = await compose.today(ops)
    snapshot = snapshots.from_json(told.facts)
    assert snapshot.through == date(2011, 12, 3)
    health = compose.health(snapshot)
    assert [health.part("revenue_velocity").state, health.part("order_trend").state] == ["stale", "stale"]
    assert health.part("revenue_velocity").value is not None  # its last good value is shown
    assert "Revenue against plan, Order trend" in told.narrative
    assert "Shopify orders are stale: the last good value is 2.6 days old." in told.narrative
    assert told.confidence < 100


async def test_a_source_that_never_answered_is_missing_and_not_zero(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await db.execute(text("delete from connector_state where connector = 'meta'"))
    told = await compose.today(ops)
    assert "Meta Ads are silent." in told.narrative
    health = compose.health(snapshots.from_json(told.facts))
    assert health.part("marketing_efficiency").state == "missing"
    assert health.part("marketing_efficiency").points == 0


async def test_over_days_whose_ads_are_not_all_stored_nothing_is_said_of_their_efficiency(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await _state(db, "shopify", "orders", datetime(2011, 12, 4, 15, 0, tzinfo=UTC))  # told are 27 Nov to 3 Dec
        await db.execute(
            text(
                "insert into ad_day (source, campaign, adset, day, name, spend, impressions, clicks, conversions, "
                "value, currency) select 'meta', 'c', 'a', day, 'n', 100, 1, 1, 1, 1, 'GBP' "
                "from generate_series(cast('2011-11-30' as date), '2011-12-06', '1 day') day"
            )
        )
        days = [date(2011, 11, 30) + timedelta(days=n) for n in range(7)]
        await metric.refresh(db, days=days, kinds={"ads"}, zone="Europe/London", at=NOW)
    told = snapshots.from_json((await compose.now(ops)).facts)
    await _ads_stored(ops, date(2011, 11, 1))
    whole = snapshots.from_json((await compose.now(ops)).facts)
    assert [f.value for f in told.figures if f.metric == "marketing.mer.ratio"] == []
    assert [f.origins[0].first for f in whole.figures if f.metric == "marketing.mer.ratio"] == [date(2011, 11, 27)]


async def _ads_stored(ops: Ops, first: date) -> None:
    """The history of the ads is stored since a day."""
    async with ops.db.begin() as db:
        await db.execute(
            text(
                "insert into history_window (connector, stream, first, last, expected, rows, done_at) "
                "values ('meta', 'ads', :first, '2011-12-07', 1, 1, :now)"
            ),
            {"first": first, "now": NOW},
        )


async def test_a_vendor_without_credentials_is_not_connected(ops: Ops) -> None:
    async with _without(ops, "HUBSPOT_SERVICE_KEY") as house:
        told = await compose.now(house)
    assert "Not connected: HubSpot" in cards.to_json(told.card)
    assert "HubSpot deals" not in told.narrative


async def test_a_shell_without_the_vendors_variables_calls_nothing_unconnected_that_the_house_has_asked(
    ops: Ops,
) -> None:
    async with _without(ops, *ops.secrets.known) as shell:  # type: ignore[attr-defined]
        told = await compose.now(shell)
        assert told.facts == (await compose.now(ops)).facts
        later = replace(shell, clock=standing.Standing(NOW + timedelta(days=2)))
        assert len(snapshots.from_json((await compose.now(later)).facts).unconnected) == 4


@asynccontextmanager
async def _without(ops: Ops, *names: str) -> AsyncIterator[Ops]:
    """The house as a process sees it that lacks these credentials."""
    known = collecting.sandbox_secrets("http://127.0.0.1:1")
    secrets = collecting.Secrets({name: value for name, value in known.items() if name not in names})
    client = Client(secrets, Breaker(ops.db), collecting.HASTY)
    yield replace(ops, secrets=secrets, http=client)
    await client.close()


async def test_slots_that_did_not_run_lower_the_reliability_part(ops: Ops) -> None:
    async with ops.db.begin() as db:
        for number, state in enumerate(["ran", "ran", "ran", "escalated"]):
            await db.execute(
                text(
                    "insert into slot (job, day, slot, planned_at, state, limit_at, ended_at) "
                    "values ('collect.orders', :day, :slot, :at, :state, :at, :at)"
                ),
                {"day": DAY, "slot": str(number), "at": NOW - timedelta(hours=4 - number), "state": state},
            )
    told = await compose.today(ops)
    assert "3 of 4 job slots ran in the last 24 hours; failing: collect.orders" in cards.to_json(told.card)
    value = compose.health(snapshots.from_json(told.facts)).part("system_reliability").value
    assert value is not None
    assert float(value) == pytest.approx(0.875)  # the mean of three of four slots and all of the sources


async def test_stock_known_for_half_of_the_key_skus_is_said_and_believed_less(ops: Ops) -> None:
    whole = await _with_levels(ops, 40)
    half = await _with_levels(ops, 20)
    assert "Days of cover are known for 20 of 40 key SKUs." in cards.to_json(half.card)
    assert "Days of cover are known" not in whole.narrative
    assert compose.health(snapshots.from_json(half.facts)).part("stock_cover").known == Decimal("0.5")
    assert whole.confidence - half.confidence == 10  # half of the part's weight of a fifth
    assert half.issues == ()


async def _with_levels(ops: Ops, best: int) -> Pulse:
    """The pulse while the levels of so many of the best key SKUs are stored."""
    async with ops.db.begin() as db:
        await db.execute(text("delete from inventory_day"))
        await db.execute(text("delete from metric where key like 'logistics.stock.%'"))
        await db.execute(
            text(
                "insert into inventory_day (source, location, sku, day, on_hand, available) "
                "select 'shopify', 'a', sku, :day, rank * 40, rank * 40 from key_sku where rank <= :best"
            ),
            {"day": DAY, "best": best},
        )
        await metric.refresh(db, days=[DAY], kinds={"inventory"}, zone="Europe/London", at=NOW)
    return await compose.now(ops)


async def test_a_pulse_that_rests_on_unfinished_history_says_so_and_believes_itself_less(ops: Ops) -> None:
    whole = await _with_levels(ops, 40)
    assert snapshots.from_json(whole.facts).history is None
    async with ops.db.begin() as db:
        await db.execute(text("update history_window set first = '2011-11-07'"))
        await db.execute(
            text(
                "insert into history_window (connector, stream, first, last, expected, rows) "
                "values ('shopify', 'orders', '2010-11-01', '2011-11-06', 1, 0)"
            )
        )
    told = await compose.now(ops)
    assert "Orders before 7 Nov 2011 are not stored yet" in cards.to_json(told.card)
    health = compose.health(snapshots.from_json(told.facts))
    assert health.part("revenue_velocity").reason == "last year is not stored yet"
    assert health.part("stock_cover").known == Decimal("0.3333")  # thirty of ninety days
    assert whole.confidence - told.confidence == 30 + 13
    assert told.issues == ()


async def test_while_older_orders_are_still_being_read_the_small_print_says_how_far_back_they_are_stored(
    ops: Ops,
) -> None:
    whole = await compose.now(ops)
    assert "Orders are stored" not in cards.to_json(whole.card)
    async with ops.db.begin() as db:
        await db.execute(
            text(
                "insert into history_window (connector, stream, first, last, expected, rows) "
                "values ('shopify', 'orders', '2010-07-01', '2010-08-01', 1, 0)"
            )
        )
        await db.execute(text("update history_window set first = '2010-08-02' where done_at is not null"))
    told = await compose.now(ops)
    note = "Orders are stored back to 2 Aug 2010, older refunds may still move figures"
    assert note in cards.to_json(told.card)
    assert told.confidence == whole.confidence
    assert told.issues == ()


async def test_stock_levels_give_cover_and_the_articles_that_run_low(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await db.execute(
            text(
                "insert into inventory_day (source, location, sku, day, on_hand, available) "
                "select 'shopify', 'a', sku, :day, rank * 40, rank * 40 from key_sku"
            ),
            {"day": DAY},
        )
        await metric.refresh(db, days=[DAY], kinds={"inventory"}, zone="Europe/London", at=NOW)
    told = await compose.today(ops)
    snapshot = snapshots.from_json(told.facts)
    low = [article for article in snapshot.articles if article.cover < 21]
    assert f"{len(low)} of 40 key SKUs are below cover target" in cards.to_json(told.card)
    departments = next(part for part in told.card.parts if isinstance(part, Lines))
    assert departments.lines[1].label == "Logistics"
    assert low[0].out is not None
    assert (low[0].out - DAY).days == int(low[0].cover)
    assert told.issues == ()
