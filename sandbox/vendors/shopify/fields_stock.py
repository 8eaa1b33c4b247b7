"""The fields of inventory: items, their levels at the one warehouse, and its location."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from sandbox.company.stock import Level
from sandbox.vendors.shopify import ids, pages, search
from sandbox.vendors.shopify.search import Term
from sandbox.vendors.shopify.view import Fields, View

WAREHOUSE = "Warehouse"
_UNTRACKED = 80
_KNOWN = frozenset(("id", "sku", "created_at", "updated_at"))
_NONE = ("reserved", "damaged", "safety_stock", "quality_control")


@dataclass(frozen=True, slots=True)
class Item:
    """A product that can lie in the warehouse, by its number in the catalogue."""

    number: int
    type_name: str = "InventoryItem"


@dataclass(frozen=True, slots=True)
class Location:
    """The one warehouse."""

    type_name: str = "Location"


@dataclass(frozen=True, slots=True)
class Shelf:
    """An item's level at the warehouse."""

    item: Item
    level: Level


def items(view: View) -> list[Item]:
    """The tracked best sellers and some products whose stock nobody tracks."""
    tracked = view.company.stock.skus
    others = [number for number in range(len(tracked) + _UNTRACKED) if number not in set(tracked)]
    return [Item(number) for number in sorted([*tracked, *others[:_UNTRACKED]])]


def shelves(view: View, chosen: Sequence[Item]) -> list[Shelf]:
    """The levels of some items."""
    promised = view.company.committed(view.now)
    return [Shelf(one, view.company.stock.level(one.number, view.now, promised.get(one.number, 0))) for one in chosen]


def _key(item: Item) -> pages.Key:
    return item.number, item.number


def _items(view: View, _: Any, query: str | None, first: int | None, after: str | None, reverse: bool) -> pages.Page:
    parsed = search.parse(query, _KNOWN)
    found = [item for item in items(view) if search.matches(parsed.tree, lambda term: _holds(view, item, term))]  # noqa: B023
    return pages.cut(found[::-1] if reverse else found, _key, first, after)


def _holds(view: View, item: Item, term: Term) -> bool:
    if term.name == "sku":
        return view.ledger.skus[item.number] == term.value
    if term.name == "id":
        return search.compare(term.comparator, ids.ITEM + item.number, int(term.value.rpartition("/")[2] or 0))
    return term.name in _KNOWN


def find_item(view: View, _: Any, id: str) -> Item | None:  # noqa: A002  the interface's own name
    """An item by its global id."""
    parsed = ids.parse(id)
    wanted = Item(parsed[1] - ids.ITEM) if parsed and parsed[0] == "InventoryItem" else None
    return wanted if wanted in items(view) else None


def _is_tracked(view: View, item: Item) -> bool:
    return item.number in set(view.company.stock.skus)


def _levels(view: View, item: Item, first: int | None, after: str | None, **_more: Any) -> pages.Page:
    found = [item] if _is_tracked(view, item) else []
    page = pages.cut(found, _key, first, after)
    return pages.Page(shelves(view, page.nodes), lambda shelf: _key(shelf.item), page.has_next, page.has_previous)


def _quantities(view: View, shelf: Shelf, names: list[str]) -> list[dict[str, Any]]:
    level = shelf.level
    known = dict.fromkeys(_NONE, 0) | {
        "available": level.available,
        "committed": level.committed,
        "on_hand": level.on_hand,
        "incoming": level.incoming,
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        raise GraphQLError(
            f"The specified quantity name '{unknown[0]}' is invalid.", extensions={"code": "BAD_REQUEST"}
        )
    number = ids.ITEM + shelf.item.number
    return [
        {
            "id": ids.gid("InventoryQuantity", number) + f"?name={name}",
            "name": name,
            "quantity": known[name],
            "updatedAt": view.iso(view.now),
        }
        for name in names
    ]


def _locations(_: View, __: Any, first: int | None, after: str | None, **_more: Any) -> pages.Page:
    return pages.cut([Location()], lambda _: (ids.LOCATION, ids.LOCATION), first, after)


def _variants(_: View, item: Item, first: int | None, after: str | None, **_more: Any) -> pages.Page:
    return pages.cut([item], _key, first, after)


def _first_seen(view: View, _: Any) -> str | None:
    return view.iso(view.ledger.minute[0])


def _cost(view: View, item: Item) -> int:
    return round(view.ledger.medians[item.number] * 0.4)


FIELDS: Fields = {
    "QueryRoot": {"inventoryItems": _items, "inventoryItem": find_item, "locations": _locations},
    "InventoryItem": {
        "id": lambda _, item: ids.gid("InventoryItem", ids.ITEM + item.number),
        "legacyResourceId": lambda _, item: str(ids.ITEM + item.number),
        "sku": lambda view, item: view.ledger.skus[item.number],
        "tracked": _is_tracked,
        "requiresShipping": lambda *_: True,
        "duplicateSkuCount": lambda *_: 0,
        "createdAt": _first_seen,
        "updatedAt": lambda view, _: view.iso(view.now),
        "unitCost": _cost,
        "inventoryLevels": _levels,
        "variants": _variants,
    },
    "ProductVariant": {
        "id": lambda _, item: ids.gid("ProductVariant", ids.ITEM + item.number),
        "displayName": lambda view, item: view.ledger.titles[item.number],
        "sku": lambda view, item: view.ledger.skus[item.number],
    },
    "InventoryLevel": {
        "id": lambda _, shelf: ids.gid("InventoryLevel", ids.LOCATION) + f"?inventory_item_id={shelf.item.number}",
        "isActive": lambda *_: True,
        "createdAt": _first_seen,
        "updatedAt": lambda view, _: view.iso(view.now),
        "item": lambda _, shelf: shelf.item,
        "location": lambda *_: Location(),
        "quantities": _quantities,
    },
    "Location": {
        "id": lambda *_: ids.gid("Location", ids.LOCATION),
        "legacyResourceId": lambda *_: str(ids.LOCATION),
        "name": lambda *_: WAREHOUSE,
        "isActive": lambda *_: True,
        "fulfillsOnlineOrders": lambda *_: True,
        "shipsInventory": lambda *_: True,
    },
}
