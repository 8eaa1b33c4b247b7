"""Shopify's orders, told by their sales agreements: what was sold when, and what came back when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.kernel import drift
from domain.kernel.drift import Need, taken
from domain.kernel.facts import Batch, Channel, LineRow, Order, Refund, amount, flag, maybe, moment, text, whole
from domain.kernel.source import Page, Source, Span
from domain.kernel.vendor import Answer
from domain.logistics.shopify_graphql import TooCostlyError, ask, following, number, utc

_MARKETPLACES = frozenset({"amazon", "ebay", "etsy", "faire", "tiktok", "walmart"})
_NOTHING = Decimal(0)
_AT_ONCE = 50  # orders a page; halved when the shop finds the query too costly

SALE = """
  lineType quantity
  totalAmount { shopMoney { amount } } totalTaxAmount { shopMoney { amount } }
  ... on ProductSale { lineItem { id sku } }
"""
ORDER = """
  id name processedAt updatedAt cancelledAt test currencyCode sourceName
  app { name } customer { id } purchasingEntity { __typename }
"""
_AGREED = f"""
  edges {{ cursor node {{ id happenedAt
    sales(first: $sales, after: $salesAfter) {{ nodes {{ {SALE} }} pageInfo {{ hasNextPage endCursor }} }}
  }} }}
  pageInfo {{ hasNextPage endCursor }}
"""
ORDERS = f"""
query Orders($query: String!, $first: Int!, $after: String, $sales: Int! = 50, $salesAfter: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ {ORDER} agreements(first: 2) {{ {_AGREED} }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
AGREEMENTS = f"""
query Agreements($id: ID!, $first: Int!, $after: String, $sales: Int! = 100, $salesAfter: String) {{
  order(id: $id) {{ agreements(first: $first, after: $after) {{ {_AGREED} }} }}
}}"""


async def order_pages(source: Source, span: Span) -> AsyncIterator[Page]:
    """Orders by the time of their last change, oldest first, each with all its agreements and sales."""
    query, after = f"updated_at:>='{utc(span.since)}'", None
    size = _AT_ONCE
    while True:
        try:
            answer = await source.ask(ask(ORDERS, query=query, first=size, after=after))
        except TooCostlyError:
            if size == 1:
                raise
            size //= 2
            continue
        answers = [answer]
        rows = [await _whole_order(source, node, answers) for node in taken(answer.data, "data.orders.nodes", list)]
        yield Page(rows, tuple(answers), max((moment(taken(row, "updatedAt", str)) for row in rows), default=None))
        after = following(answer.data, "data.orders.pageInfo")
        if after is None:
            return


async def _whole_order(source: Source, node: Mapping[str, Any], answers: list[Answer]) -> dict[str, Any]:
    """An order with flat lists of its agreements and their sales, whatever had to be asked for in addition."""
    ident, edges = taken(node, "id", str), list(taken(node, "agreements.edges", list))
    after = following(node, "agreements.pageInfo")
    while after:
        answer = await source.ask(ask(AGREEMENTS, id=ident, first=5, after=after))
        answers.append(answer)
        edges += taken(answer.data, "data.order.agreements.edges", list)
        after = following(answer.data, "data.order.agreements.pageInfo")
    agreements, before = [], None
    for edge in edges:
        agreed = dict(taken(edge, "node", dict))
        agreed["sales"] = await _all_sales(source, ident, before, agreed, answers)
        agreements.append(agreed)
        before = taken(edge, "cursor", str)
    return {**node, "agreements": agreements}


async def _all_sales(
    source: Source, order: str, before: str | None, agreed: Mapping[str, Any], answers: list[Answer]
) -> list[Any]:
    """Every sale of an agreement; `before` is the cursor of the agreement in front of it."""
    sales, after = list(taken(agreed, "sales.nodes", list)), following(agreed, "sales.pageInfo")
    while after:
        answer = await source.ask(ask(AGREEMENTS, id=order, first=1, after=before, sales=250, salesAfter=after))
        answers.append(answer)
        again = taken(taken(answer.data, "data.order.agreements.edges", list)[0], "node", dict)
        sales += taken(again, "sales.nodes", list)
        after = following(again, "sales.pageInfo")
    return sales


@dataclass
class _Cart:
    """What an order's agreements add up to: items by id, and what was given back on each occasion."""

    items: dict[str, list[Any]] = field(default_factory=dict)
    back: list[tuple[str, datetime, Decimal, Decimal, int]] = field(default_factory=list)

    def agree(self, agreed: Mapping[str, Any], batch: Batch) -> None:
        """Add one agreement: what was sold, and what came back with it."""
        merchandise, custom, units, any_back = _NOTHING, _NOTHING, 0, False
        for sale in agreed["sales"]:
            if sale["lineType"] != "PRODUCT":
                _known_type(sale["lineType"], batch)
                continue
            item, quantity = sale["lineItem"], sale["quantity"] or 0
            value = amount(sale["totalAmount"]["shopMoney"]["amount"])
            tax = sale["totalTaxAmount"]["shopMoney"]["amount"]
            if tax != "0.0":
                value -= amount(tax)
            sku = item["sku"] or ""
            if value < 0 or quantity < 0:
                any_back = True
                if sku:
                    merchandise, units = merchandise - value, units - whole(quantity)
                else:
                    custom -= value
            else:
                self._sell(text(item["id"]), text(sku), whole(quantity), value)
        if any_back:
            self.back.append((agreed["id"], moment(agreed["happenedAt"]), merchandise, custom, units))

    def total(self) -> tuple[Decimal, Decimal, int]:
        """What was sold: the value of items with a SKU, that of all others, and the units of the former."""
        goods = [(quantity, value) for sku, quantity, value in self.items.values() if sku]
        net = sum([value for _, value in goods], _NOTHING)
        whole_value = sum([value for _, _, value in self.items.values()], _NOTHING)
        return net, whole_value - net, sum([quantity for quantity, _ in goods])

    def _sell(self, item: str, sku: str, quantity: int, value: Decimal) -> None:
        if item in self.items:
            self.items[item][1] += quantity
            self.items[item][2] += value
        else:
            self.items[item] = [sku, quantity, value]


_TYPES = frozenset({"ADDITIONAL_FEE", "ADJUSTMENT", "DUTY", "FEE", "GIFT_CARD", "PRODUCT", "SHIPPING", "TIP"})


def _known_type(name: Any, batch: Batch) -> None:
    if text(name) not in _TYPES:
        batch.notice(f"a sale of the new type {name} is not counted as merchandise")


def put_order(source: Source, row: Mapping[str, Any], batch: Batch) -> None:
    """One order with its lines and what was given back."""
    updated = moment(row["updatedAt"])
    batch.seen(updated)
    channel = _channel(row)
    if _origins(row) & source.excluded:
        batch.left_out += 1
        return
    drift.same_currency(text(row["currencyCode"]), source.currency)
    cart = _Cart()
    for agreed in row["agreements"]:
        cart.agree(agreed, batch)
    ident, ordered = f"{source.key}:{number(row['id'])}", moment(row["processedAt"])
    day = source.day(ordered)
    lines: list[LineRow] = [
        (ident, place, sku, quantity, value, day, channel)
        for place, (sku, quantity, value) in enumerate(cart.items.values(), start=1)
    ]
    net, custom, units = cart.total()
    order = Order(
        id=ident,
        source=source.key,
        name=text(row["name"]),
        channel=channel,
        ordered_at=ordered,
        day=day,
        updated_at=updated,
        cancelled_at=maybe(moment, row["cancelledAt"]),
        test=flag(row["test"]),
        net=net,
        custom=custom,
        units=units,
        lines=len(lines),
        currency=source.currency,
        customer=number(row["customer"]["id"]) if row["customer"] else None,
    )
    refunds = [
        Refund(f"{source.key}:{number(agreed)}", ident, at, source.day(at), channel, value, custom, units)
        for agreed, at, value, custom, units in cart.back
    ]
    batch.orders[ident] = (order, [], []) if order.test else (order, lines, refunds)


def _channel(row: Mapping[str, Any]) -> Channel:
    buyer = row["purchasingEntity"]
    if buyer and buyer["__typename"] == "PurchasingCompany":
        return "wholesale"
    return "marketplace" if _origins(row) & _MARKETPLACES else "dtc"


def _origins(row: Mapping[str, Any]) -> set[str]:
    """Where the order came in, in small letters: its source and the app that wrote it."""
    app = row["app"]
    return {name.lower() for name in (row["sourceName"], app["name"] if app else None) if name}


_MONEY = "agreements[].sales[]"
NEEDS = (
    Need("id"),
    Need("name"),
    Need("processedAt", moment),
    Need("updatedAt", moment),
    Need("cancelledAt", moment, null=True),
    Need("test", flag),
    Need("currencyCode"),
    Need("sourceName", null=True),
    Need("app", drift.thing, null=True),
    Need("customer", drift.thing, null=True),
    Need("customer.id"),
    Need("purchasingEntity", drift.thing, null=True),
    Need("purchasingEntity.__typename"),
    Need("agreements", drift.several),
    Need("agreements[].id"),
    Need("agreements[].happenedAt", moment),
    Need("agreements[].sales", drift.several),
    Need(f"{_MONEY}.lineType"),
    Need(f"{_MONEY}.quantity", whole, null=True),
    Need(f"{_MONEY}.totalAmount.shopMoney.amount", amount),
    Need(f"{_MONEY}.totalTaxAmount.shopMoney.amount", amount),
    Need("agreements[].sales[?lineType=='PRODUCT'][].lineItem.id"),
    Need("agreements[].sales[?lineType=='PRODUCT'][].lineItem.sku", null=True),
)
