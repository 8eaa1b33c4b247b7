"""Shopify: keep an order back from being sent, and let it go again by our holds alone.

Releasing all holds of an order would send it although others still want it kept back. A hold carries our key as its
handle, which Shopify allows once per fulfilment order, so that holding twice under one key is holding once.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from domain.kernel import drift
from domain.kernel.action import Action, Args, Change, Saved, State
from domain.kernel.drift import taken
from domain.kernel.errors import InputError, OpsError
from domain.kernel.facts import amount, text
from domain.kernel.source import Source
from domain.kernel.vendor_errors import DriftError
from domain.logistics.shopify_graphql import ask

SCOPES = ("read_orders", "write_merchant_managed_fulfillment_orders", "write_third_party_fulfillment_orders")
_HOLDABLE = frozenset({"OPEN", "SCHEDULED", "ON_HOLD"})
TAKEN = "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
_FIND = """
query Holds($query: String!) {
  orders(first: 3, query: $query) { nodes { id name cancelledAt
    currentTotalPriceSet { shopMoney { amount currencyCode } }
    fulfillmentOrders(first: 10) { nodes { id status fulfillmentHolds { id reason reasonNotes handle } } }
  } }
}"""
PLACE = """fulfillmentOrderHold(id: $id{0}, fulfillmentHold: $hold) {{
    fulfillmentHold {{ id }} userErrors {{ message code }}
  }}"""
_RELEASE = """fulfillmentOrderReleaseHold(id: $id{0}, holdIds: $holds{0}, externalId: $key) {{
    userErrors {{ message code }}
  }}"""
ORDER = Field(title="Order", description="Which order, by its number or name?", pattern=r"^#?[\w.-]{1,40}$")
Reason = Literal[
    "OTHER", "INCORRECT_ADDRESS", "HIGH_RISK_OF_FRAUD", "AWAITING_PAYMENT", "INVENTORY_OUT_OF_STOCK",
    "AWAITING_RETURN_ITEMS", "UNKNOWN_DELIVERY_DATE",
]  # fmt: skip


class HoldArgs(Args):
    """Which order to keep back, and why."""

    order: str = ORDER
    reason: Reason = Field("OTHER", title="Kind of reason", description="Which of the shop's reasons fits?")
    note: str = Field("", title="Note", description="What should the warehouse read?", max_length=200)


async def held(source: Source, order: str) -> State:
    """An order: its name, whether it is cancelled, its parts with their holds; InputError for an unknown one."""
    answer = await source.ask(ask(_FIND, query=f"name:'{order}'"))
    for node in taken(answer.data, "data.orders.nodes", list):
        if str(node["name"]).lstrip("#") == order.lstrip("#"):
            parts = sorted(taken(node, "fulfillmentOrders.nodes", list), key=lambda one: str(one["id"]))
            return {
                "order": node["name"],
                "cancelled": node["cancelledAt"] is not None,
                "worth": _worth(source, taken(node, "currentTotalPriceSet.shopMoney", dict)),
                "parts": [{"id": one["id"], "status": one["status"], "holds": _holds(one)} for one in parts],
            }
    raise InputError(f"The shop has no order {order}.")


def _worth(source: Source, money: Any) -> str:
    """What the order is worth in the company's currency, as it is kept: text."""
    drift.same_currency(text(money["currencyCode"]), source.currency)
    return str(amount(money["amount"]))


def at_stake(_: Any, before: State) -> Decimal:
    """What the order is worth: above a limit two people must agree."""
    return Decimal(before["worth"])


def _holds(part: Any) -> list[dict[str, Any]]:
    found = sorted(taken(part, "fulfillmentHolds", list), key=lambda one: str(one["id"]))
    return [
        {"id": one["id"], "reason": one["reason"], "notes": one["reasonNotes"] or "", "handle": one["handle"] or ""}
        for one in found
    ]


def waiting(state: State) -> list[Any]:
    """The parts that can be kept back."""
    return [one for one in state["parts"] if one["status"] in _HOLDABLE]


async def change(source: Source, field: str, variables: dict[str, Any], kinds: str, count: int) -> list[Any]:
    """One request that changes `count` fulfilment orders; the payload of each."""
    own = "$id{0}: ID!, $holds{0}: [ID!]" if "$holds" in field else "$id{0}: ID!"
    declared = ", ".join([kinds, *(own.format(place) for place in range(count))])
    fields = "\n  ".join(f"c{place}: {field.format(place)}" for place in range(count))
    document = f"mutation Change({declared}) {{\n  {fields}\n}}"
    answer = await source.ask(replace(ask(document, **variables), reads=False))
    return [taken(answer.data, f"data.c{place}", dict) for place in range(count)]


def wrong(payloads: list[Any], spared: str = "") -> str:
    """What the shop has against it, in its own words; empty when nothing."""
    errors = [error for one in payloads for error in one["userErrors"] if error["code"] != spared or not spared]
    return "; ".join(str(error["message"]) for error in errors)


async def before_hold(source: Source, args: HoldArgs) -> State:
    """The order and its holds; InputError when nothing of it waits to be sent."""
    state = await held(source, args.order)
    if state["cancelled"] or not waiting(state):
        raise InputError(f"Order {state['order']} has nothing left to send.")
    return state


def preview_hold(args: HoldArgs, before: State) -> tuple[Change, ...]:
    """That it will be kept back, and by how many holds it is already."""
    already = sum(len(one["holds"]) for one in before["parts"])
    was = f"{already} hold{'s' * (already > 1)} already" if already else "free to be sent"
    return (Change(f"Order {before['order']}", was, f"kept back: {told(args.reason, args.note)}"),)


def told(reason: str, notes: str) -> str:
    """A reason in words."""
    kind = reason.replace("_", " ").lower()
    return f"{kind}, “{notes}”" if notes else kind


async def find_hold(source: Source, args: HoldArgs, key: str) -> Saved | None:
    """Our holds under this key, when every fulfilment order that waits has one."""
    parts = waiting(await held(source, args.order))
    ours = _ours(parts, key)
    return {"holds": ours} if ours and len(ours) == len(parts) else None


def _ours(parts: list[Any], key: str) -> dict[str, str]:
    """The holds under our key, by the part each is on."""
    return {part["id"]: one["id"] for part in parts for one in part["holds"] if one["handle"] == key}


async def hold(source: Source, args: HoldArgs, before: State, key: str) -> Saved:
    """Hold every fulfilment order that waits; when the shop refuses one, the others are let go again."""
    ids = [one["id"] for one in waiting(before)]
    wanted = {"reason": args.reason, "reasonNotes": args.note or None, "handle": key, "externalId": key}
    variables = {f"id{place}": one for place, one in enumerate(ids)} | {"hold": wanted}
    payloads = await change(source, PLACE, variables, "$hold: FulfillmentOrderHoldInput!", len(ids))
    placed = {
        one: made["fulfillmentHold"]["id"] for one, made in zip(ids, payloads, strict=True) if made["fulfillmentHold"]
    }
    if refused := wrong(payloads, spared=TAKEN):
        await _take_back(source, args, key)
        raise InputError(f"Shopify: {refused}")
    if len(placed) == len(ids):
        return {"holds": placed}
    if found := await find_hold(source, args, key):
        return found
    raise DriftError("the shop neither holds the order nor says why.")


async def _take_back(source: Source, args: HoldArgs, key: str) -> None:
    """Let every hold under our key go, also one of an earlier try; DriftError when some of it may have stayed."""
    try:
        if ours := _ours((await held(source, args.order))["parts"], key):
            await let_go(source, ours, key)
    except OpsError as error:
        raise DriftError(f"only part of the order is held, and it could not be let go: {error.detail}") from error


async def let_go(source: Source, holds: dict[str, str], key: str) -> None:
    """Release single holds, by the part each is on; InputError in the shop's words."""
    variables: dict[str, Any] = {"key": key}
    for place, (part, one) in enumerate(holds.items()):
        variables |= {f"id{place}": part, f"holds{place}": [one]}
    if refused := wrong(await change(source, _RELEASE, variables, "$key: String", len(holds))):
        raise InputError(f"Shopify: {refused}")


async def read_hold(source: Source, args: HoldArgs, _: Saved) -> State:
    """The order and its holds now."""
    return await held(source, args.order)


def is_held(now: State, _: HoldArgs, saved: Saved) -> bool:
    """Whether our holds are still there."""
    return set(saved["holds"].values()) <= {one["id"] for part in now["parts"] for one in part["holds"]}


def hold_is_stale(now: State, before: State, saved: Saved) -> str:
    """Somebody has released it, or cancelled the order."""
    if now["cancelled"]:
        return f"Order {now['order']} has been cancelled."
    kept = {one["id"] for part in now["parts"] for one in part["holds"]}
    return "" if set(saved["holds"].values()) <= kept else f"Somebody has released the hold of order {now['order']}."


async def undo_hold(source: Source, args: HoldArgs, before: State, saved: Saved, key: str) -> None:
    """Release our holds alone; those of others stay."""
    await let_go(source, saved["holds"], key)


HOLD = Action(
    kind="shopify.hold_fulfilment",
    title="Hold an order",
    risk="medium",
    args=HoldArgs,
    before=before_hold,
    preview=preview_hold,
    guard=find_hold,
    do=hold,
    read_back=read_hold,
    in_place=is_held,
    stale_if=hold_is_stale,
    undo=undo_hold,
    amount=at_stake,
    scopes=SCOPES,
    natural=True,
)
