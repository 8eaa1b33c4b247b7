"""Shopify's stock: what every location holds of every tracked item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from domain.kernel import drift
from domain.kernel.drift import Need, taken
from domain.kernel.facts import Batch, Level, flag, moment, text, whole
from domain.kernel.source import Page, Source, Span
from domain.kernel.vendor import Answer
from domain.logistics.shopify_graphql import ask, following

_QUANTITIES = ("on_hand", "available", "committed", "incoming")

_LEVELS = """
  nodes { updatedAt location { id name }
    quantities(names: ["on_hand", "available", "committed", "incoming"]) { name quantity } }
  pageInfo { hasNextPage endCursor }
"""
STOCK = f"""
query Stock($after: String) {{
  inventoryItems(first: 50, after: $after) {{
    nodes {{ id sku tracked variants(first: 1) {{ nodes {{ displayName }} }}
      inventoryLevels(first: 10) {{ {_LEVELS} }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
LEVELS = f"""
query Levels($id: ID!, $after: String) {{
  inventoryItem(id: $id) {{ inventoryLevels(first: 50, after: $after) {{ {_LEVELS} }} }}
}}"""


async def stock_pages(source: Source, span: Span) -> AsyncIterator[Page]:
    """Every tracked item with its levels, as one page: a picture of the stock is whole or nothing."""
    rows: list[Mapping[str, Any]] = []
    answers: list[Answer] = []
    after: str | None = None
    while True:
        answer = await source.ask(ask(STOCK, after=after))
        answers.append(answer)
        for node in taken(answer.data, "data.inventoryItems.nodes", list):
            levels = list(taken(node, "inventoryLevels.nodes", list))
            more = following(node, "inventoryLevels.pageInfo")
            while more:
                answers.append(await source.ask(ask(LEVELS, id=taken(node, "id", str), after=more)))
                levels += taken(answers[-1].data, "data.inventoryItem.inventoryLevels.nodes", list)
                more = following(answers[-1].data, "data.inventoryItem.inventoryLevels.pageInfo")
            rows.append({**node, "levels": levels})
        after = following(answer.data, "data.inventoryItems.pageInfo")
        if after is None:
            break
    yield Page(rows, tuple(answers))


def put_item(source: Source, row: Mapping[str, Any], batch: Batch) -> None:
    """One stocked item: a level per location. Items that share a SKU are one stock, added up."""
    if not flag(row["tracked"]) or not row["sku"]:
        batch.left_out += 1
        return
    sku, variants = text(row["sku"]), row["variants"]["nodes"]
    name = text(variants[0]["displayName"]) if variants else sku
    for level in row["levels"]:
        at = moment(level["updatedAt"])
        batch.seen(at)
        held = {text(one["name"]): whole(one["quantity"]) for one in level["quantities"]}
        place = text(level["location"]["name"])
        on_hand, available, committed, incoming = (held[one] for one in _QUANTITIES)
        found = Level(source.key, place, sku, name, on_hand, available, committed, incoming, at)
        other = batch.levels.get((place, sku))
        batch.levels[place, sku] = _together(other, found) if other else found


def _together(one: Level, other: Level) -> Level:
    return one._replace(
        on_hand=one.on_hand + other.on_hand,
        available=one.available + other.available,
        committed=one.committed + other.committed,
        incoming=one.incoming + other.incoming,
        as_of=max(one.as_of, other.as_of),
    )


NEEDS = (
    Need("sku", null=True),
    Need("tracked", flag),
    Need("variants.nodes", drift.several),
    Need("variants.nodes[].displayName"),
    Need("levels[].updatedAt", moment),
    Need("levels[].location.name"),
    Need("levels[].quantities[].name"),
    Need("levels[].quantities[].quantity", whole),
)
