"""The fields of fulfilment orders, and holding them back or letting them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.company.effects import Effect
from sandbox.company.ledger import SALE
from sandbox.company.parcels import LONGEST, Hold
from sandbox.vendors.shopify import fields_order, finder, ids, pages, search
from sandbox.vendors.shopify.fields_stock import WAREHOUSE, Location
from sandbox.vendors.shopify.search import Term
from sandbox.vendors.shopify.view import Fields, View

VENDOR = "shopify"
MOST_HOLDS = 10
_KNOWN = frozenset(("id", "status", "updated_at", "assigned_location_id"))
_HOLD = 2_900_000_000
_STATUS = {"shipped": "CLOSED", "cancelled": "CANCELLED", "held": "ON_HOLD"}


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The goods of one order, to be sent from the warehouse."""

    order: int
    type_name: str = "FulfillmentOrder"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a fulfilment order."""

    fulfilment: Fulfilment
    line: int


def replay(view: View) -> None:
    """Put back the holds that earlier runs left."""
    for effect in view.company.effects.of(VENDOR):
        _apply(view, effect)


def _apply(view: View, effect: Effect) -> None:
    holds = view.company.parcels.holds
    if effect.name == "hold":
        hold = Hold(**effect.data)
        holds.setdefault(hold.order, []).append(hold)
    elif effect.name == "release":
        order, numbers = effect.data["order"], set(effect.data["numbers"])
        holds[order] = [
            replace(one, released=effect.minute) if one.number in numbers else one for one in holds.get(order, [])
        ]


def status(view: View, one: Fulfilment) -> str:
    """Open until it left, on hold while held back."""
    return _STATUS.get(view.company.parcels.status(one.order, view.now), "OPEN")


def find(view: View, text: str) -> Fulfilment | None:
    """A fulfilment order by its global id."""
    parsed = ids.parse(text)
    if parsed is None or parsed[0] != "FulfillmentOrder":
        return None
    order = view.book.by_number.get(parsed[1] - ids.FULFILMENT)
    visible = order is not None and view.ledger.minute[order] <= view.now and view.company.parcels.has_goods(order)
    return Fulfilment(order) if visible and order is not None else None


def _id(view: View, one: Fulfilment) -> str:
    return ids.gid("FulfillmentOrder", ids.FULFILMENT + view.book.number(one.order))


def _key(view: View) -> Any:
    return lambda one: (view.book.number(one.order), view.book.number(one.order))


def _orders(view: View, _: Any, **arguments: Any) -> pages.Page:
    """Open ones, or every one of the last weeks when closed ones are wanted too."""
    parcels = view.company.parcels
    chosen: Sequence[int] = parcels.open(view.now)
    if arguments["includeClosed"]:
        recent = view.book.between(view.now - LONGEST, view.now + 1)
        chosen = [order for order in recent if parcels.has_goods(order)]
    parsed = search.parse(arguments["query"], _KNOWN)
    found = [Fulfilment(order) for order in chosen]
    found = [one for one in found if search.matches(parsed.tree, lambda term: _holds(view, one, term))]  # noqa: B023
    if arguments["sortKey"] == "UPDATED_AT":
        key: Any = lambda one: (parcels.changed(one.order, view.now), view.book.number(one.order))  # noqa: E731
    else:
        key = _key(view)
    found.sort(key=key, reverse=arguments["reverse"])
    return pages.cut(found, key, arguments["first"], arguments["after"])


def _one(view: View, _: Any, **arguments: Any) -> Fulfilment | None:
    return find(view, arguments["id"])


def _holds(view: View, one: Fulfilment, term: Term) -> bool:
    if term.name == "status":
        return status(view, one) in term.value.upper().split(",")
    if term.name == "updated_at":
        return _updated_within(view, one, term)
    if term.name == "id":
        number = ids.FULFILMENT + view.book.number(one.order)
        return search.compare(term.comparator, number, int(term.value.rpartition("/")[2] or 0))
    return True


def _updated_within(view: View, one: Fulfilment, term: Term) -> bool:
    low, high = finder.span(view, term)
    return bool(low <= view.company.parcels.changed(one.order, view.now) < high)


def _of_order(view: View, order: int, first: int | None, after: str | None, **_more: Any) -> pages.Page:
    found = [Fulfilment(order)] if view.company.parcels.has_goods(order) else []
    return pages.cut(found, _key(view), first, after)


def _parts(view: View, one: Fulfilment, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    lines = [line for line in view.book.items(one.order, view.now) if view.ledger.kind[line] == SALE]
    parts = [Part(one, line) for line in (lines[::-1] if reverse else lines)]
    return pages.cut(parts, lambda part: (part.line, part.line), first, after)


def _remaining(view: View, part: Part) -> int:
    if status(view, part.fulfilment) in ("CLOSED", "CANCELLED"):
        return 0
    return fields_order.current_quantity(view, part.line)


def hold(view: View, _: Any, id: str, fulfillmentHold: dict[str, Any]) -> dict[str, Any]:  # noqa: A002, N803
    """Hold a fulfilment order back; names are the interface's own."""
    one = find(view, id)
    if one is None:
        return _refused(["id"], "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
    active = view.company.parcels.held(one.order, view.now)
    handle = fulfillmentHold.get("handle")
    if handle and any(other.handle == handle for other in active):
        message = "The handle is already used by another active hold of this app."
        return _refused(["fulfillmentHold", "handle"], message, "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
    if len(active) >= MOST_HOLDS:
        message = f"The fulfillment order has reached the limit of {MOST_HOLDS} holds."
        return _refused(["id"], message, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
    if status(view, one) not in ("OPEN", "ON_HOLD"):
        return _refused(["id"], "The fulfillment order is not in a state that can be held.", None)
    placed = _place(view, one, fulfillmentHold)
    return {
        "fulfillmentHold": placed,
        "fulfillmentOrder": one,
        "remainingFulfillmentOrder": None,
        "userErrors": [],
    }


def _place(view: View, one: Fulfilment, wanted: dict[str, Any]) -> Hold:
    number = _HOLD + len(view.company.effects.all)
    data = {
        "number": number,
        "order": one.order,
        "since": view.now,
        "reason": wanted["reason"],
        "notes": wanted.get("reasonNotes"),
        "handle": wanted.get("handle"),
    }
    key = wanted.get("handle") or wanted.get("externalId") or str(number)
    _apply(view, view.company.effects.add(Effect(VENDOR, "hold", key, view.now, data)))
    return Hold(**data)


def _refused(field: list[str], message: str, code: str | None) -> dict[str, Any]:
    error = {"field": field, "message": message, "code": code}
    return {
        "fulfillmentHold": None,
        "fulfillmentOrder": None,
        "remainingFulfillmentOrder": None,
        "userErrors": [error],
    }


def release(view: View, _: Any, id: str, holdIds: list[str] | None, externalId: str | None) -> dict[str, Any]:  # noqa: A002, N803
    """Release some holds, or all of them; names are the interface's own."""
    one = find(view, id)
    if one is None:
        error = {"field": ["id"], "message": "Fulfillment order does not exist.", "code": "FULFILLMENT_ORDER_NOT_FOUND"}
        return {"fulfillmentOrder": None, "userErrors": [error]}
    active = view.company.parcels.held(one.order, view.now)
    if holdIds is not None:
        wanted = {parsed[1] for text in holdIds if (parsed := ids.parse(text))}
        active = [other for other in active if other.number in wanted]
    if active:
        data = {"order": one.order, "numbers": [other.number for other in active]}
        key = externalId or active[0].handle or str(active[0].number)
        _apply(view, view.company.effects.add(Effect(VENDOR, "release", key, view.now, data)))
    return {"fulfillmentOrder": one, "userErrors": []}


def _now_held(view: View, one: Fulfilment) -> list[Hold]:
    return view.company.parcels.held(one.order, view.now)


FIELDS: Fields = {
    "QueryRoot": {"fulfillmentOrders": _orders, "fulfillmentOrder": _one},
    "Order": {"fulfillmentOrders": _of_order},
    "Mutation": {"fulfillmentOrderHold": hold, "fulfillmentOrderReleaseHold": release},
    "FulfillmentOrder": {
        "id": _id,
        "orderId": lambda view, one: fields_order.order_id(view, one.order),
        "orderName": lambda view, one: f"#{view.book.number(one.order)}",
        "order": lambda _, one: one.order,
        "orderProcessedAt": lambda view, one: view.iso(view.ledger.minute[one.order]),
        "status": status,
        "requestStatus": lambda view, one: "CLOSED" if status(view, one) == "CLOSED" else "ACCEPTED",
        "createdAt": lambda view, one: view.iso(view.ledger.minute[one.order]),
        "updatedAt": lambda view, one: view.iso(view.company.parcels.changed(one.order, view.now)),
        "fulfillAt": lambda view, one: view.iso(view.ledger.minute[one.order]),
        "fulfillBy": lambda view, one: view.iso(view.company.parcels.plan(one.order).due),
        "assignedLocation": lambda *_: {"name": WAREHOUSE, "countryCode": "GB", "location": Location()},
        "fulfillmentHolds": _now_held,
        "lineItems": _parts,
    },
    "FulfillmentOrderLineItem": {
        "id": lambda _, part: ids.gid("FulfillmentOrderLineItem", ids.LINE + part.line),
        "sku": lambda view, part: fields_order.sku(view, part.line),
        "productTitle": lambda view, part: fields_order.title(view, part.line),
        "totalQuantity": lambda view, part: view.ledger.quantity[part.line],
        "remainingQuantity": _remaining,
        "lineItem": lambda _, part: part.line,
    },
    "FulfillmentHold": {
        "id": lambda _, one: ids.gid("FulfillmentHold", one.number),
        "reason": lambda _, one: one.reason,
        "reasonNotes": lambda _, one: one.notes,
        "displayReason": lambda _, one: one.reason.replace("_", " ").capitalize(),
        "handle": lambda _, one: one.handle,
        "heldByRequestingApp": lambda *_: True,
    },
}
