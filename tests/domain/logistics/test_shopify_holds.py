"""Holds of an order that is sent in several parts, which the sandbox's shop never does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

import pytest

from domain.kernel.action import surely_absent
from domain.kernel.errors import InputError, OpsError
from domain.kernel.source import Source
from domain.kernel.vendor import Answer, Call, Door
from domain.kernel.vendor_errors import DriftError
from domain.logistics import shopify_holds
from domain.logistics.shopify_holds import HOLD, HoldArgs
from tests.collecting import offline

ARGS = HoldArgs(order="#7", note="wait")
KEY = "opsbrain:A-PARTS"
TAKEN = {"userErrors": [{"message": "taken", "code": shopify_holds.TAKEN}], "fulfillmentHold": None}
FULL = {"userErrors": [{"message": "ten holds already", "code": "LIMIT"}], "fulfillmentHold": None}


@dataclass
class Shop:
    """Answers in turn, and remembers what it was asked."""

    answers: list[dict[str, Any]]
    asked: list[Call] = field(default_factory=list)

    async def ask(self, door: Door, call: Call) -> Answer:
        self.asked.append(call)
        return Answer({"data": self.answers.pop(0)}, b"", {}, call.said())


def _order(*handles: str, cancelled: str | None = None) -> dict[str, Any]:
    holds = [
        [{"id": f"h{place}", "reason": "OTHER", "reasonNotes": None, "handle": handle}] if handle else []
        for place, handle in enumerate(handles)
    ]
    parts = [{"id": f"p{place}", "status": "OPEN", "fulfillmentHolds": one} for place, one in enumerate(holds)]
    worth = {"shopMoney": {"amount": "52.90", "currencyCode": "GBP"}}
    one = {"name": "#7", "cancelledAt": cancelled, "currentTotalPriceSet": worth, "fulfillmentOrders": {"nodes": parts}}
    return {"orders": {"nodes": [one]}}


def _at(*answers: dict[str, Any]) -> tuple[Source, Shop]:
    shop = Shop(list(answers))
    return replace(offline("shopify"), http=cast("Any", shop)), shop


def _placed(ident: str) -> dict[str, Any]:
    return {"userErrors": [], "fulfillmentHold": {"id": ident}}


async def test_every_part_that_waits_is_held_in_one_request() -> None:
    source, shop = _at(_order("", ""), {"c0": _placed("h0"), "c1": _placed("h1")})
    before = await shopify_holds.before_hold(source, ARGS)
    assert await shopify_holds.hold(source, ARGS, before, KEY) == {"holds": {"p0": "h0", "p1": "h1"}}
    assert [call.reads for call in shop.asked] == [True, False]
    assert shop.asked[1].json["variables"]["hold"]["handle"] == KEY


@pytest.mark.parametrize("first", [_placed("h0"), TAKEN], ids=["just held", "held by an earlier try"])
async def test_a_part_that_is_refused_lets_the_others_go(first: dict[str, Any]) -> None:
    source, shop = _at(_order("", ""), {"c0": first, "c1": FULL}, _order(KEY, ""), {"c0": {"userErrors": []}})
    before = await shopify_holds.before_hold(source, ARGS)
    with pytest.raises(InputError, match="ten holds already"):
        await shopify_holds.hold(source, ARGS, before, KEY)
    assert shop.asked[-1].json["variables"] == {"key": KEY, "id0": "p0", "holds0": ["h0"]}


async def test_a_part_that_stays_held_is_not_called_unchanged() -> None:
    source, _ = _at(_order("", ""), {"c0": _placed("h0"), "c1": FULL}, _order(KEY, ""), {"c0": FULL})
    before = await shopify_holds.before_hold(source, ARGS)
    with pytest.raises(DriftError, match="only part of the order is held") as raised:
        await shopify_holds.hold(source, ARGS, before, KEY)
    assert not surely_absent(raised.value)


async def test_a_part_we_hold_already_counts_as_held() -> None:
    source, _ = _at(_order("", ""), {"c0": TAKEN, "c1": _placed("h1")}, _order(KEY, KEY))
    before = await shopify_holds.before_hold(source, ARGS)
    assert await shopify_holds.hold(source, ARGS, before, KEY) == {"holds": {"p0": "h0", "p1": "h1"}}


async def test_a_hold_that_is_neither_placed_nor_refused_is_looked_into() -> None:
    nothing: dict[str, Any] = {"userErrors": [], "fulfillmentHold": None}
    source, _ = _at(_order(""), {"c0": nothing}, _order(""))
    before = await shopify_holds.before_hold(source, ARGS)
    with pytest.raises(DriftError):
        await shopify_holds.hold(source, ARGS, before, KEY)


@pytest.mark.parametrize(("handles", "found"), [((KEY, KEY), True), ((KEY, ""), False), (("other", "other"), False)])
async def test_an_effect_is_there_when_every_part_has_our_hold(handles: tuple[str, str], found: bool) -> None:
    source, _ = _at(_order(*handles))
    assert (await shopify_holds.find_hold(source, ARGS, KEY) is not None) is found


async def test_a_cancelled_order_is_neither_held_nor_let_go() -> None:
    source, _ = _at(_order("", cancelled="2026-11-20T10:00:00Z"), _order(KEY, cancelled="2026-11-20T10:00:00Z"))
    with pytest.raises(InputError, match="nothing left to send"):
        await shopify_holds.before_hold(source, ARGS)
    now = await shopify_holds.held(source, "#7")
    assert shopify_holds.hold_is_stale(now, now, {"holds": {"p0": "h0"}}) == "Order #7 has been cancelled."


async def test_what_an_order_is_worth_is_at_stake() -> None:
    source, _ = _at(_order(""))
    assert HOLD.amount(None, await shopify_holds.held(source, "7")) == Decimal("52.90")
    foreign = _order("")
    foreign["orders"]["nodes"][0]["currentTotalPriceSet"]["shopMoney"]["currencyCode"] = "EUR"
    source, _ = _at(foreign)
    with pytest.raises(OpsError, match="EUR"):
        await shopify_holds.held(source, "7")
