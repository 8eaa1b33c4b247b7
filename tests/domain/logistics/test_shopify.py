"""Shopify: an order's money and days, told by its agreements; the past and the present tell the same."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.kernel import connector as connectors
from domain.kernel import history
from domain.kernel.drift import mapped, problem
from domain.kernel.errors import OpsError, TransientError
from domain.kernel.facts import Batch, Level
from domain.kernel.vendor_errors import (
    BrokenError,
    CurrencyError,
    DriftError,
    PermissionMissingError,
    RefusedRequestError,
    ThrottledError,
)
from domain.logistics import shopify_graphql, shopify_orders, shopify_past, shopify_stock
from domain.logistics.shopify_graphql import TooCostlyError
from tests.collecting import NOW, ROOT, Rig, connector, offline, quiet
from tests.domain.logistics.orders import agreed, order, put, sale

SHOPIFY = connector("shopify")
TODAY = date(2026, 11, 20)


def back(*sales: dict[str, Any]) -> dict[str, Any]:
    """An agreement on the evening after."""
    return agreed(*sales, number=2, at="2026-11-19T23:30:00Z")


def test_an_order_is_its_merchandise() -> None:
    row = order(
        agreed(
            sale("12.50", 2), sale("7.00", 1, sku="B2", item="2"), sale("5.00", 1, sku=None, item="3"),
            sale("3.95", kind="SHIPPING"), sale("1.00", None, kind="TIP"), sale("-2.00", None, kind="ADJUSTMENT"),
        )
    )  # fmt: skip
    (found, lines, refunds) = put(row).orders["shopify:77"]
    assert (found.net, found.custom, found.units, found.lines) == (Decimal("19.50"), Decimal("5.00"), 3, 3)
    assert (found.channel, found.customer, found.day) == ("dtc", "9", date(2026, 11, 18))
    assert [(line[1], line[2], line[3], line[4]) for line in lines] == [
        (1, "A1", 2, Decimal("12.50")),
        (2, "B2", 1, Decimal("7.00")),
        (3, "", 1, Decimal("5.00")),
    ]
    assert refunds == []
    assert problem(row, shopify_orders.NEEDS) is None


def test_tax_is_not_revenue() -> None:
    assert put(order(agreed(sale("12.00", tax="2.00")))).orders["shopify:77"][0].net == Decimal("10.00")


def test_what_comes_back_counts_on_the_companys_day_it_comes_back() -> None:
    row = order(agreed(sale("12.50", 2)), back(sale("-6.25", -1), sale("-3.95", -1, kind="SHIPPING")))
    found, _, refunds = put(row).orders["shopify:77"]
    assert found.net == Decimal("12.50")
    assert [(one.id, one.day, one.amount, one.units) for one in refunds] == [
        ("shopify:2", date(2026, 11, 19), Decimal("6.25"), 1)
    ]


def test_an_item_added_later_belongs_to_the_order_and_one_taken_out_is_given_back() -> None:
    later = back(sale("4.00", 1, sku="C3", item="3"), sale("12.50", 2), sale("-5.00", -1, sku="B2", item="2"))
    row = order(agreed(sale("12.50", 2), sale("5.00", 1, sku="B2", item="2")), later)
    found, lines, refunds = put(row).orders["shopify:77"]
    assert found.net == Decimal("34.00")
    assert [(line[2], line[3]) for line in lines] == [("A1", 4), ("B2", 1), ("C3", 1)]
    assert [one.amount for one in refunds] == [Decimal("5.00")]


def test_a_test_order_is_known_and_sells_nothing() -> None:
    found, lines, refunds = put(order(agreed(sale("12.50", 2)), back(sale("-12.50", -2)), test=True)).orders[
        "shopify:77"
    ]
    assert found.test
    assert (lines, refunds) == ([], [])


@pytest.mark.parametrize(
    ("changed", "channel"),
    [
        ({}, "dtc"),
        ({"purchasingEntity": {"__typename": "PurchasingCompany"}}, "wholesale"),
        ({"sourceName": "amazon"}, "marketplace"),
        ({"app": {"name": "eBay"}}, "marketplace"),
        ({"app": None, "sourceName": None, "purchasingEntity": None, "customer": None}, "dtc"),
    ],
)
def test_the_channel_of_an_order(changed: dict[str, Any], channel: str) -> None:
    assert put(order(agreed(sale("1.00")), **changed)).orders["shopify:77"][0].channel == channel


def test_an_excluded_source_is_left_out_so_that_nothing_counts_twice() -> None:
    batch = put(order(agreed(sale("1.00")), app={"name": "Faire"}))
    assert (batch.orders, batch.left_out, batch.rows) == ({}, 1, 1)


def test_another_currency_is_a_fault() -> None:
    with pytest.raises(CurrencyError):
        put(order(agreed(sale("1.00")), currencyCode="EUR"))


def test_a_new_kind_of_sale_is_told_and_not_lost_silently() -> None:
    assert "CRYPTO" in "".join(put(order(agreed(sale("1.00"), sale("2.00", kind="CRYPTO")))).notices)


@pytest.mark.parametrize("amount", ["NaN", "", "1,50", 1.5, None])
def test_an_amount_that_is_none_is_named(amount: Any) -> None:
    with pytest.raises(DriftError, match=r"totalAmount\.shopMoney\.amount"):
        put(order(agreed(sale(amount))))


_ERRORS: list[tuple[Any, type[OpsError] | None]] = [
    ([{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], ThrottledError),
    ([{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}], PermissionMissingError),
    ([{"message": "no", "extensions": {"code": "MAX_COST_EXCEEDED"}}], TooCostlyError),
    ([{"message": "no", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}], BrokenError),
    ([{"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}], DriftError),
    ([{"message": "no"}], RefusedRequestError),
    ([], None),
    ("a text", None),
    (None, None),
]


@pytest.mark.parametrize(("errors", "kind"), _ERRORS)
def test_graphqls_errors_come_with_status_200(errors: Any, kind: type[OpsError] | None) -> None:
    found = shopify_graphql.judge(200, {}, {"errors": errors})
    assert type(found) is (kind or type(None))


def test_the_cost_budget_says_how_long_to_wait() -> None:
    def cost(requested: int, available: int) -> dict[str, Any]:
        budget = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": 100}
        return {"extensions": {"cost": {"requestedQueryCost": requested, "throttleStatus": budget}}}

    assert shopify_graphql.pace({}, cost(700, 200)) == 5.0
    assert shopify_graphql.pace({}, cost(100, 200)) == 0.0
    assert shopify_graphql.pace({}, {"data": {}}) == 0.0
    throttled = {**cost(700, 200), "errors": [{"message": "x", "extensions": {"code": "THROTTLED"}}]}
    found = shopify_graphql.judge(200, {}, throttled)
    assert isinstance(found, ThrottledError)
    assert found.retry_after == 5.0


async def test_two_weeks_agree_with_the_shops_own_books_to_the_penny(rig: Rig) -> None:
    await history.backfill(rig.with_days(14), SHOPIFY, "orders", quiet)
    sold = await rig.rows(
        "select day, channel, sum(net) as gross, count(*) filter (where net > 0) as orders from shop_order "
        "where not test and substr(name, 2)::int < 800000 group by 1, 2"  # from 800001: orders the sandbox invents
    )
    books = await _books(rig)
    finished = [row for row in sold if row.day < TODAY]
    assert len(finished) >= 20
    for row in finished:
        assert (round(row.gross, 2), row.orders) == books[row.day, row.channel], (row.day, row.channel)


async def _books(rig: Rig) -> dict[tuple[date, str], tuple[Decimal, int]]:
    """Revenue before refunds and orders, by day and channel, from the data the sandbox is made of."""
    async with rig.session.get(f"{rig.url}/_sandbox/company") as response:
        shift = timedelta(weeks=(await response.json())["shift_weeks"])
    with gzip.open(ROOT / "sandbox" / "data" / "online_retail_daily_channel.csv.gz", "rt") as file:
        return {
            (date.fromisoformat(row["date"]) + shift, row["channel"]): (Decimal(row["revenue_gbp"]), int(row["orders"]))
            for row in csv.DictReader(file)
        }


async def test_the_past_and_the_present_tell_the_same(rig: Rig) -> None:
    await history.backfill(rig.with_days(1), SHOPIFY, "orders", quiet)
    picture = (
        "select (select md5(string_agg(o::text, '|' order by id)) from "
        "(select id, channel, ordered_at, day, updated_at, net, custom, units, lines, customer from shop_order "
        "where day >= :day) o), (select md5(string_agg(l::text, '|' order by order_id, line)) from order_line l "
        "where day >= :day), (select max(lines) from shop_order where day >= :day)"
    )
    before = (await rig.rows(picture, day=TODAY))[0]
    assert before[2] > 50, "an order that needs more than one page of sales"
    collected = await connectors.collect(rig.ops, SHOPIFY, "orders", back=timedelta(hours=5))
    assert collected.rows > 50
    assert (await rig.rows(picture, day=TODAY))[0] == before


async def test_a_refund_of_today_restates_today_and_keeps_what_was_said(rig: Rig) -> None:
    rig.clock.at = NOW - timedelta(hours=3)
    await rig.fault("shopify", "stale", minutes=180)
    await connectors.collect(rig.ops, SHOPIFY, "orders", back=timedelta(hours=2))
    refunds = await rig.one("select count(*) from order_refund")
    await rig.fault("*", "clear")
    rig.clock.at = NOW
    collected = await connectors.collect(rig.ops, SHOPIFY, "orders")
    late = await rig.rows(
        "select r.day, o.day as sold from order_refund r join shop_order o on o.id = r.order_id "
        "where refunded_at > :at", at=NOW - timedelta(hours=3)
    )  # fmt: skip
    assert late, "the morning has refunds"
    assert {row.day for row in late} == {TODAY}
    assert TODAY in collected.days
    assert await rig.one("select count(*) from order_refund") >= refunds + len(late)
    assert await rig.one("select value from metric where key = 'sales.refunds.amount' and dimension = 'all' "
                         "and day = :day", day=TODAY) == await rig.one(
        "select sum(amount) from order_refund where day = :day", day=TODAY)  # fmt: skip


async def test_numbers_of_yesterday_served_again_are_noticed(rig: Rig) -> None:
    await connectors.collect(rig.ops, SHOPIFY, "orders")
    await rig.fault("shopify", "stale")
    with pytest.raises(OpsError, match="must at least repeat") as caught:
        await connectors.collect(rig.ops, SHOPIFY, "orders")
    assert caught.value.kind == "logic"
    assert await rig.one("select fault from connector_state") == "empty"


async def test_stock_is_a_whole_picture_with_names(rig: Rig) -> None:
    collected = await connectors.collect(rig.ops, SHOPIFY, "inventory")
    levels = await rig.rows("select sku, name, on_hand, available, committed, as_of from inventory_level")
    assert 30 <= len(levels) < collected.rows, "untracked items are left out"
    assert all(row.name != row.sku and row.on_hand == row.available + row.committed for row in levels)
    assert await rig.one("select count(*) from inventory_day where day = :day", day=TODAY) == len(levels)


def test_one_sku_on_two_variants_is_one_stock() -> None:
    def item(on_hand: int, at: str) -> dict[str, Any]:
        named = {"on_hand": on_hand, "available": on_hand - 1, "committed": 1, "incoming": 0}
        quantities = [{"name": name, "quantity": quantity} for name, quantity in named.items()]
        levels = [{"updatedAt": at, "location": {"name": place}, "quantities": quantities} for place in ("A", "B")]
        variants = {"nodes": [{"displayName": "Mug"}]}
        return {"sku": "MUG", "tracked": True, "variants": variants, "levels": levels}

    batch, source = Batch(), offline("shopify")
    items = [item(7, "2026-11-20T09:00:00Z"), item(5, "2026-11-19T09:00:00Z")]
    mapped(items, batch, lambda row, into: shopify_stock.put_item(source, row, into), shopify_stock.NEEDS)
    newest = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert list(batch.levels.values()) == [
        Level("shopify", place, "MUG", "Mug", 12, 10, 2, 0, newest) for place in ("A", "B")
    ]


async def test_an_export_that_fails_is_told(rig: Rig) -> None:
    with pytest.raises(BrokenError, match="FAILED"):
        shopify_past._place({"status": "FAILED", "errorCode": "TIMEOUT", "url": None})
    parts = shopify_past._Assembly()
    with pytest.raises(DriftError, match="not grouped"):
        list(parts.add([b'{"id":"1"}', b'{"id":"2","__parentId":"9"}']))
    with pytest.raises(TransientError, match="cut off"):
        list(parts.add([b'{"id":']))


def test_times_are_sent_in_utc() -> None:
    assert shopify_graphql.utc(datetime(2026, 7, 1, 9, tzinfo=UTC)) == "2026-07-01T09:00:00Z"
