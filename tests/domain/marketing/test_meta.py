"""Meta: a day of ads is restated for a week, sales are counted once, and its error codes mean what they mean."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.kernel import connector as connectors
from domain.kernel.drift import mapped
from domain.kernel.errors import OpsError
from domain.kernel.facts import Batch
from domain.kernel.vendor_errors import (
    BrokenError,
    CredentialError,
    CurrencyError,
    DriftError,
    GoneError,
    PermissionMissingError,
    RefusedRequestError,
    ThrottledError,
)
from domain.marketing import meta
from tests.collecting import NOW, Rig, connector, offline

META = connector("meta")
SOURCE = offline("meta")
YESTERDAY = date(2026, 11, 19)


def row(**changed: Any) -> dict[str, Any]:
    found = {
        "date_start": "2026-11-19",
        "account_currency": "GBP",
        "campaign_id": "1",
        "campaign_name": "Gifts",
        "adset_id": "2",
        "adset_name": "Everyone",
        "spend": "12.34",
        "impressions": "1000",
        "clicks": "20",
    }
    return {**found, **changed}


def put(*rows: dict[str, Any]) -> Batch:
    batch = Batch()
    mapped(rows, batch, lambda one, into: meta.put(SOURCE, one, into), meta.NEEDS)
    return batch


def action(name: str, value: str) -> dict[str, str]:
    return {"action_type": name, "value": value}


def test_a_day_without_sales_has_none() -> None:
    found = put(row()).ads["1", "2", YESTERDAY]
    assert (found.spend, found.impressions, found.clicks) == (Decimal("12.34"), 1000, 20)
    assert (found.conversions, found.value) == (Decimal(0), Decimal(0))


def test_one_sale_under_three_names_is_one_sale() -> None:
    names = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase", "link_click")
    actions, values = [action(name, "3") for name in names], [action(name, "99.50") for name in names[:3]]
    found = put(row(actions=actions, action_values=values)).ads["1", "2", YESTERDAY]
    assert (found.conversions, found.value) == (Decimal(3), Decimal("99.50"))


def test_a_sale_without_its_value_is_a_change_of_shape() -> None:
    with pytest.raises(DriftError, match="action_values"):
        put(row(actions=[action("purchase", "3")]))


def test_numbers_are_texts_and_anything_else_is_named() -> None:
    with pytest.raises(DriftError, match="spend is a number"):
        put(row(spend=12.34))


def test_another_currency_is_a_fault() -> None:
    with pytest.raises(CurrencyError):
        put(row(account_currency="USD"))


@pytest.mark.parametrize(
    ("code", "more", "kind"),
    [
        (4, {}, ThrottledError),
        (80004, {}, ThrottledError),
        (2, {}, BrokenError),
        (99, {"is_transient": True}, BrokenError),
        (190, {}, CredentialError),
        (10, {}, PermissionMissingError),
        (200, {}, PermissionMissingError),
        (2635, {}, GoneError),
        (100, {}, RefusedRequestError),
    ],
)
def test_an_error_code_decides(code: int, more: dict[str, Any], kind: type[OpsError]) -> None:
    found = meta.judge(400, {}, {"error": {"message": "words", "code": code, **more}})
    assert type(found) is kind


def test_the_account_says_when_it_may_be_asked_again() -> None:
    usage = {"1000": [{"type": "ads_insights", "estimated_time_to_regain_access": 3}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    assert meta.pace(headers, {}) == 180
    assert meta.pace({"x-business-use-case-usage": "not json"}, {}) == 0
    assert meta.pace({}, {}) == 0
    found = meta.judge(400, headers, {"error": {"code": 17, "message": "slow down"}})
    assert isinstance(found, ThrottledError)
    assert found.retry_after == 180


async def test_a_restated_day_is_changed_and_what_was_said_is_kept(rig: Rig) -> None:
    rig.clock.at = NOW - timedelta(days=1)
    await rig.fault("meta", "stale", minutes=1440)
    first = await connectors.collect(rig.ops, META, "ads")
    day = YESTERDAY - timedelta(days=1)
    said = await rig.one("select value from metric where key = 'marketing.claimed.value' and day = :day", day=day)
    await rig.fault("*", "clear")
    rig.clock.at = NOW
    second = await connectors.collect(rig.ops, META, "ads")
    assert first.fault is None
    assert second.fault is None
    assert day in second.days
    now = await rig.one("select value from metric where key = 'marketing.claimed.value' and day = :day", day=day)
    assert now != said
    kept = await rig.rows(
        "select value from metric_revision where key = 'marketing.claimed.value' and day = :day", day=day
    )
    assert [one.value for one in kept] == [said]
    assert await rig.one("select sum(value) from ad_day where day = :day", day=day) == now


async def test_only_finished_days_are_told(rig: Rig) -> None:
    collected = await connectors.collect(rig.ops, META, "ads")
    assert await rig.one("select max(day) from ad_day") == YESTERDAY
    assert len(collected.days) == 7
    collected = await connectors.collect(rig.ops, META, "ads", back=timedelta(days=28))
    assert len(collected.days) == 21


async def test_yesterdays_numbers_served_again_are_stale(rig: Rig) -> None:
    await rig.fault("meta", "stale", minutes=2880)
    collected = await connectors.collect(rig.ops, META, "ads")
    assert collected.fault is not None
    assert collected.fault.word == "stale"
    assert await rig.one("select fault from connector_state") == "stale"
    await rig.fault("*", "clear")
    assert (await connectors.collect(rig.ops, META, "ads")).fault is None
    assert await rig.one("select fault from connector_state") is None


async def test_a_version_that_was_changed_silently_is_told(rig: Rig) -> None:
    old = replace(META, version="v27.0")
    await connectors.collect(rig.ops, old, "ads")
    notices = await rig.one("select notices from connector_state")
    assert notices == ["version v26.0 answered although v27.0 was asked; ours has probably ended"]
