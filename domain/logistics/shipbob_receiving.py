"""ShipBob: announce goods to the warehouse, and take the announcement back while nothing of it has arrived.

ShipBob knows no idempotency key; the purchase order number of the announcement is our key and is looked for first.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from domain.kernel.action import Action, Args, Change, Saved, State
from domain.kernel.drift import several, taken
from domain.kernel.errors import InputError
from domain.kernel.facts import text, whole
from domain.kernel.numbers import short_date
from domain.kernel.source import Source
from domain.kernel.vendor import Call

_MOST = 100_000


class ReceivingArgs(Args):
    """What is sent to the warehouse, and when it comes."""

    sku: str = Field(title="SKU", description="Which article, by its SKU?", min_length=1, max_length=80)
    quantity: int = Field(title="Units", description="How many units?", ge=1, le=_MOST)
    arrives: date = Field(title="Arrives", description="On which day will it arrive?")
    center: str = Field("", title="Warehouse", description="Which warehouse, when there are several?", max_length=80)


async def before(source: Source, args: ReceivingArgs) -> State:
    """The article, what is awaited of it, and the warehouse; InputError for an unknown one or a day gone by."""
    if args.arrives < source.today:
        raise InputError(f"{short_date(args.arrives, year=True)} has gone by already.")
    return {**await _level(source, args.sku), **await _center(source, args.center), "order": None}


async def _level(source: Source, sku: str) -> dict[str, Any]:
    query = (("SearchBy", sku), ("PageSize", "250"))
    answer = await source.ask(Call(f"/{source.version}/inventory-level", query=query, typed=True))
    for one in taken(answer.data, "items", list):
        if one["sku"] == sku:
            facts = {"sku": sku, "inventory": whole(one["inventory_id"]), "name": text(one["name"])}
            return {**facts, "awaiting": whole(one["total_awaiting_quantity"])}
    raise InputError(f"The warehouse has no article {sku}.")


async def _center(source: Source, wanted: str) -> dict[str, Any]:
    """The warehouse that is named; without a name the only one."""
    answer = await source.ask(Call(f"/{source.version}/fulfillment-center"))
    known = {whole(one["id"]): text(one["name"]) for one in several(answer.data)}
    chosen = [ident for ident, name in known.items() if wanted.lower() in ("", str(ident), name.lower())]
    if len(chosen) != 1:
        raise InputError(f"Name one warehouse of {', '.join(known.values())}.")
    return {"center": chosen[0], "center_name": known[chosen[0]]}


def preview(args: ReceivingArgs, before: State) -> tuple[Change, ...]:
    """The units awaited before and after, and where and when they come."""
    then = f"{before['awaiting'] + args.quantity:,} units"
    where = f"at {before['center_name']} by {short_date(args.arrives, year=True)}"
    return (Change(f"{before['name']} awaited", f"{before['awaiting']:,} units", f"{then}, {args.quantity:,} {where}"),)


async def find(source: Source, args: ReceivingArgs, key: str) -> Saved | None:
    """The announcement under our key, unless it was cancelled."""
    query = (("PurchaseOrderNumbers", key), ("Limit", "50"))
    answer = await source.ask(Call(f"/{source.version}/receiving", query=query))
    for one in several(answer.data):
        if one["purchase_order_number"] == key and one["status"] != "Cancelled":
            return _saved(one)
    return None


def _saved(row: Any) -> Saved:
    center = row["fulfillment_center"]
    return {"order": whole(row["id"]), "center": whole(center["id"]), "center_name": text(center["name"])}


async def announce(source: Source, args: ReceivingArgs, before: State, key: str) -> Saved:
    """Create the receiving order."""
    body = {
        "fulfillment_center": {"id": before["center"]},
        "package_type": "Package",
        "box_packaging_type": "EverythingInOneBox",
        "boxes": [{"box_items": [{"inventory_id": before["inventory"], "quantity": args.quantity}]}],
        "expected_arrival_date": f"{args.arrives.isoformat()}T12:00:00Z",
        "purchase_order_number": key,
    }
    answer = await source.ask(Call(f"/{source.version}/receiving", "POST", json=body, reads=False, typed=True))
    return _saved(answer.data)


async def read_back(source: Source, args: ReceivingArgs, saved: Saved) -> State:
    """The article and the announcement now; none when it is cancelled."""
    row = (await source.ask(Call(f"/{source.version}/receiving/{saved['order']}"))).data
    units = sum(whole(one["expected_quantity"]) for one in taken(row, "inventory_quantities", list))
    order = None if row["status"] == "Cancelled" else {"status": text(row["status"]), "units": units}
    where = {"center": saved["center"], "center_name": saved["center_name"]}
    return {**await _level(source, args.sku), **where, "order": order}


def in_place(now: State, args: ReceivingArgs, saved: Saved) -> bool:
    """Whether the warehouse has it announced."""
    return now["order"] is not None and bool(now["order"]["units"] == args.quantity)


def stale(now: State, before: State, saved: Saved) -> str:
    """It has arrived, or somebody has cancelled it."""
    if now["order"] is None:
        return "Somebody has cancelled the receiving order."
    return "" if now["order"]["status"] == "Awaiting" else "The goods have arrived at the warehouse already."


async def cancel(source: Source, args: ReceivingArgs, before: State, saved: Saved, key: str) -> None:
    """Take the announcement back; InputError when the warehouse will not."""
    await source.ask(Call(f"/{source.version}/receiving/{saved['order']}:cancel", "POST", reads=False, typed=True))


ANNOUNCE = Action(
    kind="shipbob.create_receiving_order",
    title="Announce goods to the warehouse",
    risk="medium",
    args=ReceivingArgs,
    before=before,
    preview=preview,
    guard=find,
    do=announce,
    read_back=read_back,
    in_place=in_place,
    stale_if=stale,
    undo=cancel,
    scopes=("inventory_read", "receiving_read", "receiving_write"),
)
