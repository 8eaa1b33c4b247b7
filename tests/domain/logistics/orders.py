"""Orders as Shopify tells them, made by hand: agreements and their sales."""

from __future__ import annotations

from typing import Any

from domain.kernel.drift import mapped
from domain.kernel.facts import Batch
from domain.logistics import shopify_orders
from tests.collecting import offline

SOURCE = offline("shopify")


def sale(
    amount: str,
    quantity: int | None = 1,
    *,
    sku: str | None = "A1",
    item: str = "1",
    tax: str = "0.0",
    kind: str = "PRODUCT",
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "lineType": kind,
        "quantity": quantity,
        "totalAmount": {"shopMoney": {"amount": amount}},
        "totalTaxAmount": {"shopMoney": {"amount": tax}},
    }
    if kind == "PRODUCT":
        row["lineItem"] = {"id": f"gid://shopify/LineItem/{item}", "sku": sku}
    return row


def agreed(*sales: dict[str, Any], number: int = 1, at: str = "2026-11-18T10:00:00Z") -> dict[str, Any]:
    return {"id": f"gid://shopify/SalesAgreement/{number}", "happenedAt": at, "sales": list(sales)}


def order(*agreements: dict[str, Any], **changed: Any) -> dict[str, Any]:
    row = {
        "id": "gid://shopify/Order/77",
        "name": "#77",
        "processedAt": "2026-11-18T10:00:00Z",
        "updatedAt": "2026-11-19T10:00:00Z",
        "cancelledAt": None,
        "test": False,
        "currencyCode": "GBP",
        "sourceName": "web",
        "app": {"name": "Online Store"},
        "customer": {"id": "gid://shopify/Customer/9"},
        "purchasingEntity": {"__typename": "Customer"},
        "agreements": list(agreements),
    }
    return {**row, **changed}


def put(*rows: dict[str, Any]) -> Batch:
    batch = Batch()
    mapped(rows, batch, lambda row, into: shopify_orders.put_order(SOURCE, row, into), shopify_orders.NEEDS)
    return batch
