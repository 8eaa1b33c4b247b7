"""ShipBob: what is late, what is held up and why, over more pages than one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.kernel import connector as connectors
from domain.kernel.drift import mapped
from domain.kernel.facts import Batch
from domain.logistics import shipbob
from tests.collecting import NOW, Rig, connector, offline

SHIPBOB = connector("shipbob")
SOURCE = offline("shipbob")


def shipment(**changed: Any) -> dict[str, Any]:
    row = {
        "id": 5,
        "status": "Processing",
        "status_details": [{"name": "Picked", "description": "The items were picked"}],
        "last_update_at": "2026-11-20T08:00:00Z",
        "actual_fulfillment_date": None,
        "estimated_fulfillment_date_status": "PendingOnTime",
    }
    return {**row, **changed}


def put(*shipments: dict[str, Any]) -> Batch:
    batch = Batch()
    row = {"order_number": "77", "created_date": "2026-11-18T23:30:00-05:00", "shipments": list(shipments)}
    mapped([row], batch, lambda one, into: shipbob.put(SOURCE, one, into), shipbob.NEEDS)
    return batch


def test_a_shipment_on_its_way() -> None:
    found = put(shipment(status="Completed", actual_fulfillment_date="2026-11-19T22:00:00Z")).shipments["shipbob:5"]
    assert (found.order_name, found.day, found.shipped_day) == ("77", date(2026, 11, 19), date(2026, 11, 19))
    assert (found.status, found.late, found.exception) == ("Completed", False, "")


@pytest.mark.parametrize("promise", ["PendingLate", "FulfilledLate"])
def test_a_broken_promise_is_late(promise: str) -> None:
    assert put(shipment(estimated_fulfillment_date_status=promise)).shipments["shipbob:5"].late


@pytest.mark.parametrize("status", ["Exception", "OnHold"])
def test_what_is_held_up_says_why(status: str) -> None:
    assert put(shipment(status=status)).shipments["shipbob:5"].exception == "The items were picked"
    assert put(shipment(status=status, status_details=None)).shipments["shipbob:5"].exception == status


def test_an_order_in_two_parcels_is_two_shipments() -> None:
    assert set(put(shipment(), shipment(id=6)).shipments) == {"shipbob:5", "shipbob:6"}


def test_a_new_status_is_kept_and_told() -> None:
    batch = put(shipment(status="Teleported"))
    assert batch.shipments["shipbob:5"].status == "Teleported"
    assert batch.notices == {"shipments have the new status Teleported"}


def test_no_calls_left_means_waiting_as_told() -> None:
    assert shipbob.pace({"x-remaining-calls": "12"}, None) == 0
    assert shipbob.pace({"x-remaining-calls": "0", "x-retry-after": "17"}, None) == 17
    assert shipbob.pace({"x-remaining-calls": "0"}, None) > 0


async def test_every_page_is_read_and_the_cursor_moves_at_the_end(rig: Rig) -> None:
    collected = await connectors.collect(rig.ops, SHIPBOB, "shipments", back=timedelta(days=5))
    assert collected.rows > 250, "more than a page"
    assert await rig.one("select count(*) from fulfilment") == collected.rows
    assert await rig.one("select count(*) from raw_page") == collected.rows // 250 + 1
    newest = await rig.one("select max(updated_at) from fulfilment")
    assert await rig.one("select cursor from connector_state") == newest.isoformat()
    assert await rig.one("select count(*) from fulfilment where late") > 0
    assert await rig.one("select count(*) from fulfilment where exception <> '' and shipped_day is null") > 0
    open_now = await rig.one("select value from metric where key = 'logistics.shipments.open'")
    assert open_now == await rig.one(
        "select count(*) from fulfilment where shipped_day is null and status <> 'Cancelled'"
    )
    assert collected.as_of is not None
    assert NOW - collected.as_of < timedelta(hours=2)
