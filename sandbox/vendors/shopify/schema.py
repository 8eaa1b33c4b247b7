"""Builds the executable schema: the published types with the sandbox's answers behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from sandbox.company.credit_notes import Refund
from sandbox.vendors.shopify.fields_order import Customer, PurchasingCompany
from sandbox.vendors.shopify.fields_refund import Agreement, Sale
from sandbox.vendors.shopify.view import Fields, Resolver, View

SDL = Path(__file__).with_name("schema.graphql")
CONNECTION: dict[str, Resolver] = {
    "nodes": lambda _, page: page.nodes,
    "edges": lambda _, page: [{"node": node, "cursor": page.cursor(node)} for node in page.nodes],
    "pageInfo": lambda _, page: {
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "startCursor": page.cursor(page.nodes[0]) if page.nodes else None,
        "endCursor": page.cursor(page.nodes[-1]) if page.nodes else None,
    },
}


def type_name(value: Any) -> str | None:
    """The concrete type of a value that could be one of several."""
    if isinstance(value, Customer):
        return "Customer"
    if isinstance(value, PurchasingCompany):
        return "PurchasingCompany"
    if isinstance(value, Refund):
        return "Refund"
    if isinstance(value, Agreement):
        return "RefundAgreement" if value.refund else "OrderAgreement"
    if isinstance(value, Sale):
        return {"PRODUCT": "ProductSale", "SHIPPING": "ShippingLineSale"}.get(value.line_type, "AdjustmentSale")
    return getattr(value, "type_name", None)


def build(tables: Iterable[Fields]) -> GraphQLSchema:
    """The schema with a resolver for every field that has one in the tables; the rest are read from dictionaries."""
    schema = build_schema(SDL.read_text())
    for table in tables:
        for name, fields in table.items():
            _attach(schema, name, fields)
    for name, kind in schema.type_map.items():
        if name.endswith("Connection"):
            _attach(schema, name, CONNECTION)
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda value, _info, _type: type_name(value)
    return schema


def _attach(schema: GraphQLSchema, name: str, fields: Any) -> None:
    kind = schema.type_map[name]
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(f"{name} is no object type of the schema")
    for field, resolver in fields.items():
        kind.fields[field].resolve = _adapt(resolver, dict.fromkeys(kind.fields[field].args))


def _adapt(resolver: Resolver, unset: dict[str, None]) -> Callable[..., Any]:
    """Call the resolver with the view first and with every argument, those not given as nothing."""

    def resolve(source: Any, info: GraphQLResolveInfo[View], **arguments: Any) -> Any:
        return resolver(info.context, source, **{**unset, **arguments})

    resolve.resolver = resolver  # type: ignore[attr-defined]  # bulk operations call it without the executor
    return resolve
