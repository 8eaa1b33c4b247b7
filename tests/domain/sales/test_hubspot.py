"""HubSpot: every deal once, however many there are, and what counts as won, lost and untouched."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.kernel import connector as connectors
from domain.kernel.drift import mapped
from domain.kernel.facts import Batch
from domain.kernel.vendor import Call
from domain.kernel.vendor_errors import CurrencyError, DriftError, ThrottledError
from domain.sales import hubspot
from tests.collecting import Rig, connector, offline

HUBSPOT = connector("hubspot")
SOURCE = offline("hubspot")


def put(**changed: Any) -> Batch:
    properties = {
        "dealname": "Account 1",
        "amount": "120.5",
        "amount_in_home_currency": None,
        "deal_currency_code": "GBP",
        "dealstage": "contractsent",
        "closedate": "2026-12-01T00:00:00.000Z",
        "createdate": "2026-11-01T09:00:00.000Z",
        "hs_is_closed": "false",
        "hs_is_closed_won": "false",
        "hs_last_sales_activity_timestamp": None,
        "hs_lastmodifieddate": "2026-11-19T09:00:00.000Z",
        "hs_object_id": "9",
    }
    batch = Batch()
    row = {"id": "9", "properties": {**properties, **changed}}
    mapped([row], batch, lambda one, into: hubspot.put(SOURCE, one, into), hubspot.NEEDS)
    return batch


def test_an_open_deal_has_an_expected_date_but_is_not_closed() -> None:
    found = put().deals["hubspot:9"]
    assert (found.amount, found.is_closed, found.closed_at) == (Decimal("120.5"), False, None)
    assert found.touched_at == found.created_at, "nobody touched it since it was made"


def test_a_won_deal_says_when() -> None:
    found = put(hs_is_closed="true", hs_is_closed_won="true", amount_in_home_currency="99").deals["hubspot:9"]
    assert (found.amount, found.is_won) == (Decimal(99), True)
    assert found.closed_at is not None


def test_a_deal_without_an_amount_has_none_and_not_zero() -> None:
    assert put(amount="").deals["hubspot:9"].amount is None
    assert put(amount=None).deals["hubspot:9"].amount is None


def test_an_amount_of_another_currency_is_never_taken_for_ours() -> None:
    for unconverted in (None, "120.50"):
        with pytest.raises(CurrencyError, match="'USD', the company counts in GBP"):
            put(deal_currency_code="USD", amount_in_home_currency=unconverted)
    assert put(deal_currency_code="USD", amount_in_home_currency="99").deals["hubspot:9"].amount == 99
    assert put(deal_currency_code="USD", amount=None).deals["hubspot:9"].amount is None
    assert put(deal_currency_code=None).deals["hubspot:9"].amount == Decimal("120.5"), "an account of one currency"


@pytest.mark.parametrize("value", [True, "yes", None, ""])
def test_neither_true_nor_false_is_named(value: Any) -> None:
    with pytest.raises(DriftError, match=r"properties\.hs_is_closed is"):
        put(hs_is_closed=value)


def test_the_limit_of_the_day_is_no_matter_of_seconds() -> None:
    found = hubspot.judge(429, {}, {"policyName": "DAILY"})
    assert isinstance(found, ThrottledError)
    assert found.retry_after == 3600
    assert hubspot.judge(429, {}, {"policyName": "SECONDLY"}) is None
    assert hubspot.judge(200, {}, {}) is None


def test_a_merged_deal_names_those_that_are_no_more() -> None:
    assert put(hs_merged_object_ids="7;8;9").gone == {"hubspot:7", "hubspot:8"}
    assert put(hs_merged_object_ids=None).gone == put().gone == set()


async def test_a_deal_that_was_deleted_or_merged_counts_no_more(rig: Rig) -> None:
    await connectors.collect(rig.ops, HUBSPOT, "deals", back=timedelta(days=3650))
    some = await rig.rows("select id from deal where not is_closed order by id limit 3")
    deleted, merged, into = (row[0] for row in some)
    before = await rig.one("select value from metric where key = 'sales.deals.open'")
    await rig.control("archive_deal", id=deleted.removeprefix("hubspot:"))
    await rig.control("archive_deal", id=merged.removeprefix("hubspot:"), into=into.removeprefix("hubspot:"))
    await connectors.collect(rig.ops, HUBSPOT, "deals")
    assert await rig.rows("select id from deal where id = any(:ids)", ids=[deleted, merged, into]) == [(into,)]
    assert await rig.one("select value from metric where key = 'sales.deals.open'") == before - 2


async def test_every_deal_comes_once_over_many_pages(rig: Rig) -> None:
    collected = await connectors.collect(rig.ops, HUBSPOT, "deals", back=timedelta(days=3650))
    every = {"filterGroups": [], "properties": [], "sorts": [], "limit": 1, "after": "0"}
    asked = Call("/crm/objects/2026-09/deals/search", "POST", json=every)
    total = (await rig.ops.http.ask(connectors.door(rig.ops, HUBSPOT), asked)).data["total"]
    assert collected.rows == total > 1000
    assert await rig.one("select count(*) from deal") == total
    assert await rig.one("select value from metric where key = 'sales.deals.open'") == await rig.one(
        "select count(*) from deal where not is_closed"
    )
    again = await connectors.collect(rig.ops, HUBSPOT, "deals")
    assert 0 < again.rows < 100
    assert again.changed == 0
