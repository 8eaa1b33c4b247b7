"""The warehouse tells where parcels are and what lies there, and takes announcements of goods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.company.company import Company
from sandbox.vendors.shipbob.api import ShipBob
from tests.sandbox.vendors import queries
from tests.sandbox.vendors.conftest import Ask, Client

BASE = "/shipbob/2026-07"
KEY = {"Authorization": "Bearer sandbox-pat-shipbob-write"}
ANNOUNCEMENT = {
    "fulfillment_center": {"id": 238},
    "package_type": "Pallet",
    "box_packaging_type": "OneSkuPerBox",
    "expected_arrival_date": "2026-12-20T00:00:00Z",
    "purchase_order_number": "opsbrain-7",
    "boxes": [{"tracking_number": "t", "box_items": [{"inventory_id": 20_000_002, "quantity": 600}]}],
}


async def get(vendors: Client, path: str, **query: Any) -> Any:
    """A right answer of the warehouse."""
    answer = await vendors.get(BASE + path, params=query, headers=KEY)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_orders_come_in_pages_until_a_short_one(vendors: Client, firm: Company) -> None:
    found: list[dict[str, Any]] = []
    while True:
        page = await get(vendors, "/order", Page=len(found) // 100 + 1, Limit=100, StartDate="2026-11-12T00:00:00Z")
        found += page
        if len(page) < 100:
            break
    assert len({order["id"] for order in found}) == len(found)
    with_goods = [
        one for one in firm.book.between(firm.now - 8 * 1440 - 690, firm.now + 1) if firm.parcels.has_goods(one)
    ]
    assert len(found) == len(with_goods) > 300


async def test_shipments_are_late_stuck_or_on_time(vendors: Client) -> None:
    orders = await get(vendors, "/order", Limit=250, SortOrder="Newest")
    orders += await get(vendors, "/order", Limit=250, Page=2, SortOrder="Newest")
    shipments = [shipment for order in orders for shipment in order["shipments"]]
    states = Counter(shipment["status"] for shipment in shipments)
    promises = Counter(shipment["estimated_fulfillment_date_status"] for shipment in shipments)
    assert states["Completed"] > states["Processing"] > states["Exception"] > 0
    assert promises["FulfilledOnTime"] > promises["FulfilledLate"] > 0
    assert promises["PendingLate"] > 0
    for shipment in shipments:
        if shipment["status"] == "Exception":
            assert shipment["status_details"][0]["name"] == "OutOfStock"
            assert shipment["status_details"][0]["inventory_id"] > 20_000_000


async def test_a_change_brings_an_old_order_back(vendors: Client, firm: Company) -> None:
    changed = await get(vendors, "/order", Limit=250, LastUpdateStartDate="2026-11-20T08:00:00+00:00")
    assert changed
    for order in changed:
        number = firm.book.by_number[int(order["order_number"])]
        assert firm.parcels.changed(number, firm.now) >= firm.now - 210
    assert min(order["created_date"] for order in changed) < "2026-11-18"


async def test_an_order_held_at_the_shop_is_on_hold_at_the_warehouse(vendors: Client, ask: Ask) -> None:
    one = (await ask(queries.FULFILMENTS))["data"]["fulfillmentOrders"]["nodes"][0]
    await ask(queries.HOLD, id=one["id"], hold={"reason": "OTHER", "handle": "opsbrain-3"})
    number = 310_000_000 + int(one["orderName"].lstrip("#"))
    shipment = (await get(vendors, f"/order/{number}"))["shipments"][0]
    assert (shipment["status"], shipment["status_details"][0]["name"]) == ("OnHold", "Manual")


async def test_levels_follow_the_next_address_and_agree_with_the_shop(vendors: Client, ask: Ask) -> None:
    found: list[dict[str, Any]] = []
    address: str | None = f"{BASE}/inventory-level?PageSize=15"
    while address:
        page = await (await vendors.get(address.partition(str(vendors.port))[2] or address, headers=KEY)).json()
        found, address = found + page["items"], page["next"]
    levels = {level["sku"]: level["total_fulfillable_quantity"] for level in found}
    assert len(levels) > 40
    for item in (await ask(queries.INVENTORY))["data"]["inventoryItems"]["nodes"]:
        if item["tracked"]:
            quantities = {one["name"]: one["quantity"] for one in item["inventoryLevels"]["nodes"][0]["quantities"]}
            assert levels[item["sku"]] == quantities["available"]


async def test_goods_are_announced_and_taken_back(vendors: Client, reopen: Callable[[], Company]) -> None:
    created = await vendors.post(f"{BASE}/receiving", json=ANNOUNCEMENT, headers=KEY)
    assert created.status == 201
    order = await created.json()
    assert (order["status"], order["inventory_quantities"][0]["expected_quantity"]) == ("Awaiting", 600)
    found = await get(vendors, "/receiving", PurchaseOrderNumbers="opsbrain-7")
    assert [one["id"] for one in found] == [order["id"]]
    cancelled = await vendors.post(f"{BASE}/receiving/{order['id']}:cancel", headers=KEY)
    assert (await cancelled.json())["status"] == "Cancelled"
    again = await vendors.post(f"{BASE}/receiving/{order['id']}:cancel", headers=KEY)
    assert again.status == 422
    kept = ShipBob(reopen()).receiving.find(order["id"])
    assert kept is not None
    assert kept["status"] == "Cancelled"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"boxes": None}, "boxes"),
        ({"package_type": "Envelope"}, "package_type"),
        ({"fulfillment_center": {"id": 1}}, "fulfillment_center.id"),
        ({"expected_arrival_date": "soon"}, "expected_arrival_date"),
        ({"boxes": [{"tracking_number": "t", "box_items": []}]}, "boxes"),
    ],
)
async def test_a_wrong_announcement_is_refused_by_field(vendors: Client, change: dict[str, Any], field: str) -> None:
    answer = await vendors.post(f"{BASE}/receiving", json={**ANNOUNCEMENT, **change}, headers=KEY)
    assert answer.status == 400
    assert field in await answer.json()


async def test_wrong_requests_get_the_warehouses_own_errors(vendors: Client) -> None:
    unknown = await vendors.get(f"{BASE}/order", headers={"Authorization": "Bearer x"})
    assert (unknown.status, isinstance(await unknown.json(), str)) == (401, True)
    wrong = await vendors.get(f"{BASE}/order", params={"Page": "abc"}, headers=KEY)
    assert (wrong.status, list(await wrong.json())) == (400, ["Page"])
    assert (await vendors.get("/shipbob/2.0/order", headers=KEY)).status == 404
    assert (await vendors.get(f"{BASE}/order/1", headers=KEY)).status == 404


async def test_the_hundred_and_fifty_first_call_of_a_minute_has_to_wait(vendors: Client) -> None:
    statuses = []
    for _ in range(151):
        answer = await vendors.get(f"{BASE}/fulfillment-center", headers=KEY)
        statuses.append(answer.status)
    assert statuses == [200] * 150 + [429]
    assert 1 <= int(answer.headers["x-retry-after"]) <= 60
    assert answer.headers["x-remaining-calls"] == "0"
    await vendors.post("/_sandbox/limits", json={"lifted": True})
    assert (await vendors.get(f"{BASE}/fulfillment-center", headers=KEY)).status == 200
