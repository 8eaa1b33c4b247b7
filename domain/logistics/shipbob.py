"""ShipBob: where every shipment stands, what is late against its promise, and what is held up and why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, timedelta
from typing import Any

from domain.kernel import drift
from domain.kernel.connector import Connector, Credential, Stream
from domain.kernel.drift import Need
from domain.kernel.facts import Batch, Shipment, maybe, moment, text, whole
from domain.kernel.source import Page, Source, Span
from domain.kernel.vendor import Answer, Call, Rate
from domain.kernel.vendor_auth import bearer
from domain.kernel.vendor_errors import DriftError
from domain.logistics import shipbob_receiving

VERSION = "2026-07"
_LIMIT = 250
_LATE = frozenset({"PendingLate", "FulfilledLate"})
_HELD = frozenset({"Exception", "OnHold", "ImportReview"})
_STATUSES = _HELD | frozenset(
    {"None", "Processing", "Completed", "Cancelled", "CleanSweeped", "LabeledCreated", "AwaitingReset", "Picked"}
)


async def pages(source: Source, span: Span) -> AsyncIterator[Page]:
    """Orders with a shipment that changed, page by page until a short one; the cursor moves with the last."""
    since = span.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    number, newest, more = 1, None, True
    while more:
        query = (("Page", str(number)), ("Limit", str(_LIMIT)), ("SortOrder", "Oldest"), ("LastUpdateStartDate", since))
        answer = await source.ask(Call(f"/{VERSION}/order", query=query))
        rows = _list(answer)
        changed = [moment(one["last_update_at"]) for row in rows for one in row["shipments"] if one["last_update_at"]]
        newest = max([*changed, *([newest] if newest else [])], default=None)
        more = len(rows) == _LIMIT
        yield Page(rows, (answer,), None if more else newest)
        number += 1


def _list(answer: Answer) -> list[Any]:
    """The rows of an answer, with the fields that paging itself rests on looked at first."""
    if not isinstance(answer.data, list):
        raise DriftError("the orders are not a list.")
    for row in answer.data:
        if found := drift.problem(row, NEEDS):
            raise DriftError(found)
    return answer.data


def put(source: Source, row: Mapping[str, Any], batch: Batch) -> None:
    """One order: its shipments. An order may be sent in several."""
    placed = moment(row["created_date"])
    for one in row["shipments"]:
        status, shipped = text(one["status"]), maybe(moment, one["actual_fulfillment_date"])
        if status not in _STATUSES:
            batch.notice(f"shipments have the new status {status}")
        changed = maybe(moment, one["last_update_at"]) or placed
        batch.seen(changed)
        ident = f"{source.key}:{whole(one['id'])}"
        batch.shipments[ident] = Shipment(
            id=ident,
            source=source.key,
            order_name=text(row["order_number"]),
            day=source.day(placed),
            status=status,
            late=one["estimated_fulfillment_date_status"] in _LATE,
            exception=_reason(one) if status in _HELD else "",
            shipped_day=source.day(shipped) if shipped else None,
            updated_at=changed,
        )


def _reason(one: Mapping[str, Any]) -> str:
    """Why a shipment does not move, in the warehouse's words."""
    details = [detail["description"] or detail["name"] for detail in one["status_details"] or []]
    return "; ".join(text(detail) for detail in details if detail) or text(one["status"])


def pace(headers: Mapping[str, str], data: Any) -> float:
    """No calls left in this minute: wait as long as told."""
    if headers.get("x-remaining-calls", "1").strip() != "0":
        return 0.0
    told = headers.get("x-retry-after", "").strip()
    return float(told) if told.isdigit() else 2.0


NEEDS = (
    Need("order_number"),
    Need("created_date", moment),
    Need("shipments", drift.several),
    Need("shipments[].id", whole),
    Need("shipments[].status"),
    Need("shipments[].last_update_at", moment, null=True),
    Need("shipments[].actual_fulfillment_date", moment, null=True),
    Need("shipments[].estimated_fulfillment_date_status", null=True),
    Need("shipments[].status_details", drift.several, null=True),
)

CONNECTOR = Connector(
    key="shipbob",
    name="ShipBob",
    version=VERSION,
    sunset=date(2028, 7, 31),
    url="https://api.shipbob.com",
    auth=bearer("SHIPBOB_TOKEN"),
    writing=bearer("SHIPBOB_WRITE_TOKEN"),
    actions=(shipbob_receiving.ANNOUNCE,),
    rates=(Rate(75, 60),),
    pace=pace,
    health=Call(f"/{VERSION}/channel"),
    scopes=("orders_read",),
    credentials=(
        Credential("SHIPBOB_TOKEN", "ShipBob, Integrations, API Tokens", "not stated", "late and held-up shipments"),
        Credential("SHIPBOB_WRITE_TOKEN", "the same, a second token", "not stated", "announcing goods", optional=True),
    ),
    streams=(
        Stream(
            key="shipments",
            kind="fulfilment",
            pages=pages,
            put=put,
            needs=NEEDS,
            stale_after=timedelta(hours=48),
            look_back=timedelta(days=35),
        ),
    ),
)
