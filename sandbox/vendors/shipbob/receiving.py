"""Warehouse receiving orders: what suppliers send in, and what programs announce."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.company.company import Company
from sandbox.company.effects import Effect
from sandbox.company.stock import Delivery
from sandbox.company.timeline import DAY
from sandbox.vendors.shipbob.shipments import CENTER, INVENTORY

VENDOR = "shipbob"
FIRST, OWN = 640_000, 990_000
_PACKAGES = ("Package", "Pallet", "FloorLoadedContainer")
_PACKINGS = ("EverythingInOneBox", "OneSkuPerBox", "MultipleSkuPerBox")
_REQUIRED = ("box_packaging_type", "boxes", "expected_arrival_date", "fulfillment_center", "package_type")
_CENTER = {
    **CENTER,
    "timezone": "GMT Standard Time",
    "address1": "1 Sample Road",
    "address2": None,
    "city": "Sampleton",
    "state": None,
    "country": "GB",
    "zip_code": None,
    "phone_number": None,
    "email": None,
}


@dataclass
class Receiving:
    """Every receiving order: the simulated ones of the suppliers and those created here."""

    company: Company
    created: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put back what earlier runs created."""
        for effect in self.company.effects.of(VENDOR):
            self._apply(effect)

    def _apply(self, effect: Effect) -> None:
        if effect.name == "create_receiving":
            self.created[effect.data["id"]] = {**effect.data, "minute": effect.minute, "ended": None}
        elif effect.data["id"] in self.created:
            status = {"cancel_receiving": "Cancelled", "arrive_receiving": "Arrived"}[effect.name]
            self.created[effect.data["id"]]["ended"] = (status, effect.minute)

    def all(self) -> list[dict[str, Any]]:
        """Newest first."""
        now = self.company.now
        simulated = [self._simulated(number, one, now) for number, one in enumerate(self.company.stock.deliveries(now))]
        own = [self._own(one) for one in self.created.values()]
        return [*reversed(own), *reversed(simulated)]

    def find(self, number: int) -> dict[str, Any] | None:
        """One of them by its id."""
        return next((one for one in self.all() if one["id"] == number), None)

    def _simulated(self, place: int, one: Delivery, now: int) -> dict[str, Any]:
        arrived = one.arrived * DAY + 10 * 60
        moments = [("Awaiting", one.ordered * DAY + 9 * 60)]
        if arrived <= now:
            moments.append(("Arrived", arrived))
        if arrived + DAY <= now:
            moments.append(("Completed", arrived + DAY))
        order = {"id": FIRST + place, "purchase_order_number": f"PO-{one.number}", "due": one.due * DAY + 10 * 60}
        received = one.units if moments[-1][0] == "Completed" else 0
        return self._render(order, moments, [(one.sku, one.units, received)])

    def _own(self, one: dict[str, Any]) -> dict[str, Any]:
        moments = [("Awaiting", one["minute"])]
        if one["ended"] is not None:
            moments.append(one["ended"])
        items = [(sku, units, 0) for sku, units in one["items"]]
        return self._render({**one, "purchase_order_number": one["po"]}, moments, items)

    def _render(
        self, order: dict[str, Any], moments: list[tuple[str, int]], items: list[tuple[int, int, int]]
    ) -> dict[str, Any]:
        iso, skus = self.company.time.iso, self.company.book.ledger.skus
        return {
            "id": order["id"],
            "purchase_order_number": order["purchase_order_number"],
            "expected_arrival_date": iso(order["due"]),
            "insert_date": iso(moments[0][1]),
            "last_updated_date": iso(moments[-1][1]),
            "status": moments[-1][0],
            "status_history": [
                {"id": place + 1, "status": status, "timestamp": iso(at)} for place, (status, at) in enumerate(moments)
            ],
            "package_type": order.get("package_type", "Pallet"),
            "box_packaging_type": order.get("packing", "OneSkuPerBox"),
            "fulfillment_center": _CENTER,
            "inventory_quantities": [
                {
                    "inventory_id": INVENTORY + sku,
                    "sku": skus[sku],
                    "expected_quantity": units,
                    "received_quantity": received,
                    "stowed_quantity": received,
                }
                for sku, units, received in items
            ],
            "box_labels_uri": f"/2026-07/receiving/{order['id']}/labels",
            "external_sync_timestamp": None,
        }

    def problems(self, body: Any) -> dict[str, list[str]]:
        """What is wrong with a request to create one, by field."""
        if not isinstance(body, dict):
            return {"": ["A non-empty request body is required."]}
        found = {name: [f"The {name} field is required."] for name in _REQUIRED if body.get(name) is None}
        if "package_type" not in found and body["package_type"] not in _PACKAGES:
            found["package_type"] = [f"The value '{body['package_type']}' is not valid."]
        if "box_packaging_type" not in found and body["box_packaging_type"] not in _PACKINGS:
            found["box_packaging_type"] = [f"The value '{body['box_packaging_type']}' is not valid."]
        if "fulfillment_center" not in found and body["fulfillment_center"].get("id") != CENTER["id"]:
            found["fulfillment_center.id"] = ["The fulfillment center does not exist or cannot receive."]
        if not found and _arrival(body) is None:
            found["expected_arrival_date"] = ["The value is not a date."]
        if not found and not self._items(body):
            found["boxes"] = ["At least one box with items of a known inventory id is required."]
        return found

    def _items(self, body: dict[str, Any]) -> list[tuple[int, int]]:
        items = [item for box in body["boxes"] for item in box.get("box_items") or []]
        known = set(self.company.stock.skus)
        return [
            (item["inventory_id"] - INVENTORY, item["quantity"])
            for item in items
            if item["inventory_id"] - INVENTORY in known
        ]

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Announce goods; ShipBob knows no idempotency key, so asking twice makes two."""
        number = OWN + len(self.created)
        arrival = _arrival(body)
        data = {
            "id": number,
            "po": body.get("purchase_order_number"),
            "due": self.company.time.minute(arrival) if arrival else self.company.now,
            "items": self._items(body),
            "package_type": body["package_type"],
            "packing": body["box_packaging_type"],
        }
        key = body.get("purchase_order_number") or str(number)
        effect = Effect(VENDOR, "create_receiving", key, self.company.now, data)
        self._apply(self.company.effects.add(effect))
        return self._own(self.created[number])

    def end(self, number: int, name: str) -> dict[str, Any] | None:
        """`cancel_receiving` or `arrive_receiving` for one that is awaited; nothing when it is not, or no more."""
        one = self.created.get(number)
        if one is None or one["ended"] is not None:
            return None
        effect = Effect(VENDOR, name, one["po"] or str(number), self.company.now, {"id": number})
        self._apply(self.company.effects.add(effect))
        return self._own(one)

    def awaited(self, sku: int) -> int:
        """Units announced here and not yet there."""
        waiting = [one["items"] for one in self.created.values() if one["ended"] is None]
        return sum(units for items in waiting for number, units in items if number == sku)


def _arrival(body: dict[str, Any]) -> datetime | None:
    try:
        when = datetime.fromisoformat(str(body["expected_arrival_date"]))
    except ValueError:
        return None
    return when if when.tzinfo else when.astimezone()
