"""Writing at the vendors: with the credential made for it alone, done though the answer is lost, changed by others."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ServerDisconnectedError

from tests.sandbox.vendors import queries
from tests.sandbox.vendors.conftest import Ask, Client

TASKS = "/hubspot/crm/objects/2026-09/tasks"
DESK = {"Authorization": "Bearer sandbox-key-hubspot-write"}
TASK = {"properties": {"hs_timestamp": "2026-11-21T09:00:00Z", "hs_task_body": "opsbrain:A-1"}}
WAREHOUSE = "/shipbob/2026-07"
DOCK = {"Authorization": "Bearer sandbox-pat-shipbob-write"}
AD_SET = "/meta/v26.0/120210000000111"
GRANT = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret-shopify"}
WRITER = {**GRANT, "client_id": "sandbox-writer", "client_secret": "sandbox-secret-shopify-write"}


async def effects(vendors: Client) -> dict[str, Any]:
    journal = await (await vendors.get("/_sandbox/journal")).json()
    return {vendor: found["effects"] for vendor, found in journal.items() if vendor != "next" and found["effects"]}


async def test_a_credential_for_reading_changes_nothing(vendors: Client) -> None:
    task = await vendors.post(TASKS, json=TASK, headers={"Authorization": "Bearer sandbox-key-hubspot"})
    goods = await vendors.post(
        f"{WAREHOUSE}/receiving", json={}, headers={"Authorization": "Bearer sandbox-pat-shipbob"}
    )
    pause = await vendors.post(AD_SET, data={"access_token": "sandbox-token-meta", "status": "PAUSED"})
    assert [task.status, goods.status, pause.status] == [403, 403, 403]
    assert (await pause.json())["error"]["code"] == 200
    assert await effects(vendors) == {}


@pytest.mark.parametrize(("grant", "held"), [(GRANT, False), (WRITER, True)])
async def test_a_hold_needs_the_app_that_may_write(
    vendors: Client, ask: Ask, grant: dict[str, str], held: bool
) -> None:
    one = (await ask(queries.FULFILMENTS))["data"]["fulfillmentOrders"]["nodes"][0]["id"]
    token = (await (await vendors.post("/shopify/admin/oauth/access_token", data=grant)).json())["access_token"]
    answer = await vendors.post(
        "/shopify/admin/api/2026-10/graphql.json",
        json={"query": queries.HOLD, "variables": {"id": one, "hold": {"reason": "OTHER", "handle": "opsbrain:A-2"}}},
        headers={"X-Shopify-Access-Token": token},
    )
    codes = [error["extensions"]["code"] for error in (await answer.json()).get("errors", [])]
    assert codes == ([] if held else ["ACCESS_DENIED"])
    assert bool(await effects(vendors)) is held


async def test_only_the_answer_of_a_change_is_lost(vendors: Client) -> None:
    await vendors.post("/_sandbox/fault", json={"vendor": "hubspot", "kind": "cut-after-accept", "n": 1})
    assert (await vendors.get(TASKS, headers=DESK)).status == 200
    with pytest.raises(ServerDisconnectedError):
        await vendors.post(TASKS, json=TASK, headers=DESK)
    assert len((await effects(vendors))["hubspot"]["opsbrain:A-1"]) == 1
    assert (await vendors.post(TASKS, json=TASK, headers=DESK)).status == 201


async def test_an_error_may_follow_a_change_that_was_made(vendors: Client) -> None:
    fault = {"vendor": "hubspot", "kind": "cut-after-accept", "status": 503, "n": 1}
    await vendors.post("/_sandbox/fault", json=fault)
    assert (await vendors.post(TASKS, json=TASK, headers=DESK)).status == 503
    assert len((await effects(vendors))["hubspot"]["opsbrain:A-1"]) == 1


async def test_a_task_is_changed_by_a_person(vendors: Client) -> None:
    number = (await (await vendors.post(TASKS, json=TASK, headers=DESK)).json())["id"]
    done = {"properties": {"hs_task_status": "COMPLETED"}}
    assert (await vendors.patch(f"{TASKS}/{number}", json=done, headers=DESK)).status == 200
    shown = await (await vendors.get(f"{TASKS}/{number}?properties=hs_task_status,hs_task_body", headers=DESK)).json()
    assert shown["properties"]["hs_task_status"] == "COMPLETED"
    assert shown["properties"]["hs_task_body"] == "opsbrain:A-1"
    assert (await vendors.patch(f"{TASKS}/1", json=done, headers=DESK)).status == 404


async def test_goods_that_arrived_cannot_be_cancelled(vendors: Client) -> None:
    level = (await (await vendors.get(f"{WAREHOUSE}/inventory-level?PageSize=1", headers=DOCK)).json())["items"][0]
    box = {"box_items": [{"inventory_id": level["inventory_id"], "quantity": 6}]}
    order: dict[str, Any] = {
        "fulfillment_center": {"id": 238},
        "package_type": "Package",
        "box_packaging_type": "OneSkuPerBox",
    }
    order |= {"boxes": [box], "expected_arrival_date": "2026-12-01", "purchase_order_number": "opsbrain:A-3"}

    async def awaited() -> int:
        found = await (await vendors.get(f"{WAREHOUSE}/inventory-level?PageSize=1", headers=DOCK)).json()
        return int(found["items"][0]["total_awaiting_quantity"])

    before = await awaited()
    number = (await (await vendors.post(f"{WAREHOUSE}/receiving", json=order, headers=DOCK)).json())["id"]
    assert await awaited() == before + 6
    assert await (await vendors.post("/_sandbox/arrive", json={"id": number})).json() == {"arrived": True}
    assert (await vendors.post(f"{WAREHOUSE}/receiving/{number}:cancel", headers=DOCK)).status == 422
    shown = await (await vendors.get(f"{WAREHOUSE}/receiving/{number}", headers=DOCK)).json()
    assert [one["status"] for one in shown["status_history"]] == ["Awaiting", "Arrived"]
