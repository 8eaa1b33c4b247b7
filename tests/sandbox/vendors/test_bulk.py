"""Bulk operations write what pages would have said, and refuse what the shop refuses."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from yarl import URL

from sandbox.company.company import Company
from sandbox.company.timeline import ZONE
from sandbox.vendors.shopify.bulk import Registry
from sandbox.vendors.shopify.operations import save
from tests.sandbox.vendors import queries
from tests.sandbox.vendors.conftest import Ask, Client
from tests.sandbox.vendors.test_company import net_by_day

Line = dict[str, Any]


def window(document: str, since: str, until: str) -> str:
    """A bulk query for the orders placed between two London dates."""
    return document.replace("{since}", since).replace("{until}", until)


async def ended(ask: Ask, operation: str) -> Line:
    """Poll an operation to its end."""
    while True:
        state: Line = (await ask(queries.POLL_BULK, id=operation))["data"]["bulkOperation"]
        if state["status"] not in ("CREATED", "RUNNING", "CANCELING"):
            return state
        await asyncio.sleep(0.02)


async def fetch(vendors: Client, ask: Ask, query: str, *, group: bool = False) -> list[Line]:
    """Run a bulk query to its end and read its file."""
    run = queries.RUN_BULK.replace("groupObjects: false", f"groupObjects: {str(group).lower()}")
    started = (await ask(run, query=query))["data"]["bulkOperationRunQuery"]
    assert started["userErrors"] == []
    done = await ended(ask, started["bulkOperation"]["id"])
    assert done["status"] == "COMPLETED"
    if done["url"] is None:
        return []
    answer = await vendors.get(URL(done["url"]).path)
    assert answer.headers["Content-Type"] == "application/jsonl"
    text = await answer.text()
    assert len(text.encode()) == int(done["fileSize"])
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == int(done["objectCount"])
    return lines


def place(moment: str, order: Line) -> tuple[str, int]:
    """The London day of a moment and whether the order is wholesale."""
    buyer = order["purchasingEntity"] or {}
    day = datetime.fromisoformat(moment).astimezone(ZONE).date()
    return day.isoformat(), int(buyer.get("__typename") == "PurchasingCompany")


def thousandths(money: Line, quantity: int = 1) -> int:
    """An amount of the wire in thousandths of a pound."""
    return int(Decimal(money["shopMoney"]["amount"]) * quantity * 1000)


async def test_a_month_read_in_bulk_nets_to_the_real_shop(vendors: Client, ask: Ask, firm: Company) -> None:
    """As a program reads it: lines with a SKU, less the product sales that came back."""
    since, until = "2026-09-30", "2026-10-31"
    net, parents = Counter[tuple[str, int]](), dict[str, Line]()
    for line in await fetch(vendors, ask, window(queries.BULK_ORDERS, since, until)):
        order = parents.setdefault(line["id"], line) if "__parentId" not in line else parents[line["__parentId"]]
        if line.get("sku") and not order["test"]:
            net[place(order["createdAt"], order)] += thousandths(line["originalUnitPriceSet"], line["quantity"])
    for line in await fetch(vendors, ask, window(queries.BULK_REFUNDS, since, until)):
        parents[line["id"]] = line
        if line.get("lineType") == "PRODUCT" and line["actionType"] == "RETURN":
            agreement = parents[line["__parentId"]]
            net[place(agreement["happenedAt"], parents[agreement["__parentId"]])] += thousandths(line["totalAmount"])
    days = 0
    for (day, channel), value in net_by_day(firm).items():
        moved = (date.fromisoformat(day) + timedelta(weeks=firm.time.weeks)).isoformat()
        if since <= moved < until:
            assert net[moved, channel] == value, (moved, channel)
            days += 1
    assert days > 40


async def test_a_bulk_file_says_what_the_pages_say(vendors: Client, ask: Ask) -> None:
    lines = await fetch(vendors, ask, window(queries.BULK_ORDERS, "2026-11-17", "2026-11-18"))
    search = "created_at:>='2026-11-17' AND created_at:<'2026-11-18'"
    page = (await ask(queries.ORDERS_PAGE, first=250, query=search))["data"]["orders"]["nodes"]
    orders = {line["id"]: line for line in lines if "__parentId" not in line}
    assert len(orders) == len(page) > 30
    for order in page:
        known = {name: value for name, value in order.items() if name not in ("lineItems", "refunds")}
        assert orders[order["id"]] == known
        if not order["lineItems"]["pageInfo"]["hasNextPage"]:
            nested = [line for line in lines if line.get("__parentId") == order["id"]]
            assert nested == [{**line, "__parentId": order["id"]} for line in order["lineItems"]["nodes"]]


async def test_nested_lines_follow_their_parent_at_once_only_when_grouped(vendors: Client, ask: Ask) -> None:
    query = window(queries.BULK_ORDERS, "2026-11-17", "2026-11-18")
    for group in (True, False):
        kinds = ["__parentId" in line for line in await fetch(vendors, ask, query, group=group)]
        assert (kinds.index(True) == 1) is group
    deep = await fetch(vendors, ask, window(queries.BULK_REFUNDS, "2026-11-17", "2026-11-18"), group=True)
    open_parents: list[str] = []
    for line in deep:
        parent = line.get("__parentId")
        open_parents = open_parents[: open_parents.index(parent) + 1] if parent else []
        open_parents.append(line["id"])
    assert len(deep) > 20


async def test_a_window_without_orders_has_no_file(vendors: Client, ask: Ask) -> None:
    assert await fetch(vendors, ask, window(queries.BULK_ORDERS, "2020-01-01", "2020-02-01")) == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ shop { name } }", "at least one connection"),
        ("{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } } }", "within a list"),
        ("{ orders { edges { node { name lineItems { edges { node { id } } } } } } }", "'id': orders"),
        ('{ node(id: "gid://shopify/Order/1") { id } }', "top-level"),
        ("{ orders { edges { node { colour } } } }", "colour"),
        ("{ orders { edges {", "Syntax"),
        ("{ a: orders { edges { node { id } } } b: orders { edges { node { id } } } }", "exactly one"),
    ],
)
async def test_a_query_that_cannot_run_in_bulk_is_refused(ask: Ask, query: str, reason: str) -> None:
    answer = (await ask(queries.RUN_BULK, query=query))["data"]["bulkOperationRunQuery"]
    assert answer["bulkOperation"] is None
    assert answer["userErrors"][0]["code"] == "INVALID"
    assert reason in answer["userErrors"][0]["message"]


async def test_a_sixth_operation_has_to_wait(ask: Ask) -> None:
    query = window(queries.BULK_ORDERS, "2026-06-01", "2026-11-01")
    runs = [(await ask(queries.RUN_BULK, query=query))["data"]["bulkOperationRunQuery"] for _ in range(6)]
    assert [bool(run["userErrors"]) for run in runs] == [False] * 5 + [True]
    assert runs[-1]["userErrors"][0]["code"] == "LIMIT_REACHED"
    for run in runs[:5]:
        await ask(queries.CANCEL_BULK, id=run["bulkOperation"]["id"])
    state = await ended(ask, runs[0]["bulkOperation"]["id"])
    assert state["status"] == "CANCELED"
    assert state["url"] is None


async def test_an_operation_cut_short_by_a_restart_has_failed(ask: Ask, vendors: Client, firm: Company) -> None:
    lines = await fetch(vendors, ask, window(queries.BULK_ORDERS, "2026-11-17", "2026-11-18"))
    registry = Registry(firm.state / "shopify")
    number, done = next(iter(registry.operations.items()))
    assert (done.status, done.objects) == ("COMPLETED", len(lines))
    done.status, done.number = "RUNNING", number + 1
    save(done)
    done.path.unlink()
    again = Registry(firm.state / "shopify").operations
    assert [one.status for one in again.values()] == ["EXPIRED", "FAILED"]
