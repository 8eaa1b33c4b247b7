"""The shop answers programs as the published interface says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graphql import parse, validate

from sandbox.company.company import Company
from sandbox.vendors.shopify.admin import Admin
from tests.sandbox.vendors import queries
from tests.sandbox.vendors.conftest import Ask, Client

GRAPHQL = "/shopify/admin/api/2026-10/graphql.json"
GRANT = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret-shopify"}


async def every(ask: Ask, document: str, root: str, /, **variables: Any) -> list[dict[str, Any]]:
    """All nodes of a connection, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await ask(document, after=after, **variables))["data"][root]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("document", queries.DOCUMENTS)
def test_every_query_of_ours_fits_the_schema(firm: Company, document: str) -> None:
    assert validate(Admin(firm).schema, parse(document)) == []


async def test_a_token_is_granted_for_the_right_secret_only(vendors: Client, firm: Company) -> None:
    answer = await vendors.post("/shopify/admin/oauth/access_token", data=GRANT)
    granted = await answer.json()
    assert granted["expires_in"] == 86399
    headers = {"X-Shopify-Access-Token": granted["access_token"]}
    assert (await vendors.post(GRAPHQL, json={"query": queries.SHOP}, headers=headers)).status == 200
    firm.clock.advance(86400)
    assert (await vendors.post(GRAPHQL, json={"query": queries.SHOP}, headers=headers)).status == 401
    wrong = await vendors.post("/shopify/admin/oauth/access_token", json={**GRANT, "client_secret": "no"})
    assert wrong.status == 400
    assert (await wrong.json())["error"] == "invalid_client"


async def test_a_wrong_token_is_told_so_in_a_plain_string(vendors: Client) -> None:
    answer = await vendors.post(GRAPHQL, json={"query": queries.SHOP}, headers={"X-Shopify-Access-Token": "x"})
    assert answer.status == 401
    assert isinstance((await answer.json())["errors"], str)


async def test_the_shop_says_its_zone_and_currency(ask: Ask) -> None:
    shop = (await ask(queries.SHOP))["data"]["shop"]
    assert (shop["currencyCode"], shop["ianaTimezone"]) == ("GBP", "Europe/London")


async def test_an_unknown_field_is_named_as_the_shop_names_it(ask: Ask) -> None:
    answer = await ask("{ orders(first: 1) { nodes { totalPrize } } }")
    assert "data" not in answer
    error = answer["errors"][0]
    assert error["message"] == "Field 'totalPrize' doesn't exist on type 'Order'"
    assert error["extensions"] == {"code": "undefinedField", "typeName": "Order", "fieldName": "totalPrize"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ orders { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders(first: 251) { nodes { id } } }", "MAX_PAGE_SIZE_EXCEEDED"),
        ('{ orders(first: 1, after: "!") { nodes { id } } }', "INVALID_CURSOR"),
        ("{ orders(first: 1, query: \"created_at:>'soon'\") { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders(first: 1, colour: 3) { nodes { id } } }", "argumentNotAccepted"),
        ("{ orders(first: 1) }", "selectionMismatch"),
        ("{ node { id } }", "missingRequiredArguments"),
        ("{ orders(first: $n) { nodes { id } } }", "variableNotDefined"),
        ("{ shop { name ", "PARSE_ERROR"),
    ],
)
async def test_a_wrong_query_says_what_is_wrong(ask: Ask, query: str, code: str) -> None:
    assert (await ask(query))["errors"][0]["extensions"]["code"] == code


async def test_an_unknown_search_field_is_ignored_with_a_warning(ask: Ask) -> None:
    answer = await ask('{ orders(first: 1, query: "colour:red") { nodes { id } } }')
    assert len(answer["data"]["orders"]["nodes"]) == 1
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "colour"


async def test_cost_is_taken_from_a_bucket_that_runs_dry_and_fills_again(firm: Company) -> None:
    admin, clock = Admin(firm), [100.0]
    admin.bucket.clock, admin.bucket.at = (lambda: clock[0]), 100.0
    answers = [admin.run(admin.view(), queries.ORDERS_PAGE, {"first": 250, "query": "test:false"}) for _ in range(4)]
    assert answers[0]["extensions"]["cost"]["requestedQueryCost"] <= 1000
    last = answers[-1]
    assert last["errors"][0]["extensions"]["code"] == "THROTTLED"
    cost = last["extensions"]["cost"]
    clock[0] += (cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]) / 100 + 0.1
    assert "errors" not in admin.run(admin.view(), queries.ORDERS_PAGE, {"first": 250, "query": "test:false"})


async def test_a_query_above_the_single_limit_never_runs(ask: Ask) -> None:
    inner = "nodes { id purchasingEntity { ... on PurchasingCompany { company { id } } } }"
    deep = f"{{ orders(first: 250) {{ nodes {{ lineItems(first: 250) {{ {'nodes { id }'} }} }} {inner} }} }}"
    wide = " ".join(
        f"a{number}: orders(first: 250) {{ nodes {{ lineItems(first: 250) {{ nodes {{ id }} }} }} }}"
        for number in range(9)
    )
    assert "errors" not in await ask(deep)
    assert (await ask(f"{{ {wide} }}"))["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


async def test_pages_by_change_give_every_order_once_and_in_order(ask: Ask, firm: Company) -> None:
    search = "updated_at:>='2026-11-18T00:00:00Z'"
    query = "query Q($first: Int!, $after: String, $query: String) { orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) { pageInfo { hasNextPage endCursor } nodes { id updatedAt createdAt } } }"  # noqa: E501
    found = await every(ask, query, "orders", first=40, query=search)
    ids = [order["id"] for order in found]
    assert len(ids) == len(set(ids)) > 150
    assert [order["updatedAt"] for order in found] == sorted(order["updatedAt"] for order in found)
    assert found[0]["updatedAt"] >= "2026-11-18T00:00:00Z"
    changed = sum(
        max(firm.book.updated(order, firm.now), firm.parcels.changed(order, firm.now))
        >= firm.now - (2 * 1440 + 11 * 60 + 30)
        for order in firm.book.between(0, firm.now + 1)
    )
    assert len(found) == changed


async def test_a_refund_today_brings_back_an_order_of_last_month(ask: Ask, firm: Company) -> None:
    old = [
        refund
        for refund in firm.book.credits.refunds
        if 0 <= firm.now - refund.minute < 3 * 1440
        and refund.minute - firm.book.ledger.minute[refund.order] > 40 * 1440
    ]
    answer = await ask(
        queries.ORDERS_PAGE, first=250, query="updated_at:>='2026-11-17T11:30:00Z' AND created_at:<'2026-10-12'"
    )
    names = {order["name"] for order in answer["data"]["orders"]["nodes"]}
    assert old
    assert {f"#{firm.book.number(refund.order)}" for refund in old} <= names


async def test_searches_combine(ask: Ask) -> None:
    query = "query Q($q: String) { orders(first: 50, query: $q) { nodes { name test cancelledAt } } }"
    for search, size in {
        "name:541431": 1,
        "name:541431 OR name:#541433": 1,
        "(name:541431 OR name:536365) AND test:false": 2,
        "name:541431 AND NOT status:cancelled": 0,
        "name:541431 status:cancelled": 1,
        "-test:true name:541431": 1,
    }.items():
        assert len((await ask(query, q=search))["data"]["orders"]["nodes"]) == size, search


async def test_wholesale_orders_are_bought_by_companies(ask: Ask) -> None:
    answer = await ask(queries.ORDERS_PAGE, first=60, query="created_at:>='2026-11-16' test:false")
    kinds = {
        (order["sourceName"], (order["purchasingEntity"] or {}).get("__typename"))
        for order in answer["data"]["orders"]["nodes"]
    }
    assert ("shopify_draft_order", "PurchasingCompany") in kinds
    assert ("web", "Customer") in kinds
    assert ("web", "PurchasingCompany") not in kinds


async def test_money_is_a_decimal_in_a_string_and_adds_up(ask: Ask, firm: Company) -> None:
    order = (await ask(queries.ORDERS_PAGE, first=1, query="name:581217"))["data"]["orders"]["nodes"]
    assert order == []  # it is yet to come
    order = (await ask(queries.ORDERS_PAGE, first=1, query="name:541431"))["data"]["orders"]["nodes"][0]
    assert order["lineItems"]["nodes"][0]["originalUnitPriceSet"]["shopMoney"] == {
        "amount": "1.04",
        "currencyCode": "GBP",
    }
    assert order["totalRefundedSet"]["shopMoney"]["amount"] == "77183.6"
    assert order["currentTotalPriceSet"]["shopMoney"]["amount"] == "0.0"
    assert order["refunds"][0]["refundLineItems"]["nodes"][0]["quantity"] == 74215
    assert order["cancelledAt"] == order["refunds"][0]["createdAt"]


async def test_many_lines_come_in_pages(ask: Ask, firm: Company) -> None:
    order = max(firm.book.between(firm.now - 30 * 1440, firm.now), key=lambda one: len(firm.book.items(one, firm.now)))
    number, count = firm.book.number(order), len(firm.book.items(order, firm.now))
    page = (await ask(queries.ORDERS_PAGE, first=1, query=f"name:{number}"))["data"]["orders"]["nodes"][0]
    lines, info = list(page["lineItems"]["nodes"]), page["lineItems"]["pageInfo"]
    while info["hasNextPage"]:
        more = (await ask(queries.MORE_LINES, id=page["id"], after=info["endCursor"]))["data"]["order"]["lineItems"]
        lines, info = lines + more["nodes"], more["pageInfo"]
    assert len({line["id"] for line in lines}) == count > 250


async def test_stock_is_told_for_the_best_sellers_only(ask: Ask, firm: Company) -> None:
    items = await every(ask, queries.INVENTORY, "inventoryItems")
    tracked = [item for item in items if item["tracked"]]
    assert len(items) == len(firm.stock.skus) + 80
    assert len(tracked) == len(firm.stock.skus)
    for item in tracked:
        level = {one["name"]: one["quantity"] for one in item["inventoryLevels"]["nodes"][0]["quantities"]}
        assert level["on_hand"] == level["available"] + level["committed"]
    levels = 'inventoryLevels(first: 1) { nodes { quantities(names: ["x"]) { name } } }'
    wrong = await ask(f"{{ inventoryItems(first: 1) {{ nodes {{ {levels} }} }} }}")
    assert "x" in wrong["errors"][0]["message"]


async def test_a_hold_keeps_a_parcel_back_until_it_is_released(ask: Ask, firm: Company) -> None:
    waiting = await every(ask, queries.FULFILMENTS, "fulfillmentOrders")
    one = waiting[0]["id"]
    hold = {"reason": "OTHER", "reasonNotes": "checking", "handle": "opsbrain-1"}
    placed = (await ask(queries.HOLD, id=one, hold=hold))["data"]["fulfillmentOrderHold"]
    assert placed["fulfillmentOrder"]["status"] == "ON_HOLD"
    again = (await ask(queries.HOLD, id=one, hold=hold))["data"]["fulfillmentOrderHold"]
    assert again["userErrors"][0]["code"] == "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
    firm.clock.advance(30 * 86400)
    assert (await ask(queries.FULFILMENT, id=one))["data"]["fulfillmentOrder"]["status"] == "ON_HOLD"
    released = await ask(queries.RELEASE, id=one, holdIds=[placed["fulfillmentHold"]["id"]])
    assert released["data"]["fulfillmentOrderReleaseHold"]["fulfillmentOrder"]["status"] == "OPEN"
    firm.clock.advance(86400)
    assert (await ask(queries.FULFILMENT, id=one))["data"]["fulfillmentOrder"]["status"] == "CLOSED"
    unknown = await ask(queries.RELEASE, id="gid://shopify/FulfillmentOrder/1", holdIds=None)
    assert unknown["data"]["fulfillmentOrderReleaseHold"]["userErrors"][0]["code"] == "FULFILLMENT_ORDER_NOT_FOUND"


async def test_a_hold_outlives_a_restart(ask: Ask, firm: Company, reopen: Callable[[], Company]) -> None:
    one = (await ask(queries.FULFILMENTS))["data"]["fulfillmentOrders"]["nodes"][0]["id"]
    await ask(queries.HOLD, id=one, hold={"reason": "OTHER", "handle": "opsbrain-2"})
    admin = Admin(reopen())
    after = admin.run(admin.view(), queries.FULFILMENT, {"id": one})["data"]["fulfillmentOrder"]
    assert after["status"] == "ON_HOLD"
    assert after["fulfillmentHolds"][0]["handle"] == "opsbrain-2"
