"""HubSpot: the deals of the pipeline, what they are worth, how they stand and when anyone last touched them.

A search never shows a deal that was deleted, nor those that were merged into a new one. The deleted are listed for
ninety days and read anew each time; the new deal names those it was made of. One restored after that comes back with
its next change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.kernel import drift
from domain.kernel.connector import Connector, Credential, Stream
from domain.kernel.drift import Need, taken
from domain.kernel.errors import OpsError
from domain.kernel.facts import Batch, Deal, amount, maybe, moment, text
from domain.kernel.source import Page, Source, Span
from domain.kernel.vendor import Call, Rate
from domain.kernel.vendor_auth import bearer
from domain.kernel.vendor_errors import ThrottledError
from domain.sales import hubspot_tasks

VERSION = "2026-09"
_SEARCH = f"/crm/objects/{VERSION}/deals/search"
_LIMIT = 200
_DELETED = Call(f"/crm/objects/{VERSION}/deals", query=(("archived", "true"), ("limit", "100")))
_PROPERTIES = (
    "dealname",
    "amount",
    "amount_in_home_currency",
    "deal_currency_code",
    "dealstage",
    "closedate",
    "createdate",
    "hs_is_closed",
    "hs_is_closed_won",
    "hs_last_sales_activity_timestamp",
    "hs_lastmodifieddate",
    "hs_object_id",
    "hs_merged_object_ids",
)


async def pages(source: Source, span: Span) -> AsyncIterator[Page]:
    """Deals changed since a time, then the deleted. By rising id: a search ends at ten thousand rows, not so a key."""
    since = str(int(span.since.timestamp() * 1000))
    last, newest, more = "0", None, True
    while more:
        answer = await source.ask(_search(since, last))
        rows = taken(answer.data, "results", list)
        last = str(max((int(taken(row, "id", str)) for row in rows), default=0))
        changed = [moment(taken(row, "properties.hs_lastmodifieddate", str)) for row in rows]
        newest = max([*changed, *([newest] if newest else [])], default=None)
        more = len(rows) == _LIMIT
        yield Page(rows, (answer,), None if more else newest)
    async for page in _deleted(source):
        yield page


async def _deleted(source: Source) -> AsyncIterator[Page]:
    after: str | None = ""
    while after is not None:
        answer = await source.ask(replace(_DELETED, query=(*_DELETED.query, *((("after", after),) if after else ()))))
        rows = taken(answer.data, "results", list)
        yield Page((), (answer,), gone=frozenset(_ident(source, taken(row, "id", str)) for row in rows))
        after = taken(answer.data, "paging.next.after", str) if "paging" in answer.data else None


def _ident(source: Source, number: str) -> str:
    return f"{source.key}:{number}"


def _search(since: str, last: str) -> Call:
    filters = [
        {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": since},
        {"propertyName": "hs_object_id", "operator": "GT", "value": last},
    ]
    body = {
        "filterGroups": [{"filters": filters}],
        "properties": list(_PROPERTIES),
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "limit": _LIMIT,
        "after": "0",
    }
    return Call(_SEARCH, "POST", json=body)


def put(source: Source, row: Mapping[str, Any], batch: Batch) -> None:
    """One deal, in the currency the company has chosen in HubSpot."""
    facts = row["properties"]
    created, changed = moment(facts["createdate"]), moment(facts["hs_lastmodifieddate"])
    batch.seen(changed)
    closed = _told(facts["hs_is_closed"])
    ident = _ident(source, text(row["id"]))
    merged = text(facts.get("hs_merged_object_ids") or "").split(";")
    batch.gone |= {_ident(source, one) for one in merged if one} - {ident}
    batch.deals[ident] = Deal(
        id=ident,
        source=source.key,
        name=maybe(text, facts["dealname"]) or "(no name)",
        amount=_worth(source, facts),
        currency=source.currency,
        stage=text(facts["dealstage"]),
        is_closed=closed,
        is_won=_told(facts["hs_is_closed_won"]),
        created_at=created,
        touched_at=maybe(moment, facts["hs_last_sales_activity_timestamp"] or None) or created,
        closed_at=maybe(moment, facts["closedate"] or None) if closed else None,
    )


def _worth(source: Source, facts: Mapping[str, Any]) -> Decimal | None:
    """The amount as HubSpot converted it; CurrencyError when it did not and should have."""
    home, entered = (maybe(amount, facts[name] or None) for name in ("amount_in_home_currency", "amount"))
    if entered and home in (None, entered):  # an account of one currency leaves the code empty
        drift.same_currency(maybe(text, facts["deal_currency_code"] or None) or source.currency, source.currency)
    return entered if home is None else home


def _told(value: Any) -> bool:
    """HubSpot's true and false, which are texts."""
    if value not in ("true", "false"):
        raise TypeError(f"{value!r}, not true or false")
    return bool(value == "true")


def judge(status: int, headers: Mapping[str, str], data: Any) -> OpsError | None:
    """The daily limit, which no short wait mends; all else is said by the status."""
    if status == 429 and isinstance(data, dict) and data.get("policyName") == "DAILY":
        return ThrottledError("the calls of this day are used up", retry_after=3600.0)
    return None


NEEDS = (
    Need("id"),
    Need("properties.dealname", null=True),
    Need("properties.amount", null=True),
    Need("properties.amount_in_home_currency", null=True),
    Need("properties.deal_currency_code", null=True),
    Need("properties.dealstage"),
    Need("properties.createdate", moment),
    Need("properties.closedate", null=True),
    Need("properties.hs_is_closed", _told),
    Need("properties.hs_is_closed_won", _told),
    Need("properties.hs_last_sales_activity_timestamp", null=True),
    Need("properties.hs_lastmodifieddate", moment),
)
_KEYS = "HubSpot, Settings, Integrations, Service Keys"

CONNECTOR = Connector(
    key="hubspot",
    name="HubSpot",
    version=VERSION,
    sunset=date(2028, 3, 1),
    url="https://api.hubapi.com",
    auth=bearer("HUBSPOT_SERVICE_KEY"),
    writing=bearer("HUBSPOT_WRITE_KEY"),
    actions=(hubspot_tasks.FOLLOW_UP,),
    rates=(Rate(50, 10), Rate(1, 0.25, match="/search")),
    judge=judge,
    health=Call(f"/crm/owners/{VERSION}", query=(("limit", "1"),)),
    scopes=("crm.objects.deals.read", "crm.objects.owners.read"),
    credentials=(
        Credential("HUBSPOT_SERVICE_KEY", _KEYS, "until rotated", "deals"),
        Credential("HUBSPOT_WRITE_KEY", f"{_KEYS}, a second key", "until rotated", "follow-up tasks", optional=True),
    ),
    streams=(
        Stream(
            key="deals",
            kind="deals",
            pages=pages,
            put=put,
            needs=NEEDS,
            stale_after=timedelta(days=14),
            look_back=timedelta(days=3650),
            overlap=timedelta(hours=1),
        ),
    ),
)
