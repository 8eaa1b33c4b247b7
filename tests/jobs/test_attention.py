"""A look after the readings: a miss becomes one question, thin stock one proposed order, however often it is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.kernel import connector as connectors
from domain.kernel.errors import SystemicError
from domain.kernel.vendor import Call
from jobs import attention
from tests.collecting import NOW, Rig, a_rig, connector

_TODAY = NOW.date()
_EXCEPTIONS = "logistics.shipments.exception"
SKU = "85123A"
_DEAL = text(
    "insert into deal (id, source, name, amount, currency, stage, is_closed, is_won, created_at, touched_at) "
    "values (:id, 'hubspot', 'A large order', :amount, 'GBP', 'open', false, false, :at, :at)"
)


@pytest_asyncio.fixture
async def rig(database_url: str, vendor_server: str) -> AsyncIterator[Rig]:
    async with a_rig(database_url, vendor_server) as found:
        yield found


async def told(rig: Rig, key: str, value: str, dimension: str = "all") -> None:
    """A row of a metric as of today."""
    async with rig.ops.db.begin() as db:
        await db.execute(
            text(
                "insert into metric (key, day, dimension, value, unit, as_of, source_rows, said_at, first_seen_at) "
                "values (:key, :day, :dimension, cast(:value as numeric), 'count', :at, 1, :at, :at) "
                "on conflict (key, day, dimension) do update set value = excluded.value"
            ),
            {"key": key, "day": _TODAY, "dimension": dimension, "value": value, "at": NOW},
        )


async def open_states(rig: Rig) -> list[tuple[str, int]]:
    return [tuple(row) for row in await rig.rows("select cause, count from escalation where state <> 'closed'")]


async def test_a_figure_far_beyond_its_target_is_one_question_however_often_it_is_seen(rig: Rig) -> None:
    await told(rig, _EXCEPTIONS, "18")
    for _ in range(3):
        found = await attention.looked(rig.ops)
    assert found["missed"] == [_EXCEPTIONS]
    assert [cause for cause, _ in await open_states(rig)] == [f"target:{_EXCEPTIONS}"]
    asked = await rig.one("select wrong from escalation")
    assert asked == "Shipments in exception were 18, 80% above the target of 10."
    await told(rig, _EXCEPTIONS, "9")
    assert (await attention.looked(rig.ops))["missed"] == []
    assert await rig.one("select count(*) from trail where what = 'escalation.well'") == 1


async def thin(rig: Rig) -> None:
    """A key article that lasts a day and a half."""
    async with rig.ops.db.begin() as db:
        chosen = text("insert into key_sku values (:sku, 1, 1, current_date, current_date, clock_timestamp())")
        await db.execute(chosen, {"sku": SKU})
    for name, value in (("on_hand", "254"), ("pace", "160.9"), ("cover", "1.58")):
        await told(rig, f"logistics.stock.{name}", value, SKU)


async def cold(rig: Rig, *leads: tuple[int, int]) -> list[str]:
    """Leads of an amount each that nobody touched for some days; the numbers HubSpot knows them by."""
    door = connectors.source(rig.ops, connector("hubspot"))
    page = await door.ask(Call(f"/crm/objects/{door.version}/deals", query=(("limit", str(len(leads))),)))
    numbers = [one["id"] for one in page.data["results"]]
    async with rig.ops.db.begin() as db:
        for number, (amount, days) in zip(numbers, leads, strict=True):
            values = {"id": f"hubspot:{number}", "amount": amount, "at": NOW - timedelta(days=days)}
            await db.execute(_DEAL, values)
    return numbers


async def test_thin_stock_is_put_forward_once_with_what_was_known(rig: Rig) -> None:
    ops = rig.ops
    await thin(rig)
    first, second = await attention.put_forward(ops), await attention.put_forward(ops)
    assert first[SKU].startswith("A-")
    assert second[SKU] == f"{first[SKU]} was put forward before"
    rows = await rig.rows("select kind, args->>'quantity', reason, state, requester from action")
    assert rows[0][:2] == (attention.RESTOCK, "3610")
    assert rows[0][2].startswith(f"{SKU} has 254 units, which last 1.6 days at 161 a day. 3,610 units bring it to 21")
    assert rows[0][3:] == ("proposed", "job:attention")
    knew = await rig.one("select body from snapshot order by made_at desc limit 1")
    assert knew["rule"] == "attention.reorder_below_days = 3"
    assert knew["figures"][0]["dimension"] == SKU
    later = replace(ops, clock=type(rig.clock)(NOW + timedelta(days=7)))
    assert await attention.put_forward(later) == {}


async def test_on_readings_that_are_missing_nothing_is_put_forward_and_it_says_so(rig: Rig) -> None:
    await thin(rig)
    plan = attention.JOB.plan(rig.ops.policy.job("attention"))
    assert plan
    put = await attention.put_forward(replace(rig.ops, plans=(plan,)))
    assert put["shopify.inventory"] == "nothing is put forward: Shopify stock levels were not read yet"
    assert SKU not in put


async def test_a_large_lead_gone_cold_is_put_forward_for_a_task_and_a_small_or_fresh_one_is_not(rig: Rig) -> None:
    numbers = await cold(rig, (5000, 40), (999, 40), (5000, 13))
    assert (await attention.looked(rig.ops))["cold"] == [f"hubspot:{numbers[0]}"]
    put = await attention.put_forward(rig.ops)
    assert list(put) == [f"hubspot:{numbers[0]}"]
    kind, reason = (await rig.rows("select kind, reason from action where key like 'hubspot%'"))[0]
    assert (kind, reason) == (
        attention.FOLLOW_UP,
        "A large order is worth £5,000 and nobody has touched it for 40 days.",
    )


async def test_a_vendor_that_is_down_keeps_nothing_of_another_back_and_is_told(rig: Rig) -> None:
    await thin(rig)
    (lead,) = await cold(rig, (5000, 40))
    await rig.fault("shipbob", "status", status=403)
    with pytest.raises(SystemicError):
        await attention.put_forward(rig.ops)
    put = await rig.rows("select key from action where state = 'proposed' and key like :key", key=f"%hubspot:{lead}:%")
    assert len(put) == 1
