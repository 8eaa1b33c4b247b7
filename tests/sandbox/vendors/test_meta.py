"""Ads are reported as strings, restated for a week, and can be switched off."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.company.company import Company
from sandbox.vendors.limits import Window
from sandbox.vendors.meta.api import Meta
from tests.sandbox.vendors.conftest import Client

TOKEN, WRITE_TOKEN = "sandbox-token-meta", "sandbox-token-meta-write"
ACCOUNT = "/meta/v26.0/act_1000"
AD_SET = "120210000000311"
FIELDS = "date_start,campaign_id,adset_id,adset_name,spend,impressions,clicks,inline_link_clicks,ctr,cpc,actions,action_values,purchase_roas"  # noqa: E501


async def call(vendors: Client, path: str, **query: Any) -> dict[str, Any]:
    """A right answer of the ad account."""
    answer = await vendors.get(path, params={"access_token": TOKEN, **query})
    assert answer.status == 200, await answer.text()
    body: dict[str, Any] = await answer.json()
    return body


def days(since: str, until: str) -> str:
    """A time range as it is sent."""
    return json.dumps({"since": since, "until": until})


async def day_value(vendors: Client, day: str) -> float:
    """What the account claims to have sold on a day, as known now."""
    rows = (await call(vendors, f"{ACCOUNT}/insights", fields="action_values", time_range=days(day, day)))["data"]
    return float(rows[0]["action_values"][0]["value"])


async def test_rows_come_by_ad_set_and_day_in_pages(vendors: Client) -> None:
    found, after = [], None
    query = {"level": "adset", "time_increment": "1", "time_range": days("2026-11-13", "2026-11-19"), "fields": FIELDS}
    while True:
        page = await call(vendors, f"{ACCOUNT}/insights", limit=20, **query, **({"after": after} if after else {}))
        found += page["data"]
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    keys = {(row["date_start"], row["adset_id"]) for row in found}
    assert len(keys) == len(found) == 7 * 8
    assert all(isinstance(row[name], str) for row in found for name in ("spend", "clicks", "ctr"))
    assert {action["action_type"] for action in found[0]["actions"]} >= {"link_click", "purchase"}


async def test_a_day_is_restated_until_it_is_a_week_old(vendors: Client, firm: Company) -> None:
    values = []
    for _ in range(10):
        values.append(await day_value(vendors, "2026-11-19"))
        firm.clock.advance(86400)
    assert values[0] < values[1] < values[2]
    assert values == sorted(values)
    assert values[6] == values[7] == values[9]
    assert len(set(values)) >= 5


async def test_spending_follows_the_real_demand(vendors: Client) -> None:
    async def spent(since: str, until: str) -> float:
        rows = await call(vendors, f"{ACCOUNT}/insights", fields="spend", time_range=days(since, until))
        return float(rows["data"][0]["spend"])

    assert await spent("2026-11-01", "2026-11-14") > 1.15 * await spent("2026-02-15", "2026-02-28")


async def test_a_paused_ad_set_spends_nothing_until_it_is_switched_on(
    vendors: Client, firm: Company, reopen: Callable[[], Company]
) -> None:
    async def switch(status: str, **more: str) -> None:
        answer = await vendors.post(
            f"/meta/v26.0/{AD_SET}", data={"access_token": WRITE_TOKEN, "status": status, **more}
        )
        assert await answer.json() == {"success": True}

    await switch("PAUSED", execution_options='["validate_only"]')
    state = await call(vendors, f"/meta/v26.0/{AD_SET}", fields="configured_status,effective_status,daily_budget,name")
    assert state["configured_status"] == "ACTIVE"
    await switch("PAUSED")
    await switch("PAUSED")
    assert (await call(vendors, f"/meta/v26.0/{AD_SET}", fields="effective_status"))["effective_status"] == "PAUSED"
    assert Meta(reopen()).states == {int(AD_SET): "PAUSED"}
    assert len(firm.effects.all) == 1
    firm.clock.advance(2 * 86400)
    query = {"time_range": days("2026-11-21", "2026-11-21"), "fields": "spend"}
    assert (await call(vendors, f"/meta/v26.0/{AD_SET}/insights", **query))["data"] == []
    await switch("ACTIVE")
    firm.clock.advance(86400)
    query["time_range"] = days("2026-11-23", "2026-11-23")
    assert (await call(vendors, f"/meta/v26.0/{AD_SET}/insights", **query))["data"]


async def test_a_paused_campaign_pauses_its_ad_sets(vendors: Client) -> None:
    await vendors.post("/meta/v26.0/120210000000300", data={"access_token": WRITE_TOKEN, "status": "PAUSED"})
    state = await call(vendors, f"/meta/v26.0/{AD_SET}", fields="configured_status,effective_status")
    assert (state["configured_status"], state["effective_status"]) == ("ACTIVE", "CAMPAIGN_PAUSED")


async def test_an_expired_version_is_answered_silently_by_another(vendors: Client) -> None:
    answer = await vendors.get("/meta/v22.0/act_1000", params={"access_token": TOKEN})
    assert (answer.status, answer.headers["facebook-api-version"]) == (200, "v25.0")


async def test_the_proof_of_the_app_is_checked_when_sent(vendors: Client) -> None:
    right = hmac.new(b"sandbox-secret-meta", TOKEN.encode(), hashlib.sha256).hexdigest()
    assert (await call(vendors, ACCOUNT, appsecret_proof=right))["id"] == "act_1000"
    wrong = await vendors.get(ACCOUNT, params={"access_token": TOKEN, "appsecret_proof": "0"})
    assert (wrong.status, (await wrong.json())["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        (ACCOUNT, {"access_token": "x"}, 401, 190),
        (ACCOUNT, {"access_token": ""}, 400, 2500),
        (f"{ACCOUNT}/insights", {"fields": "colour"}, 400, 100),
        (f"{ACCOUNT}/insights", {"level": "planet"}, 400, 100),
        (f"{ACCOUNT}/insights", {"time_range": "{}"}, 400, 100),
        (f"{ACCOUNT}/insights", {"time_range": days("2026-11-02", "2026-11-01")}, 400, 100),
        (f"{ACCOUNT}/insights", {"limit": "0"}, 400, 100),
        (f"{ACCOUNT}/colours", {}, 400, 100),
        ("/meta/v26.0/1", {}, 400, 100),
        ("/meta/v99.0/act_1000", {}, 400, 2635),
    ],
)
async def test_errors_carry_the_code_that_decides(
    vendors: Client, path: str, query: dict[str, str], status: int, code: int
) -> None:
    answer = await vendors.get(path, params={"access_token": TOKEN, **query})
    assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)


async def test_too_many_calls_say_how_long_to_wait(firm: Company) -> None:
    meta = Meta(firm, insights_window=Window(2, 3600.0))
    for _ in range(2):
        meta.insights_window.take()
    usage = json.loads(meta._usage(meta.insights_window)["x-business-use-case-usage"])["1000"][0]
    assert usage["call_count"] == 100
    assert 59 <= usage["estimated_time_to_regain_access"] <= 60
