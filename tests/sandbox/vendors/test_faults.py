"""Faults stand in the way as set, for as long as set, and the journal tells of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientPayloadError, ServerDisconnectedError

from sandbox.company.company import Company
from sandbox.vendors import faults
from sandbox.vendors.journal import VENDORS
from tests.sandbox.vendors import queries
from tests.sandbox.vendors.conftest import Ask, Client

ORDERS = "/shipbob/2026-07/order"
KEY = {"Authorization": "Bearer sandbox-pat-shipbob"}
DEALS = "/hubspot/crm/objects/2026-09"
DESK = {"Authorization": "Bearer sandbox-key-hubspot-write"}


async def put(vendors: Client, kind: str, **more: Any) -> None:
    """Set a fault at the warehouse."""
    answer = await vendors.post("/_sandbox/fault", json={"vendor": "shipbob", "kind": kind, **more})
    assert answer.status == 200, await answer.text()


async def ask_warehouse(vendors: Client, **query: Any) -> tuple[int, str]:
    """Status and text of a page of orders."""
    answer = await vendors.get(ORDERS, params={"Limit": "1", "SortOrder": "Newest", **query}, headers=KEY)
    return answer.status, await answer.text()


async def test_a_status_comes_as_often_as_set(vendors: Client) -> None:
    await put(vendors, "status", status=503, n=2)
    assert [(await ask_warehouse(vendors))[0] for _ in range(3)] == [503, 503, 200]


async def test_a_429_says_when_to_come_back(vendors: Client) -> None:
    await put(vendors, "status", status=429, retry_after=2, n=1)
    answer = await vendors.get(ORDERS, headers=KEY)
    assert (answer.status, answer.headers["x-retry-after"]) == (429, "2")


async def test_a_fault_covers_only_its_vendor_and_path(vendors: Client) -> None:
    await put(vendors, "status", status=500, path="/inventory-level")
    assert (await ask_warehouse(vendors))[0] == 200
    assert (await vendors.get("/shipbob/2026-07/inventory-level", headers=KEY)).status == 500
    assert (await vendors.get(f"{DEALS}/deals", headers=DESK)).status == 200
    await vendors.post("/_sandbox/fault", json={"kind": "clear"})
    assert (await vendors.get("/shipbob/2026-07/inventory-level", headers=KEY)).status == 200


async def test_a_fault_ends_by_itself(vendors: Client) -> None:
    await put(vendors, "html", seconds=0)
    assert (await ask_warehouse(vendors))[1].startswith("[")


async def test_a_page_that_is_no_data(vendors: Client) -> None:
    await put(vendors, "html", n=1)
    status, text = await ask_warehouse(vendors)
    assert (status, text[:15]) == (200, "<!doctype html>")


async def test_nothing_where_something_should_be(vendors: Client, ask: Ask) -> None:
    await put(vendors, "empty", n=1)
    assert await ask_warehouse(vendors) == (200, "[]")
    await put(vendors, "empty", n=1, bare=True)
    assert await ask_warehouse(vendors) == (200, "")
    await vendors.post("/_sandbox/fault", json={"vendor": "shopify", "kind": "empty", "n": 1})
    page = (await ask(queries.ORDERS_PAGE, first=5))["data"]["orders"]
    assert page["nodes"] == []
    assert page["pageInfo"]["hasNextPage"] is False


async def test_a_field_renamed_or_of_another_type(vendors: Client) -> None:
    await put(vendors, "rename", field="shipments", n=1)
    assert "shipments" not in json.loads((await ask_warehouse(vendors))[1])[0]
    await put(vendors, "retype", field="order_number", n=1)
    assert isinstance(json.loads((await ask_warehouse(vendors))[1])[0]["order_number"], dict)


async def test_yesterdays_numbers(vendors: Client, firm: Company) -> None:
    fresh = json.loads((await ask_warehouse(vendors))[1])[0]["created_date"]
    await put(vendors, "stale", n=1)
    stale = json.loads((await ask_warehouse(vendors))[1])[0]["created_date"]
    assert stale[:10] < fresh[:10] == "2026-11-20"
    assert json.loads((await ask_warehouse(vendors))[1])[0]["created_date"] == fresh


async def test_a_cut_connection_leaves_the_deed_done(vendors: Client) -> None:
    await vendors.post("/_sandbox/fault", json={"vendor": "hubspot", "kind": "cut", "n": 1})
    task = {"properties": {"hs_timestamp": "2026-11-21T09:00:00Z", "hs_task_body": "opsbrain:act-1"}}
    with pytest.raises(ServerDisconnectedError):
        await vendors.post(f"{DEALS}/tasks", json=task, headers=DESK)
    await vendors.post("/_sandbox/fault", json={"vendor": "hubspot", "kind": "cut", "n": 1, "before": True})
    with pytest.raises(ServerDisconnectedError):
        await vendors.post(f"{DEALS}/tasks", json=task, headers=DESK)
    journal = await (await vendors.get("/_sandbox/journal")).json()
    assert len(journal["hubspot"]["effects"]["opsbrain:act-1"]) == 1


async def test_an_answer_cut_in_the_middle(vendors: Client) -> None:
    await put(vendors, "truncated", n=1)
    with pytest.raises(ClientPayloadError):
        await ask_warehouse(vendors)


async def test_a_body_without_end(vendors: Client) -> None:
    await put(vendors, "huge", n=1)
    answer = await vendors.get(ORDERS, headers=KEY)
    read = 0
    async for piece in answer.content.iter_chunked(1 << 20):
        read += len(piece)
        if read > 8 << 20:
            break
    answer.close()
    assert read > 8 << 20


async def test_a_slow_answer(vendors: Client) -> None:
    await put(vendors, "slow", delay=0.05, n=1)
    await ask_warehouse(vendors)
    journal = await (await vendors.get("/_sandbox/journal")).json()
    last = journal["shipbob"]["requests"][-1]
    assert last["fault"] == "slow"
    assert last["ms"] >= 50


@pytest.mark.parametrize("body", [{"vendor": "nobody", "kind": "html"}, {"vendor": "meta", "kind": "fire"}, {}])
async def test_a_fault_nobody_knows_is_refused_with_a_sentence(vendors: Client, body: dict[str, Any]) -> None:
    answer = await vendors.post("/_sandbox/fault", json=body)
    assert answer.status == 400
    assert "is one of" in (await answer.json())["error"]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [401, 429, 500])
def test_each_vendor_has_words_for_an_error(vendor: str, status: int) -> None:
    assert faults.error_body(vendor, status)


async def test_the_company_can_be_asked_and_its_clock_moved(vendors: Client) -> None:
    before = await (await vendors.get("/_sandbox/company")).json()
    assert (before["shift_weeks"], before["last_day"]) == (784, "2026-12-18")
    await vendors.post("/_sandbox/advance_time", json={"seconds": 86400 * 3})
    after = await (await vendors.get("/_sandbox/company")).json()
    assert after["now"][:10] == "2026-11-23"
    assert after["orders_so_far"] > before["orders_so_far"]
    assert (await (await vendors.get("/_sandbox/fault")).json()) == {"faults": []}
