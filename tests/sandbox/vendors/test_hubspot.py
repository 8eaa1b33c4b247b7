"""The sales desk is searched as HubSpot is searched, and takes tasks for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.company.company import Company
from sandbox.vendors.hubspot.api import HubSpot
from tests.sandbox.vendors.conftest import Client

OBJECTS = "/hubspot/crm/objects/2026-09"
KEY = {"Authorization": "Bearer sandbox-key-hubspot-write"}
PROPERTIES = ["dealname", "amount", "dealstage", "pipeline", "closedate", "hs_is_closed", "hs_is_closed_won"]
PROPERTIES += ["hubspot_owner_id", "hs_last_sales_activity_timestamp"]
TASK = {
    "properties": {"hs_timestamp": "2026-11-21T09:00:00Z", "hs_task_subject": "Call", "hs_task_body": "opsbrain:act-9"},
    "associations": [],
}


def search(*filters: dict[str, Any], **change: Any) -> dict[str, Any]:
    """A search with all five keys."""
    body = {
        "filterGroups": [{"filters": list(filters)}] if filters else [],
        "properties": PROPERTIES,
        "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
        "limit": 100,
        "after": "0",
    }
    return {**body, **change}


async def find(vendors: Client, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A right answer to a search; the limit of five a second is lifted."""
    await vendors.post("/_sandbox/limits", json={"lifted": True})
    answer = await vendors.post(f"{OBJECTS}/{kind}/search", json=body, headers=KEY)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_changed_deals_come_in_pages(vendors: Client) -> None:
    since = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1793000000000"}
    found, body = list[dict[str, Any]](), search(since)
    while True:
        page = await find(vendors, "deals", body)
        found += page["results"]
        if "paging" not in page:
            break
        body["after"] = page["paging"]["next"]["after"]
    assert len({deal["id"] for deal in found}) == len(found) == page["total"] > 200
    changed = [deal["properties"]["hs_lastmodifieddate"] for deal in found]
    assert changed == sorted(changed)
    assert changed[0] >= "2026-10-26"


async def test_the_pipeline_holds_open_won_lost_and_stale_deals(vendors: Client) -> None:
    closed = {"propertyName": "hs_is_closed", "operator": "EQ"}
    still_open = await find(vendors, "deals", search({**closed, "value": "false"}))
    old = {"propertyName": "hs_last_sales_activity_timestamp", "operator": "LT", "value": "2026-11-06T00:00:00Z"}
    stale = await find(vendors, "deals", search({**closed, "value": "false"}, old))
    won = await find(vendors, "deals", search({"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}))
    assert won["total"] > still_open["total"] > stale["total"] > 10
    assert all(float(deal["properties"]["amount"]) > 0 for deal in still_open["results"])


async def test_a_won_deal_is_worth_the_real_order(vendors: Client, firm: Company) -> None:
    won = {"propertyName": "dealstage", "operator": "IN", "values": ["closedwon"]}
    for deal in (await find(vendors, "deals", search(won, limit=20)))["results"]:
        order = firm.book.by_number[int(deal["id"]) % 1_000_000]
        assert float(deal["properties"]["amount"]) == firm.book.total(order) / 1000


async def test_new_leads_are_counted_by_a_search_for_one(vendors: Client) -> None:
    created = {"propertyName": "createdate", "operator": "GTE", "value": "2026-10-21T00:00:00Z"}
    page = await find(vendors, "contacts", search(created, limit=1, properties=["lifecyclestage"]))
    assert page["total"] > 20
    assert len(page["results"]) == 1


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({**search(), "after": "9950"}, "10000"),
        ({name: value for name, value in search().items() if name != "sorts"}, "sorts"),
        (search({"propertyName": "amount", "operator": "ABOUT", "value": "1"}), "operator"),
        (search(limit=201), "limit"),
        (search(after="x"), "after"),
        (search(filterGroups=[{"filters": []}] * 6), "filters"),
        ([], "JSON"),
    ],
)
async def test_a_wrong_search_is_refused_with_a_reason(vendors: Client, body: Any, word: str) -> None:
    answer = await vendors.post(f"{OBJECTS}/deals/search", json=body, headers=KEY)
    assert answer.status == 400
    problem = await answer.json()
    assert (problem["status"], problem["category"]) == ("error", "VALIDATION_ERROR")
    assert word in problem["message"]


@pytest.mark.parametrize(
    ("operator", "value", "total"),
    [
        ("EQ", {"value": "closedwon"}, "some"),
        ("NEQ", {"value": "closedwon"}, "some"),
        ("NOT_IN", {"values": ["closedwon", "closedlost"]}, "some"),
        ("HAS_PROPERTY", {}, "all"),
        ("NOT_HAS_PROPERTY", {}, "none"),
        ("CONTAINS_TOKEN", {"value": "closed*"}, "some"),
    ],
)
async def test_operators_part_the_deals(vendors: Client, operator: str, value: dict[str, Any], total: str) -> None:
    everything = (await find(vendors, "deals", search(limit=1)))["total"]
    one = {"propertyName": "dealstage", "operator": operator, **value}
    found = (await find(vendors, "deals", search(one, limit=1)))["total"]
    assert {"all": found == everything, "none": found == 0, "some": 0 < found < everything}[total]


async def test_amounts_are_compared_as_numbers(vendors: Client) -> None:
    between = {"propertyName": "amount", "operator": "BETWEEN", "value": "900", "highValue": "1100"}
    found = await find(vendors, "deals", search(between))
    assert found["total"] > 0
    assert all(900 <= float(deal["properties"]["amount"]) <= 1100 for deal in found["results"])


async def test_a_task_is_made_found_by_its_mark_and_archived(vendors: Client, reopen: Callable[[], Company]) -> None:
    made = await vendors.post(f"{OBJECTS}/tasks", json=TASK, headers=KEY)
    assert made.status == 201
    number = (await made.json())["id"]
    mark = {"propertyName": "hs_task_body", "operator": "CONTAINS_TOKEN", "value": "opsbrain:act-9"}
    found = await find(vendors, "tasks", search(mark, properties=["hs_task_body"]))
    assert [task["id"] for task in found["results"]] == [number]
    assert HubSpot(reopen()).objects.find("tasks", number) is not None
    for _ in range(2):
        assert (await vendors.delete(f"{OBJECTS}/tasks/{number}", headers=KEY)).status == 204
    assert (await vendors.get(f"{OBJECTS}/tasks/{number}", headers=KEY)).status == 404
    journal = await (await vendors.get("/_sandbox/journal")).json()
    assert [effect["name"] for effect in journal["hubspot"]["effects"]["opsbrain:act-9"]] == [
        "create_task",
        "delete_task",
    ]


async def test_a_task_without_a_time_is_refused(vendors: Client) -> None:
    answer = await vendors.post(f"{OBJECTS}/tasks", json={"properties": {"hs_task_subject": "x"}}, headers=KEY)
    assert (answer.status, (await answer.json())["context"]) == (400, {"properties": ["hs_timestamp"]})
    refused = await vendors.post(f"{OBJECTS}/deals", json=TASK, headers=KEY)
    assert (refused.status, (await refused.json())["category"]) == (403, "MISSING_SCOPES")


async def test_owners_pipelines_and_lists_are_told(vendors: Client) -> None:
    owners = await (await vendors.get("/hubspot/crm/owners/2026-09", headers=KEY)).json()
    pipelines = await (await vendors.get("/hubspot/crm/pipelines/2026-09/deals", headers=KEY)).json()
    page = await (await vendors.get(f"{OBJECTS}/deals?limit=3&properties=amount", headers=KEY)).json()
    assert len(owners["results"]) == 3
    assert [stage["id"] for stage in pipelines["results"][0]["stages"]][-2:] == ["closedwon", "closedlost"]
    assert len(page["results"]) == 3
    assert page["paging"]["next"]["after"] == "3"


async def test_limits_and_keys_are_kept_as_hubspot_keeps_them(vendors: Client) -> None:
    unknown = await vendors.get(f"{OBJECTS}/deals")
    assert (unknown.status, (await unknown.json())["category"]) == (401, "INVALID_AUTHENTICATION")
    answers = [await vendors.post(f"{OBJECTS}/deals/search", json=search(limit=1), headers=KEY) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert (await answers[-1].json())["policyName"] == "SECONDLY"
    listed = await vendors.get(f"{OBJECTS}/deals", headers=KEY)
    assert listed.headers["X-HubSpot-RateLimit-Max"] == "100"
