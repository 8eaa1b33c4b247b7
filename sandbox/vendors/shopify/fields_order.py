"""The fields of an order, its lines and its buyer; orders and lines are their numbers in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.company import countries
from sandbox.company.ledger import SALE, SHIPPING, VOUCHER
from sandbox.vendors.shopify import amounts, ids, pages
from sandbox.vendors.shopify.view import Fields, View

ANONYMOUS_BUYER = 900_000


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who buys, by the shop's customer number."""

    number: int


@dataclass(frozen=True, slots=True)
class PurchasingCompany:
    """A company that buys wholesale; without a customer number it is known by its order."""

    number: int


def order_id(view: View, order: int) -> str:
    """The global id of an order."""
    return ids.gid("Order", ids.ORDER + view.book.number(order))


def customer(view: View, order: int) -> Customer | None:
    """Who ordered, if the shop knows."""
    number = view.ledger.customer[order]
    return Customer(number) if number else None


def purchasing_entity(view: View, order: int) -> Customer | PurchasingCompany | None:
    """A company for wholesale orders, a customer otherwise."""
    if view.ledger.wholesale[order]:
        return PurchasingCompany(view.ledger.customer[order] or ANONYMOUS_BUYER + view.book.number(order))
    return customer(view, order)


def current_total(view: View, order: int) -> int:
    """What is left of the order after refunds."""
    return view.book.total(order) - view.book.refunded(order, view.now)


def line_key(line: int) -> tuple[int, int]:
    """Lines are paged by their number."""
    return line, line


def line_items(view: View, order: int, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    """The lines of an order, a page of them."""
    lines = view.book.items(order, view.now)
    return pages.cut(lines[::-1] if reverse else lines, line_key, first, after)


def all_line_items(view: View, order: int) -> list[int] | range:
    """Every line of an order, for bulk operations."""
    return view.book.items(order, view.now)


def sku(view: View, line: int) -> str | None:
    """The SKU of a product; vouchers and things sold by hand have none."""
    return view.ledger.skus[view.ledger.sku[line]] if view.ledger.kind[line] == SALE else None


def title(view: View, line: int) -> str:
    """What the line is called."""
    return view.ledger.titles[view.ledger.sku[line]]


def current_quantity(view: View, line: int) -> int:
    """Units left after refunds."""
    order = view.book.order_of(line)
    if order not in view.book.credits.of_order:
        return view.ledger.quantity[line]
    return max(0, view.ledger.quantity[line] - view.book.returned(order, view.now).get(line, 0))


def _financial_status(view: View, order: int) -> str:
    back = view.book.refunded(order, view.now)
    if not back:
        return "PAID"
    return "REFUNDED" if back >= view.book.total(order) else "PARTIALLY_REFUNDED"


def _fulfilment_status(view: View, order: int) -> str:
    status = view.company.parcels.status(order, view.now)
    return {"shipped": "FULFILLED", "held": "ON_HOLD"}.get(status, "UNFULFILLED")


def _shipping_lines(view: View, order: int, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    lines = [line for line in view.ledger.lines(order) if view.ledger.kind[line] == SHIPPING]
    return pages.cut(lines[::-1] if reverse else lines, line_key, first, after)


def _source(view: View, order: int) -> str:
    return "shopify_draft_order" if view.ledger.wholesale[order] else "web"


def _closed(view: View, order: int) -> str | None:
    cancelled = view.book.cancelled(order, view.now)
    return view.iso(cancelled if cancelled is not None else view.company.parcels.shipped(order, view.now))


def _created(view: View, order: int) -> str | None:
    return view.iso(view.ledger.minute[order])


def _cancel_reason(view: View, order: int) -> str | None:
    return None if view.book.cancelled(order, view.now) is None else "CUSTOMER"


def _units(view: View, order: int) -> int:
    return sum(view.ledger.quantity[line] for line in view.book.items(order, view.now))


def _units_left(view: View, order: int) -> int:
    return sum(current_quantity(view, line) for line in view.book.items(order, view.now))


def _currency(*_: Any) -> str:
    return amounts.CURRENCY


def _nothing(*_: Any) -> int:
    return 0


def _subtotal_left(view: View, order: int) -> int:
    back = sum(amount for refund in view.book.refunds(order, view.now) for _, _, amount in refund.lines)
    return view.book.subtotal(order) - view.book.discount(order) - back


def _shipping_back(view: View, order: int) -> int:
    return sum(refund.shipping for refund in view.book.refunds(order, view.now))


def _journey(view: View, order: int) -> int | None:
    return order if view.ledger.customer[order] else None


def _unfulfilled(view: View, line: int) -> int:
    order = view.book.order_of(line)
    return 0 if view.company.parcels.shipped(order, view.now) is not None else current_quantity(view, line)


FIELDS: Fields = {
    "Order": {
        "id": order_id,
        "legacyResourceId": lambda view, order: str(ids.ORDER + view.book.number(order)),
        "name": lambda view, order: f"#{view.book.number(order)}",
        "number": lambda view, order: view.book.number(order),
        "note": lambda *_: None,
        "tags": lambda view, order: ["wholesale"] if view.ledger.wholesale[order] else [],
        "createdAt": _created,
        "updatedAt": lambda view, order: view.iso(view.updated(order)),
        "processedAt": _created,
        "cancelledAt": lambda view, order: view.iso(view.book.cancelled(order, view.now)),
        "cancelReason": _cancel_reason,
        "closed": lambda view, order: _closed(view, order) is not None,
        "closedAt": _closed,
        "confirmed": lambda *_: True,
        "test": lambda view, order: view.book.is_test(order),
        "edited": lambda view, order: bool(view.book.credits.ghosts.get(order)),
        "currencyCode": _currency,
        "presentmentCurrencyCode": _currency,
        "taxesIncluded": lambda *_: True,
        "sourceName": _source,
        "app": lambda *_: {"id": ids.gid("App", 580111), "name": "Online Store"},
        "customer": customer,
        "purchasingEntity": purchasing_entity,
        "shippingAddress": lambda _, order: order,
        "customerJourneySummary": _journey,
        "displayFinancialStatus": _financial_status,
        "displayFulfillmentStatus": _fulfilment_status,
        "subtotalPriceSet": lambda view, order: view.book.subtotal(order) - view.book.discount(order),
        "currentSubtotalPriceSet": _subtotal_left,
        "currentSubtotalLineItemsQuantity": _units_left,
        "subtotalLineItemsQuantity": _units,
        "totalPriceSet": lambda view, order: view.book.total(order),
        "originalTotalPriceSet": lambda view, order: view.book.total(order),
        "currentTotalPriceSet": current_total,
        "netPaymentSet": current_total,
        "totalRefundedSet": lambda view, order: view.book.refunded(order, view.now),
        "totalRefundedShippingSet": _shipping_back,
        "totalDiscountsSet": lambda view, order: view.book.discount(order),
        "currentTotalDiscountsSet": lambda view, order: view.book.discount(order),
        "totalShippingPriceSet": lambda view, order: view.book.shipping(order),
        "currentShippingPriceSet": lambda view, order: view.book.shipping(order) - _shipping_back(view, order),
        "totalTaxSet": _nothing,
        "currentTotalTaxSet": _nothing,
        "lineItems": line_items,
        "shippingLines": _shipping_lines,
    },
    "MoneyBag": {"shopMoney": lambda _, value: value, "presentmentMoney": lambda _, value: value},
    "MoneyV2": {"amount": lambda _, value: amounts.text(value), "currencyCode": _currency},
    "MailingAddress": {
        "id": lambda view, order: ids.gid("MailingAddress", ids.ORDER + view.book.number(order)),
        "country": lambda view, order: view.ledger.country[order],
        "countryCodeV2": lambda view, order: countries.CODES.get(view.ledger.country[order]),
    },
    "CustomerJourneySummary": {
        "customerOrderIndex": lambda view, order: view.book.rank.get(order),
        "daysToConversion": lambda *_: None,
        "ready": lambda *_: True,
    },
    "LineItem": {
        "id": lambda _, line: ids.gid("LineItem", ids.LINE + line),
        "sku": sku,
        "name": title,
        "title": title,
        "variantTitle": lambda *_: None,
        "vendor": lambda *_: None,
        "isGiftCard": lambda view, line: view.ledger.kind[line] == VOUCHER,
        "requiresShipping": lambda view, line: view.ledger.kind[line] == SALE,
        "taxable": lambda *_: True,
        "quantity": lambda view, line: view.ledger.quantity[line],
        "currentQuantity": current_quantity,
        "refundableQuantity": current_quantity,
        "unfulfilledQuantity": _unfulfilled,
        "originalUnitPriceSet": lambda view, line: view.ledger.price[line],
        "discountedUnitPriceSet": lambda view, line: view.ledger.price[line],
        "discountedUnitPriceAfterAllDiscountsSet": lambda view, line: view.ledger.price[line],
        "originalTotalSet": lambda view, line: view.ledger.amount(line),
        "discountedTotalSet": lambda view, line, **_: view.ledger.amount(line),
        "totalDiscountSet": _nothing,
    },
    "ShippingLine": {
        "id": lambda _, line: ids.gid("ShippingLine", ids.LINE + line),
        "title": title,
        "code": lambda view, line: view.ledger.skus[view.ledger.sku[line]],
        "custom": lambda *_: False,
        "isRemoved": lambda *_: False,
        "source": lambda *_: "shopify",
        "originalPriceSet": lambda view, line: view.ledger.amount(line),
        "discountedPriceSet": lambda view, line: view.ledger.amount(line),
        "currentDiscountedPriceSet": lambda view, line: view.ledger.amount(line),
    },
}
