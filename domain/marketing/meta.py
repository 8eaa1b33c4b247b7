"""Meta's ads: what each ad set spent and brought per day, read again for weeks because the platform restates it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from domain.kernel import drift
from domain.kernel.connector import Connector, Credential, History, Stream
from domain.kernel.drift import Need, taken
from domain.kernel.errors import OpsError
from domain.kernel.facts import AdDay, Batch, amount, count, day, text
from domain.kernel.source import Page, Source, Span
from domain.kernel.vendor import Call, Rate
from domain.kernel.vendor_auth import Proved
from domain.kernel.vendor_errors import (
    BrokenError,
    CredentialError,
    GoneError,
    PermissionMissingError,
    RefusedRequestError,
    ThrottledError,
)
from domain.marketing import meta_switch

VERSION = "v26.0"
_FIELDS = (
    "date_start,account_currency,campaign_id,campaign_name,adset_id,adset_name,"
    "spend,impressions,clicks,actions,action_values"
)
_PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
"""The same sales under several names; the first one given counts, never their sum."""
_THROTTLED = frozenset({4, 17, 32, 613, *range(80000, 80015)})
_USAGE = "x-business-use-case-usage"
_MONTHS_KEPT = 36


async def pages(source: Source, span: Span) -> AsyncIterator[Page]:
    """The finished days of a span."""
    async for page in insights(source, source.day(span.since), source.day(span.until)):
        yield page


async def insights(source: Source, first: date, last: date) -> AsyncIterator[Page]:
    """Every ad set and finished day from `first` to `last`, both included."""
    last = min(last, source.today - timedelta(days=1))
    account = source.settings["META_ACCOUNT"].removeprefix("act_")
    span = json.dumps({"since": first.isoformat(), "until": last.isoformat()})
    query = [("level", "adset"), ("time_increment", "1"), ("time_range", span), ("fields", _FIELDS), ("limit", "500")]
    after: str | None = ""
    while after is not None and last >= first:
        asked = tuple(query) + ((("after", after),) if after else ())
        answer = await source.ask(Call(f"/{VERSION}/act_{account}/insights", query=asked))
        yield Page(taken(answer.data, "data", list), (answer,))
        paging = answer.data.get("paging") or {}
        after = taken(paging, "cursors.after", str) if paging.get("next") else None


async def first_day(source: Source) -> date | None:
    """The oldest day the platform still tells."""
    return source.today - timedelta(days=30 * _MONTHS_KEPT)


def put(source: Source, row: Mapping[str, Any], batch: Batch) -> None:
    """One ad set on one day. Meta leaves out what is nothing, so actions may be absent, but not a sale's value."""
    drift.same_currency(text(row["account_currency"]), source.currency)
    on = day(row["date_start"])
    batch.seen(datetime.combine(on + timedelta(days=1), time(), source.zone))
    bought = _of(row.get("actions"))
    worth = _of(row["action_values"]) if bought else Decimal(0)
    campaign, adset = text(row["campaign_id"]), text(row["adset_id"])
    batch.ads[campaign, adset, on] = AdDay(
        source=source.key,
        campaign=campaign,
        adset=adset,
        day=on,
        name=f"{text(row['campaign_name'])} / {text(row['adset_name'])}",
        spend=amount(row["spend"]),
        impressions=count(row["impressions"]),
        clicks=count(row["clicks"]),
        conversions=bought,
        value=worth,
        currency=source.currency,
    )


def _of(actions: Any) -> Decimal:
    """The figure of purchases in a list of actions."""
    found = {text(one["action_type"]): amount(one["value"]) for one in drift.several(actions or [])}
    return next((found[name] for name in _PURCHASES if name in found), Decimal(0))


def judge(status: int, headers: Mapping[str, str], data: Any) -> OpsError | None:
    """Graph's own error codes; nearly all of them come with status 400."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return None
    code, told = error.get("code"), str(error.get("message", ""))[:200]
    if code in _THROTTLED:
        return ThrottledError(f"it asks to slow down ({code})", retry_after=pace(headers, data) or None)
    if code in (1, 2) or error.get("is_transient"):
        return BrokenError(f"it has an error of its own ({code}: {told})")
    return _kind(code)(f"{told} ({code})")


def _kind(code: Any) -> type[OpsError]:
    if code in (102, 190):
        return CredentialError
    if code == 10 or (isinstance(code, int) and 200 <= code <= 299):
        return PermissionMissingError
    return GoneError if code in (2500, 2635) else RefusedRequestError


def pace(headers: Mapping[str, str], data: Any) -> float:
    """Seconds until the account may call again, from its hourly usage."""
    told = {name.lower(): value for name, value in headers.items()}.get(_USAGE)
    try:
        usage = json.loads(told or "{}")
        minutes = [entry["estimated_time_to_regain_access"] for entries in usage.values() for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0.0
    return 60.0 * max((float(one) for one in minutes), default=0.0)


NEEDS = (
    Need("date_start", day),
    Need("account_currency"),
    Need("campaign_id"),
    Need("campaign_name"),
    Need("adset_id"),
    Need("adset_name"),
    Need("spend", amount),
    Need("impressions", count),
    Need("clicks", count),
    Need("actions[].action_type"),
    Need("actions[].value", amount),
    Need("action_values[].value", amount),
)
_BUSINESS = "Meta Business settings, System users"

CONNECTOR = Connector(
    key="meta",
    name="Meta Ads",
    version=VERSION,
    sunset=date(2027, 7, 29),
    url="https://graph.facebook.com",
    auth=Proved("META_TOKEN", "META_APP_SECRET"),
    writing=Proved("META_WRITE_TOKEN", "META_APP_SECRET"),
    actions=(meta_switch.PAUSE, meta_switch.RESUME),
    rates=(Rate(60, 60),),
    judge=judge,
    pace=pace,
    version_header="facebook-api-version",
    health=Call(f"/{VERSION}/me"),
    scopes=("ads_read", "business_management"),
    credentials=(
        Credential("META_TOKEN", _BUSINESS, "does not end, but decays unused", "ad spend, clicks, conversions, MER"),
        Credential("META_APP_SECRET", "Meta for Developers, your app", "until reset", "the proof", optional=True),
        Credential("META_WRITE_TOKEN", f"{_BUSINESS}, a second one", "decays unused", "pausing ad sets", optional=True),
        Credential("META_ACCOUNT", "Meta Ads Manager, the number after act_", "for good", "all ads", secret=False),
    ),
    streams=(
        Stream(
            key="ads",
            kind="ads",
            pages=pages,
            put=put,
            needs=NEEDS,
            stale_after=timedelta(hours=29),
            look_back=timedelta(days=7),
            cursored=False,
            banded=True,
            history=History(insights, first_day),
        ),
    ),
)
