"""Orders and their shipments in ShipBob's words."""

from __future__ import annotations

from typing import Any

from sandbox.company import countries
from sandbox.company.company import CURRENCY, Company
from sandbox.company.ledger import SALE
from sandbox.company.parcels import HOUR
from sandbox.vendors.shopify import ids

ORDER, SHIPMENT, INVENTORY, PRODUCT = 310_000_000, 220_000_000, 20_000_000, 100_000_000
CENTER = {"id": 238, "name": "Twin Lakes (UK)"}
CHANNEL = {"id": 105901, "name": "Shopify"}
_STATUS = {
    "shipped": ("Fulfilled", "Completed"),
    "cancelled": ("Cancelled", "Cancelled"),
    "exception": ("Exception", "Exception"),
    "on_hold": ("Exception", "OnHold"),
    "held": ("Exception", "OnHold"),
    "processing": ("Processing", "Processing"),
}
_DETAILS: dict[str, tuple[int, str, str]] = {
    "on_hold": (301, "InvalidAddress", "The address could not be validated"),
    "held": (303, "Manual", "Placed on hold by the merchant"),
    "processing": (201, "AwaitingPick", "Waiting to be picked"),
    "picked": (203, "Picked", "The items of the shipment were picked"),
    "labelled": (102, "Labeled", "Label was printed"),
    "transit": (104, "InTransit", "The shipment is on its way"),
    "delivered": (105, "Delivered", "The shipment has been delivered"),
    "exception": (401, "OutOfStock", "Some items are out of stock"),
    "cancelled": (601, "Cancelled", "Cancelled by the merchant"),
}


def order_id(company: Company, order: int) -> int:
    """ShipBob's number for an order of the shop."""
    return ORDER + company.book.number(order)


def render(company: Company, order: int, now: int) -> dict[str, Any]:
    """One order with its shipment."""
    book, iso = company.book, company.time.iso
    state = company.parcels.status(order, now)
    created = iso(book.ledger.minute[order])
    return {
        "id": order_id(company, order),
        "created_date": created,
        "purchase_date": created,
        "reference_id": str(ids.ORDER + book.number(order)),
        "order_number": str(book.number(order)),
        "status": _STATUS[state][0],
        "type": "B2B" if book.ledger.wholesale[order] else "DTC",
        "channel": CHANNEL,
        "shipping_method": "Standard",
        "recipient": {"name": "Customer", "email": None, "phone_number": None, "address": _address(company, order)},
        "products": _products(company, order, now),
        "tags": [],
        "shipments": [_shipment(company, order, now, state)],
        "gift_message": None,
        "shipping_terms": None,
        "retailer_program_data": None,
        "financials": {"total_price": book.total(order) / 1000},
    }


def _address(company: Company, order: int) -> dict[str, Any]:
    country = countries.CODES.get(company.book.ledger.country[order], "GB")
    address = {"address1": "1 Sample Street", "address2": None, "company_name": None, "city": "Sampleton"}
    return {**address, "state": None, "country": country, "zip_code": None}


def _lines(company: Company, order: int, now: int) -> list[int]:
    book = company.book
    return [line for line in book.items(order, now) if book.ledger.kind[line] == SALE and book.ledger.quantity[line]]


def _products(company: Company, order: int, now: int) -> list[dict[str, Any]]:
    ledger = company.book.ledger
    return [
        {
            "id": PRODUCT + ledger.sku[line],
            "reference_id": ledger.skus[ledger.sku[line]],
            "quantity": ledger.quantity[line],
            "quantity_unit_of_measure_code": None,
            "sku": ledger.skus[ledger.sku[line]],
            "gtin": None,
            "upc": None,
            "unit_price": ledger.price[line] / 1000,
            "external_line_id": None,
        }
        for line in _lines(company, order, now)
    ]


def _shipment(company: Company, order: int, now: int, state: str) -> dict[str, Any]:
    iso, plan, parcels = company.time.iso, company.parcels.plan(order), company.parcels
    shipped = parcels.shipped(order, now)
    delivered = shipped + plan.delivered - plan.shipped if shipped is not None else None
    there = delivered is not None and delivered <= now
    number = SHIPMENT + company.book.number(order)
    return {
        "id": number,
        "order_id": order_id(company, order),
        "reference_id": str(ids.ORDER + company.book.number(order)),
        "recipient": {"name": "Customer", "full_name": "Customer", "email": None, "address": _address(company, order)},
        "created_date": iso(company.book.ledger.minute[order]),
        "last_update_at": iso(parcels.changed(order, now)),
        "last_tracking_update_at": iso(shipped) if shipped is not None else None,
        "status": _STATUS[state][1],
        "status_details": _details(company, order, now, state),
        "location": CENTER,
        "invoice_amount": _invoice(company, order) if shipped is not None else None,
        "invoice_currency_code": CURRENCY if shipped is not None else None,
        "insurance_value": None,
        "ship_option": "Standard",
        "package_material_type": "Box",
        "tracking": _tracking(company, number, shipped) if shipped is not None else None,
        "products": _shipped_products(company, order, now, state),
        "parent_cartons": [],
        "measurements": {"total_weight_oz": 0, "length_in": 0, "width_in": 0, "depth_in": 0},
        "require_signature": False,
        "estimated_fulfillment_date": iso(plan.due) if state not in ("exception", "on_hold", "held") else None,
        "actual_fulfillment_date": iso(shipped) if shipped is not None else None,
        "estimated_fulfillment_date_status": promise(company, order, now, state),
        "is_tracking_uploaded": shipped is not None,
        "gift_message": None,
        "delivery_date": iso(delivered) if there and delivered is not None else None,
        "zone": {"id": 1},
    }


def promise(company: Company, order: int, now: int, state: str) -> str:
    """How the shipment stands against the date it was promised for."""
    if state in ("exception", "on_hold", "held"):
        return "AwaitingInventoryAllocation" if state == "exception" else "AwaitingReset"
    if state == "cancelled":
        return "Unavailable"
    due, shipped = company.parcels.plan(order).due, company.parcels.shipped(order, now)
    if shipped is None:
        return "PendingLate" if now > due else "PendingOnTime"
    return "FulfilledLate" if shipped > due else "FulfilledOnTime"


def _details(company: Company, order: int, now: int, state: str) -> list[dict[str, Any]]:
    name = state
    plan, shipped = company.parcels.plan(order), company.parcels.shipped(order, now)
    if shipped is not None:
        journey = now - shipped
        name = (
            "labelled" if journey < 4 * HOUR else "transit" if journey < plan.delivered - plan.shipped else "delivered"
        )
    elif state == "processing" and now > company.book.ledger.minute[order] + 6 * HOUR:
        name = "picked"
    number, short, text = _DETAILS[name]
    inventory = None
    if state == "exception":
        lines = _lines(company, order, now)
        inventory = INVENTORY + company.book.ledger.sku[lines[order % len(lines)]] if lines else None
    return [
        {
            "name": short,
            "description": text,
            "id": number,
            "inventory_id": inventory,
            "exception_fulfillment_center_id": CENTER["id"] if inventory else None,
            "extra_information": None,
        }
    ]


def _shipped_products(company: Company, order: int, now: int, state: str) -> list[dict[str, Any]]:
    ledger = company.book.ledger
    lines = _lines(company, order, now)
    missing = lines[order % len(lines)] if state == "exception" and lines else None
    found = []
    for line in lines:
        sku, quantity = ledger.sku[line], ledger.quantity[line]
        inventory = {
            "id": INVENTORY + sku,
            "name": ledger.titles[sku],
            "quantity": quantity,
            "quantity_committed": 0 if line == missing else quantity,
            "lot": None,
            "expiration_date": None,
            "serial_numbers": None,
            "is_dangerous_goods": False,
        }
        text = ledger.skus[sku]
        product = {"id": PRODUCT + sku, "reference_id": text, "name": ledger.titles[sku], "sku": text}
        found.append({**product, "inventory_items": [inventory]})
    return found


def _invoice(company: Company, order: int) -> float:
    units = sum(company.book.ledger.quantity[line] for line in company.book.ledger.lines(order))
    return round(3.2 + 0.05 * min(units, 400), 2)


def _tracking(company: Company, number: int, shipped: int) -> dict[str, Any]:
    code = f"SBX{number}"
    return {
        "carrier": "SandboxPost",
        "carrier_service": "Standard",
        "tracking_number": code,
        "bol": None,
        "pro_number": None,
        "scac": None,
        "shipping_date": company.time.iso(shipped),
        "tracking_url": f"https://tracking.sandbox.invalid/{code}",
    }
