"""Facts by natural key: twice is once, changes are told with their days, and late answers undo nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest_asyncio
from sqlalchemy import text

from domain.kernel import facts
from domain.kernel.facts import AdDay, Batch, Level, Order, OrderLine, Refund
from models import fact, fact_market, fact_order, fact_stock, metric
from models.base import Db
from models.db import Database
from models.fact import FactTable

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)
YESTERDAY = DAY - timedelta(days=1)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.begin() as db:
        await db.execute(
            text(
                "truncate shop_order, order_line, order_refund, inventory_level, inventory_day, fulfilment, ad_day, "
                "metric"
            )
        )
    yield found
    await found.close()


def an_order(number: int = 1, *, day: date = DAY, updated: datetime = AT, lines: int = 2, net: str = "10") -> Order:
    return Order(
        id=f"shop:{number}",
        source="shop",
        name=f"#{number}",
        channel="dtc",
        ordered_at=AT,
        day=day,
        updated_at=updated,
        cancelled_at=None,
        test=False,
        net=Decimal(net),
        custom=Decimal(0),
        units=lines,
        lines=lines,
        currency="GBP",
        customer=None,
    )


def its_lines(order: Order) -> list[OrderLine]:
    return [
        OrderLine(order.id, place, f"SKU{place}", 1, Decimal("5.125"), order.day, order.channel)
        for place in range(1, order.lines + 1)
    ]


def an_ad(spend: str, *, day: date = DAY, adset: str = "1") -> AdDay:
    zero = Decimal(0)
    return AdDay("meta", "c", adset, day, "name", Decimal(spend), 100, 5, zero, zero, "GBP")


async def keep(database: Database, *orders: Order, refunds: tuple[Refund, ...] = ()) -> fact.Merged:
    async with database.begin() as db:
        lines = [line for order in orders for line in its_lines(order)]
        return await fact_order.keep(db, orders, lines, refunds)


async def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    async with database.begin() as db:
        await db.execute(text("set local role none"))
        return [tuple(row) for row in (await db.execute(text(statement))).all()]


def test_facts_name_the_columns_of_their_tables() -> None:
    tables: list[tuple[FactTable, tuple[str, ...]]] = [
        (fact_order.ORDERS, Order._fields),
        (fact_order.LINES, OrderLine._fields),
        (fact_order.REFUNDS, Refund._fields),
        (fact_stock.LEVELS, Level._fields),
        (fact_stock.FULFILMENTS, facts.Shipment._fields),
        (fact_market.AD_DAYS, AdDay._fields),
        (fact_market.DEALS, facts.Deal._fields),
    ]
    for table, fields in tables:
        assert table.columns == fields
        assert set(table.columns) <= set(table.table.columns.keys())
        assert set(table.key) <= set(table.columns)


async def test_the_same_orders_twice_change_nothing(database: Database) -> None:
    first = await keep(database, an_order(1), an_order(2))
    assert first == fact.Merged(6, frozenset({DAY}))
    assert await keep(database, an_order(1), an_order(2)) == fact.Merged()
    assert await rows(database, "select count(*), sum(amount) from order_line") == [(4, Decimal("20.5"))]


async def test_a_changed_order_tells_its_day(database: Database) -> None:
    await keep(database, an_order(1), an_order(2, day=YESTERDAY))
    changed = await keep(database, an_order(1), an_order(2, day=YESTERDAY, net="11"))
    assert changed == fact.Merged(1, frozenset({YESTERDAY}))


async def test_an_order_that_moves_tells_both_days(database: Database) -> None:
    await keep(database, an_order(1, day=YESTERDAY))
    moved = await keep(database, an_order(1, day=DAY))
    assert moved.days == {DAY, YESTERDAY}
    assert await rows(database, "select distinct day from order_line") == [(DAY,)]


async def test_a_line_the_order_no_longer_has_is_gone(database: Database) -> None:
    await keep(database, an_order(1, lines=3), an_order(2, lines=3))
    await keep(database, an_order(1, lines=1, updated=AT + timedelta(hours=1)))
    assert await rows(database, "select order_id, count(*) from order_line group by 1 order by 1") == [
        ("shop:1", 1),
        ("shop:2", 3),
    ]


async def test_an_older_answer_does_not_overtake_a_newer_one(database: Database) -> None:
    await keep(database, an_order(1, net="20", lines=3, updated=AT + timedelta(hours=1)))
    late = await keep(database, an_order(1, net="10", lines=2), an_order(2))
    assert late.changed == 3
    assert await rows(database, "select id, net, lines from shop_order order by id") == [
        ("shop:1", Decimal(20), 3),
        ("shop:2", Decimal(10), 2),
    ]
    assert await rows(database, "select count(*) from order_line where order_id = 'shop:1'") == [(3,)]


async def test_a_newer_answer_that_is_just_being_stored_is_not_overtaken(database: Database) -> None:
    await keep(database, an_order(1, lines=4))
    async with database.begin() as db:
        newer = an_order(1, net="20", lines=3, updated=AT + timedelta(hours=1))
        await fact_order.keep(db, [newer], its_lines(newer), [])
        older = asyncio.create_task(keep(database, an_order(1, net="10", lines=2, updated=AT + timedelta(minutes=1))))
        await somebody_waits(database)
    assert await older == fact.Merged()
    assert await rows(database, "select net, lines from shop_order") == [(Decimal(20), 3)]
    assert await rows(database, "select count(*) from order_line") == [(3,)]


async def test_an_older_state_of_a_shipment_that_waited_for_the_newer_one_changes_nothing(database: Database) -> None:
    async def ship(db: Db, status: str, minutes: int) -> fact.Merged:
        at = AT + timedelta(minutes=minutes)
        row = facts.Shipment("bob:1", "bob", "#1", DAY, status, False, "", None, at)
        return await fact.merge(db, fact_stock.FULFILMENTS, [row])

    async def late() -> fact.Merged:
        async with database.begin() as db:
            return await ship(db, "Processing", 1)

    async with database.begin() as db:
        await ship(db, "Processing", 0)
        await ship(db, "Completed", 2)
        older = asyncio.create_task(late())
        await somebody_waits(database)
    assert (await older).changed == 0
    assert await rows(database, "select status from fulfilment") == [("Completed",)]


async def test_metrics_computed_while_an_order_is_being_stored_know_it(database: Database) -> None:
    async def refresh(db: Db) -> None:
        await metric.refresh(db, days=[DAY], kinds={"orders"}, zone="Europe/London", at=AT)

    async def recompute() -> None:
        async with database.begin() as db:
            await refresh(db)

    await keep(database, an_order(1))
    await recompute()
    async with database.begin() as db:
        await fact_order.keep(db, [an_order(2)], its_lines(an_order(2)), [])
        await refresh(db)
        nightly = asyncio.create_task(recompute())
        await somebody_waits(database)
    await nightly
    counted = "select value from metric where key = 'sales.orders.count' and dimension = 'all'"
    assert await rows(database, counted) == [(Decimal(2),)]


async def somebody_waits(database: Database) -> None:
    """Until a transaction waits for a lock of another one."""
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(500):
        if await rows(database, waiting):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def test_the_last_of_two_rows_with_one_key_wins(database: Database) -> None:
    async with database.begin() as db:
        merged = await fact.merge(db, fact_market.AD_DAYS, [an_ad("1"), an_ad("2"), an_ad("3", adset="2")])
    assert merged.changed == 2
    assert await rows(database, "select spend from ad_day order by adset") == [(Decimal(2),), (Decimal(3),)]


async def test_a_refund_counts_on_its_own_day(database: Database) -> None:
    await keep(database, an_order(1, day=YESTERDAY))
    back = Refund("shop:r1", "shop:1", AT, DAY, "dtc", Decimal(4), Decimal(0), 1)
    merged = await keep(database, an_order(1, day=YESTERDAY), refunds=(back,))
    assert merged == fact.Merged(1, frozenset({DAY}))


async def test_text_of_any_kind_survives(database: Database) -> None:
    strange = 'tab\t "quote" back\\slash \\N new\nline, ünï ☃'
    await keep(database, an_order(1)._replace(name=strange, customer=""))
    await keep(database, an_order(1)._replace(name=strange, customer="", net=Decimal(12)))
    assert await rows(database, "select name, customer from shop_order") == [(strange, "")]


async def test_a_level_that_is_gone_is_gone_and_the_day_is_kept(database: Database) -> None:
    def level(sku: str, on_hand: int) -> Level:
        return Level("shop", "Warehouse", sku, sku, on_hand, on_hand, 0, 0, AT)

    async with database.begin() as db:
        await fact_stock.keep_levels(db, [level(sku, 5) for sku in "ABCD"], YESTERDAY)
        await fact_stock.keep_levels(db, [level(sku, 4) for sku in "ABC"], DAY)
    assert await rows(database, "select sku, on_hand from inventory_level order by 1") == [("A", 4), ("B", 4), ("C", 4)]
    assert await rows(database, "select day, count(*) from inventory_day group by 1 order by 1") == [
        (YESTERDAY, 4),
        (DAY, 3),
    ]


async def test_a_picture_with_most_of_the_stock_missing_takes_nothing_away(database: Database) -> None:
    batch = Batch(levels={("W", sku): Level("shop", "W", sku, sku, 5, 5, 0, 0, AT) for sku in "ABCD"})
    async with database.begin() as db:
        await facts.store(db, batch, DAY)
        batch.levels = {("W", "A"): Level("shop", "W", "A", "A", 3, 3, 0, 0, AT)}
        await facts.store(db, batch, DAY)
    assert await rows(database, "select sku, on_hand from inventory_level order by 1") == [
        ("A", 3),
        ("B", 5),
        ("C", 5),
        ("D", 5),
    ]
    assert batch.notices == {"3 of 4 stock levels are missing from the answer; they stay as they were"}
