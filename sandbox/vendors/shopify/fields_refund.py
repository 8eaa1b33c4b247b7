"""The fields of refunds and of the sales agreements that tell the same story in a bulk operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.company.credit_notes import Refund
from sandbox.company.ledger import DISCOUNT, SHIPPING
from sandbox.vendors.shopify import ids, pages
from sandbox.vendors.shopify.view import Fields, Resolver, View


@dataclass(frozen=True, slots=True)
class RefundPart:
    """One line, the shipping or the adjustment of a refund, by its place in it."""

    refund: Refund
    place: int
    amount: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed when the order was placed, or when a refund was made."""

    order: int
    refund: Refund | None


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an agreement; negative when goods come back."""

    number: int
    line_type: str
    action: str
    quantity: int | None
    amount: int
    line: int | None = None


def refund_id(refund: Refund) -> str:
    """The global id of a refund."""
    return ids.gid("Refund", ids.REFUND + refund.number)


def refunds(view: View, order: int, first: int | None = None) -> list[Refund]:
    """The refunds of an order, oldest first."""
    return view.book.refunds(order, view.now)[:first]


def _lines(_: View, refund: Refund, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    parts = [RefundPart(refund, place, amount) for place, (_, _, amount) in enumerate(refund.lines)]
    return pages.cut(parts[::-1] if reverse else parts, _part_key, first, after)


def _part_key(part: RefundPart) -> pages.Key:
    return part.place, part.place


def _one(amount: int, part: RefundPart, first: int | None, after: str | None) -> pages.Page:
    return pages.cut([part] if amount else [], _part_key, first, after)


def _shipping(_: View, refund: Refund, first: int | None, after: str | None, **_more: Any) -> pages.Page:
    return _one(refund.shipping, RefundPart(refund, 0, refund.shipping), first, after)


def _adjustments(_: View, refund: Refund, first: int | None, after: str | None, **_more: Any) -> pages.Page:
    return _one(refund.adjustment, RefundPart(refund, 0, -refund.adjustment), first, after)


def _part_id(type_name: str) -> Any:
    return lambda _, part: ids.gid(type_name, (ids.REFUND + part.refund.number) * 1000 + part.place)


def _restock(view: View, part: RefundPart) -> str:
    return "CANCEL" if view.book.cancelled(part.refund.order, view.now) == part.refund.minute else "RETURN"


def _price(_: View, part: RefundPart) -> int:
    quantity = part.refund.lines[part.place][1]
    return part.amount // quantity if quantity else part.amount


def all_agreements(view: View, order: int) -> list[Agreement]:
    """The order's own agreement and one per refund."""
    return [Agreement(order, None), *(Agreement(order, refund) for refund in refunds(view, order))]


def _agreements(view: View, order: int, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    found = all_agreements(view, order)
    return pages.cut(
        found[::-1] if reverse else found, lambda one: (_number(view, one), _number(view, one)), first, after
    )


def _number(view: View, agreement: Agreement) -> int:
    return agreement.refund.number + ids.REFUND if agreement.refund else view.book.number(agreement.order)


def _happened(view: View, agreement: Agreement) -> str | None:
    return view.iso(agreement.refund.minute if agreement.refund else view.ledger.minute[agreement.order])


def all_sales(view: View, agreement: Agreement) -> list[Sale]:
    """The lines of an agreement."""
    if agreement.refund:
        return list(_refunded(agreement.refund))
    return list(_ordered(view, agreement.order))


def _ordered(view: View, order: int) -> Iterator[Sale]:
    ledger = view.ledger
    for line in view.book.items(order, view.now):
        yield Sale(ids.LINE + line, "PRODUCT", "ORDER", ledger.quantity[line], ledger.amount(line), line)
    for line in ledger.lines(order):
        if ledger.kind[line] == SHIPPING:
            yield Sale(ids.LINE + line, "SHIPPING", "ORDER", 1, ledger.amount(line))
        elif ledger.kind[line] == DISCOUNT:
            yield Sale(ids.LINE + line, "ADJUSTMENT", "ORDER", None, -abs(ledger.amount(line)))


def _refunded(refund: Refund) -> Iterator[Sale]:
    base = (ids.REFUND + refund.number) * 1000
    for place, (line, quantity, amount) in enumerate(refund.lines):
        yield Sale(base + place, "PRODUCT", "RETURN", -quantity, -amount, line)
    if refund.shipping:
        yield Sale(base + 998, "SHIPPING", "RETURN", -1, -refund.shipping)
    if refund.adjustment:
        yield Sale(base + 999, "ADJUSTMENT", "RETURN", None, -refund.adjustment)


def _sales(view: View, agreement: Agreement, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    found = sorted(all_sales(view, agreement), key=lambda sale: sale.number)
    return pages.cut(found[::-1] if reverse else found, lambda sale: (sale.number, sale.number), first, after)


def _nothing(*_: Any) -> int:
    return 0


_AGREEMENT: dict[str, Resolver] = {
    "id": lambda view, one: ids.gid("SalesAgreement", _number(view, one)),
    "happenedAt": _happened,
    "reason": lambda _, one: "REFUND" if one.refund else "ORDER",
    "sales": _sales,
}
_SALE: dict[str, Resolver] = {
    "id": lambda _, sale: ids.gid("Sale", sale.number),
    "actionType": lambda _, sale: sale.action,
    "lineType": lambda _, sale: sale.line_type,
    "quantity": lambda _, sale: sale.quantity,
    "totalAmount": lambda _, sale: sale.amount,
    "totalDiscountAmountAfterTaxes": _nothing,
    "totalTaxAmount": _nothing,
}
FIELDS: Fields = {
    "Order": {"refunds": refunds, "agreements": _agreements},
    "Refund": {
        "id": lambda _, refund: refund_id(refund),
        "legacyResourceId": lambda _, refund: str(ids.REFUND + refund.number),
        "createdAt": lambda view, refund: view.iso(refund.minute),
        "updatedAt": lambda view, refund: view.iso(refund.minute),
        "processedAt": lambda view, refund: view.iso(refund.minute),
        "note": lambda *_: None,
        "order": lambda _, refund: refund.order,
        "totalRefundedSet": lambda _, refund: refund.total,
        "refundLineItems": _lines,
        "refundShippingLines": _shipping,
        "orderAdjustments": _adjustments,
    },
    "RefundLineItem": {
        "id": _part_id("RefundLineItem"),
        "lineItem": lambda _, part: part.refund.lines[part.place][0],
        "quantity": lambda _, part: part.refund.lines[part.place][1],
        "priceSet": _price,
        "subtotalSet": lambda _, part: part.amount,
        "totalTaxSet": _nothing,
        "restocked": lambda *_: True,
        "restockType": _restock,
    },
    "RefundShippingLine": {
        "id": _part_id("RefundShippingLine"),
        "subtotalAmountSet": lambda _, part: part.amount,
        "taxAmountSet": _nothing,
    },
    "OrderAdjustment": {
        "id": _part_id("OrderAdjustment"),
        "amountSet": lambda _, part: part.amount,
        "taxAmountSet": _nothing,
        "reason": lambda *_: "REFUND_DISCREPANCY",
    },
    "OrderAgreement": {**_AGREEMENT, "order": lambda _, one: one.order},
    "RefundAgreement": {**_AGREEMENT, "refund": lambda _, one: one.refund},
    "ProductSale": {**_SALE, "lineItem": lambda _, sale: sale.line},
    "ShippingLineSale": _SALE,
    "AdjustmentSale": _SALE,
}
