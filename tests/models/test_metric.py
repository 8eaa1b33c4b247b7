"""Metric rows against the real shop: the same net revenue and orders per day and channel as its reference file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from bot.stores import Stores
from models import metric
from models.base import Db
from models.db import Database
from models.metric import Scope
from tests.models import fresh, order_shop

ZONE, AT = fresh.ZONE, fresh.AT
FIRST, LAST = date(2010, 11, 1), date(2011, 1, 31)
ALL = {"orders", "inventory", "fulfilment", "ads", "deals"}
REVENUE = ["sales.revenue.net", "sales.revenue.gross", "sales.refunds.amount", "sales.orders.count"]


@pytest.fixture(scope="module")
async def shop(stores: Stores, house_template: str) -> AsyncIterator[Database]:
    """The real shop in a database of its own."""
    opened = await fresh.shop(stores, house_template, "metric_shop")
    yield opened
    await opened.close()


@pytest.fixture
async def db(shop: Database) -> AsyncIterator[Db]:
    """A transaction that is rolled back."""
    async with shop.engine.connect() as connection:
        yield connection
        await connection.rollback()


async def test_net_revenue_and_orders_per_day_and_channel_are_those_of_the_reference(db: Db) -> None:
    rows = {
        (r.key, r.day, r.dimension): r.value
        for r in await metric.series(db, [*REVENUE, "sales.units.count"], FIRST, LAST)
    }
    checked = 0
    for day in order_shop.reference():
        if FIRST <= day.day <= LAST and (day.orders or day.refunds):
            found = [round(rows[key, day.day, day.channel], 2) for key in [*REVENUE, "sales.units.count"]]
            assert found == [day.net, day.gross, day.refunds, day.orders, day.units], day
            checked += 1
    assert checked > 130


async def test_a_day_that_looks_like_a_record_is_weak_when_the_refund_is_taken_off(db: Db) -> None:
    day = date(2011, 1, 18)  # OR-2 of the known incidents
    found = await metric.totals(db, REVENUE, day, day)
    assert round(found["sales.revenue.gross", "all"].value) == 94395
    assert round(found["sales.revenue.net", "all"].value) == 17098


async def test_refreshing_twice_changes_nothing(db: Db) -> None:
    again = await metric.refresh(db, days=fresh.days(FIRST, LAST), kinds={"orders"}, zone=ZONE, at=AT)
    assert (again.changed, again.restated) == (0, 0)


async def test_a_late_refund_restates_the_right_day_and_keeps_what_was_said(db: Db) -> None:
    day, later = date(2011, 1, 20), AT + timedelta(hours=1)
    before = (await metric.totals(db, REVENUE, day, day))["sales.revenue.net", "all"].value
    order = (await db.execute(text("select id, channel from shop_order where day = :d limit 1"), {"d": day})).one()
    await db.execute(
        text(
            "insert into order_refund (id, order_id, refunded_at, day, channel, amount, custom, units) "
            "values ('late', :order, :at, :day, :channel, 100, 0, 1)"
        ),
        {"order": order.id, "at": later, "day": day, "channel": order.channel},
    )
    done = await metric.refresh(db, days=[day], kinds={"orders"}, zone=ZONE, at=later)
    after = (await metric.totals(db, REVENUE, day, day))["sales.revenue.net", "all"].value
    assert after == before - 100
    assert done.restated == 4  # net and refunds, of the channel and of all
    kept = await metric.revisions(db, day, day)
    assert ("sales.revenue.net", "all", before) in {(r.key, r.dimension, r.value) for r in kept}
    assert {r.restated_at for r in kept} == {later}


async def test_what_is_said_of_a_day_before_it_ended_is_not_a_restatement(db: Db) -> None:
    day = date(2011, 1, 20)
    noon = datetime(2011, 1, 20, 12, 0, tzinfo=UTC)
    await db.execute(text("update metric set said_at = :noon where day = :day"), {"noon": noon, "day": day})
    await db.execute(text("update shop_order set net = net + 1 where day = :day"), {"day": day})
    done = await metric.refresh(db, days=[day], kinds={"orders"}, zone=ZONE, at=AT)
    assert done.changed > 0
    assert done.restated == 0


async def test_while_history_is_loading_nothing_counts_as_said(db: Db) -> None:
    await db.execute(text("update shop_order set net = net + 1"))
    done = await metric.refresh(
        db, days=[date(2011, 1, 20)], kinds={"orders"}, zone=ZONE, at=AT, scope=Scope(loading=True)
    )
    assert done.changed > 0
    assert done.restated == 0


async def test_a_day_whose_orders_moved_away_is_zero_and_not_what_it_was(db: Db) -> None:
    day = date(2011, 1, 20)
    await db.execute(text("update shop_order set day = day + 1 where day = :day"), {"day": day})
    await db.execute(text("delete from order_refund where day = :day"), {"day": day})
    await metric.refresh(db, days=[day, day + timedelta(days=1)], kinds={"orders"}, zone=ZONE, at=AT)
    found = await metric.totals(db, [*REVENUE, "sales.aov.value"], day, day)
    assert {value.value for value in found.values()} == {Decimal(0)}
    assert ("sales.aov.value", "all") not in found  # a mean of nothing is nothing


async def test_a_test_order_never_counts(db: Db) -> None:
    day = date(2011, 1, 20)
    before = await metric.totals(db, ["sales.orders.count"], day, day)
    await db.execute(
        text("update shop_order set test = true where id = (select min(id) from shop_order where day = :d)"), {"d": day}
    )
    await metric.refresh(db, days=[day], kinds={"orders"}, zone=ZONE, at=AT)
    after = await metric.totals(db, ["sales.orders.count"], day, day)
    assert after["sales.orders.count", "all"].value == before["sales.orders.count", "all"].value - 1


async def test_the_nightly_comparison_names_what_the_facts_do_not_give(db: Db) -> None:
    day = date(2011, 1, 20)
    assert await metric.differences(db, days=fresh.days(FIRST, LAST), kinds=ALL, zone=ZONE, at=AT) == []
    await db.execute(
        text("update metric set value = 1 where key = 'sales.orders.count' and day = :day and dimension = 'dtc'"),
        {"day": day},
    )
    found = await metric.differences(db, days=fresh.days(FIRST, LAST), kinds=ALL, zone=ZONE, at=AT)
    assert [(d.key, d.day, d.dimension, d.stored) for d in found] == [("sales.orders.count", day, "dtc", Decimal(1))]


async def test_cover_is_stock_over_the_pace_of_the_days_it_could_be_sold(db: Db) -> None:
    sku = "85123A"
    today = date(2011, 12, 9)
    put = text(
        "insert into inventory_day (source, location, sku, day, on_hand, available) "
        "values ('shop', 'a', :sku, :day, :n, :n)"
    )
    await db.execute(put, {"sku": sku, "day": today, "n": 500})
    await db.execute(put, {"sku": sku, "day": today - timedelta(days=3), "n": 0})
    await metric.refresh(db, days=[today], kinds={"inventory"}, zone=ZONE, at=AT)
    sold = (
        await db.execute(
            text("select sum(quantity) from order_line where sku = :sku and day >= :first and day < :today"),
            {"sku": sku, "first": today - timedelta(days=28), "today": today},
        )
    ).scalar_one()
    found = await metric.latest(db, ["logistics.stock.cover", "logistics.stock.on_hand"], today)
    assert found["logistics.stock.on_hand", sku].value == 500
    assert found["logistics.stock.cover", sku].value == round(Decimal(500) / (Decimal(sold) / 27), 4)


async def test_spend_shipments_and_deals_become_rows(db: Db) -> None:
    day = date(2011, 1, 31)
    for campaign, spend in (("a", 100), ("b", 50)):
        await db.execute(
            text(
                "insert into ad_day (source, campaign, adset, day, name, spend, impressions, clicks, conversions, "
                "value, currency) values ('meta', :c, 'x', :d, 'n', :s, 1000, 60, 5, 400, 'GBP')"
            ),
            {"c": campaign, "d": day, "s": spend},
        )
    await db.execute(
        text(
            "insert into fulfilment (id, source, order_name, day, status, late, exception, shipped_day, updated_at) "
            "values ('1', 's', '1', :d, 'Completed', false, '', :d, :at), "
            "('2', 's', '2', :d, 'Processing', true, '', null, :at), "
            "('3', 's', '3', :d, 'Exception', true, 'OutOfStock', null, :at)"
        ),
        {"d": day, "at": AT},
    )
    await db.execute(
        text(
            "insert into deal (id, source, name, amount, currency, stage, is_closed, is_won, created_at, touched_at, "
            "closed_at) values ('1', 'h', 'n', 1000, 'GBP', 's', false, false, :old, :old, null), "
            "('2', 'h', 'n', null, 'GBP', 's', false, false, :old, :at, null), "
            "('3', 'h', 'n', 700, 'GBP', 's', true, true, :old, :at, :at)"
        ),
        {"old": AT - timedelta(days=30), "at": AT},
    )
    await metric.refresh(db, days=[day], kinds=ALL, zone=ZONE, at=AT)
    net = (await metric.totals(db, REVENUE, day, day))["sales.revenue.net", "all"].value
    rows = {r.key: r.value for r in await metric.series(db, _MARKET, day, AT.date(), dimensions=["all"])}
    assert rows == {
        "marketing.spend.amount": 150,
        "marketing.clicks.count": 120,
        "marketing.cpc.amount": Decimal("1.25"),
        "marketing.mer.ratio": round(net / 150, 4),
        "logistics.shipments.shipped": 1,
        "logistics.shipments.late": 2,
        "logistics.shipments.exception": 1,
        "sales.pipeline.value": 1000,
        "sales.deals.open": 2,
        "sales.won.amount": 700,
        "sales.leads.stale": 1,
    }


_MARKET = [
    "marketing.spend.amount",
    "marketing.clicks.count",
    "marketing.cpc.amount",
    "marketing.mer.ratio",
    "logistics.shipments.shipped",
    "logistics.shipments.late",
    "logistics.shipments.exception",
    "sales.pipeline.value",
    "sales.deals.open",
    "sales.won.amount",
    "sales.leads.stale",
]
