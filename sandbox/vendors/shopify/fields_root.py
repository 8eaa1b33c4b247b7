"""What can be asked and done at the top: orders, the shop itself, bulk operations, any node by its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.company.company import CURRENCY, NAME
from sandbox.company.credit_notes import Refund
from sandbox.company.timeline import ZONE
from sandbox.vendors.shopify import fields_fulfilment, fields_stock, finder, ids, pages
from sandbox.vendors.shopify.bulk import CONCURRENT
from sandbox.vendors.shopify.fields_order import ANONYMOUS_BUYER, PurchasingCompany
from sandbox.vendors.shopify.operations import Operation
from sandbox.vendors.shopify.project import UnsupportedQueryError
from sandbox.vendors.shopify.view import Fields, View


class Line(int):
    """A line looked up by its id, so that its type can be told."""

    type_name = "LineItem"


class Order(int):
    """An order looked up by its id, so that its type can be told."""

    type_name = "Order"


def find_order(view: View, _: Any, id: str) -> Order | None:  # noqa: A002  the interface's own name
    """An order by its global id."""
    parsed = ids.parse(id)
    if parsed is None or parsed[0] != "Order":
        return None
    order = view.book.by_number.get(parsed[1] - ids.ORDER)
    visible = order is not None and view.ledger.minute[order] <= view.now
    return Order(order) if visible and order is not None else None


def _orders(view: View, _: Any, **arguments: Any) -> pages.Page:
    return finder.page(view, view.finder, arguments)


def _count(view: View, _: Any, query: str | None, limit: int | None) -> dict[str, Any]:
    found = len(view.finder.sorted(view, query, "PROCESSED_AT"))
    if limit is not None and found > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": found, "precision": "EXACT"}


def _shop(view: View, *_: Any) -> dict[str, Any]:
    local = view.company.clock.now().astimezone(ZONE)
    return {
        "id": ids.gid("Shop", ids.SHOP),
        "name": NAME,
        "email": "shop@sandbox.invalid",
        "currencyCode": CURRENCY,
        "ianaTimezone": str(ZONE),
        "timezoneAbbreviation": local.strftime("%Z"),
        "timezoneOffset": local.strftime("%z"),
        "myshopifyDomain": "sandbox-company.myshopify.com",
        "orderNumberFormatPrefix": "#",
        "createdAt": view.iso(view.ledger.minute[0]),
        "plan": {"publicDisplayName": "Basic", "partnerDevelopment": False, "shopifyPlus": False},
    }


def find_node(view: View, _: Any, id: str) -> Any:  # noqa: A002  the interface's own name
    """Anything by its global id."""
    parsed = ids.parse(id)
    if parsed is None:
        return None
    kind, number = parsed
    if kind == "LineItem":
        line = number - ids.LINE
        return Line(line) if 0 <= line < len(view.ledger.kind) else None
    if kind == "BulkOperation":
        return view.bulk.operations.get(number)
    look_up = _LOOK_UP.get(kind)
    return look_up(view, id) if look_up else None


def _refund(view: View, text: str) -> Refund | None:
    parsed = ids.parse(text)
    found = view.book.refund_by_number.get(parsed[1] - ids.REFUND) if parsed else None
    return found if found and found.minute <= view.now else None


_LOOK_UP: dict[str, Callable[[View, str], Any]] = {
    "Order": lambda view, text: find_order(view, None, text),
    "Refund": _refund,
    "FulfillmentOrder": fields_fulfilment.find,
    "InventoryItem": lambda view, text: fields_stock.find_item(view, None, text),
    "Location": lambda *_: fields_stock.Location(),
}


def _operation(view: View, _: Any, id: str) -> Operation | None:  # noqa: A002  the interface's own name
    found = find_node(view, None, id)
    return found if isinstance(found, Operation) else None


def _operations(view: View, _: Any, first: int | None, after: str | None, reverse: bool, **_more: Any) -> pages.Page:
    found = sorted(view.bulk.operations.values(), key=lambda one: one.number, reverse=not reverse)
    return pages.cut(found, lambda one: (one.number, one.number), first, after)


def _current(view: View, *_: Any, **_more: Any) -> Operation | None:
    return max(view.bulk.operations.values(), key=lambda one: one.number, default=None)


def _run_query(view: View, _: Any, query: str, groupObjects: bool) -> dict[str, Any]:  # noqa: N803  the interface's own name
    if view.bulk.running() >= CONCURRENT:
        message = "The maximum number of concurrent bulk query operations for this app and shop was reached."
        return _refused(message, "LIMIT_REACHED")
    try:
        operation = view.bulk.start(view.schema, view, query, groupObjects)
    except UnsupportedQueryError as error:
        return _refused(str(error), "INVALID")
    return {"bulkOperation": operation, "userErrors": []}


def _refused(message: str, code: str) -> dict[str, Any]:
    return {"bulkOperation": None, "userErrors": [{"field": ["query"], "message": message, "code": code}]}


def _cancel(view: View, _: Any, id: str) -> dict[str, Any]:  # noqa: A002  the interface's own name
    parsed = ids.parse(id)
    operation = view.bulk.cancel(parsed[1]) if parsed else None
    errors = [] if operation else [{"field": ["id"], "message": "Bulk operation does not exist"}]
    return {"bulkOperation": operation, "userErrors": errors}


def _url(view: View, one: Operation) -> str | None:
    if one.status != "COMPLETED" or not one.objects:
        return None
    return f"{view.base_url}/shopify/_files/{one.path.name}"


def _instant(moment: Any) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _company(view: View, buyer: PurchasingCompany) -> dict[str, Any]:
    number = buyer.number
    name = f"Account {number}" if number < ANONYMOUS_BUYER else f"Account without number {number - ANONYMOUS_BUYER}"
    created = view.iso(view.ledger.minute[0])
    return {
        "id": ids.gid("Company", ids.COMPANY + number),
        "name": name,
        "externalId": str(number),
        "createdAt": created,
    }


def _location(_: View, buyer: PurchasingCompany) -> dict[str, Any]:
    return {"id": ids.gid("CompanyLocation", ids.COMPANY + buyer.number), "name": "Main"}


def _contact(_: View, buyer: PurchasingCompany) -> dict[str, Any]:
    return {"id": ids.gid("CompanyContact", ids.COMPANY + buyer.number), "title": "Buyer"}


FIELDS: Fields = {
    "QueryRoot": {
        "orders": _orders,
        "order": find_order,
        "ordersCount": _count,
        "shop": _shop,
        "node": find_node,
        "nodes": lambda view, _, ids: [find_node(view, None, one) for one in ids],
        "bulkOperation": _operation,
        "bulkOperations": _operations,
        "currentBulkOperation": _current,
    },
    "Mutation": {"bulkOperationRunQuery": _run_query, "bulkOperationCancel": _cancel},
    "Customer": {
        "id": lambda _, one: ids.gid("Customer", ids.CUSTOMER + one.number),
        "legacyResourceId": lambda _, one: str(ids.CUSTOMER + one.number),
        "displayName": lambda _, one: f"Customer {one.number}",
        "createdAt": lambda view, _: view.iso(view.ledger.minute[0]),
        "numberOfOrders": lambda view, one: str(view.book.ledger.customer.count(one.number)),
        "tags": lambda *_: [],
    },
    "PurchasingCompany": {"company": _company, "contact": _contact, "location": _location},
    "BulkOperation": {
        "id": lambda _, one: one.id,
        "type": lambda *_: "QUERY",
        "status": lambda _, one: one.status,
        "errorCode": lambda _, one: one.error,
        "query": lambda _, one: one.query,
        "createdAt": lambda _, one: _instant(one.created),
        "completedAt": lambda _, one: _instant(one.completed),
        "objectCount": lambda _, one: str(one.objects),
        "rootObjectCount": lambda _, one: str(one.roots),
        "fileSize": lambda _, one: str(one.path.stat().st_size) if one.status == "COMPLETED" else None,
        "url": _url,
        "partialDataUrl": lambda *_: None,
    },
}
