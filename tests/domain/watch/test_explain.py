"""From any id the same story: who asked, who allowed it, which rule, what was known, what the vendor calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert

from domain.kernel.card import Card, Facts, Lines
from domain.kernel.ports import Ops
from domain.watch import explain
from handlers import blocks, plain
from models import directory, raw_page, snapshot, trail
from models.action import Action, Effect
from models.approval import Approval, Vote
from models.base import Base
from models.db import Database
from models.directory import Who
from models.escalation import Escalation, Failure
from models.task import Task
from models.trail import Note
from tests.models import standing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NASTY = "wrong <!channel> *address*\n\u202eevil & co"
TASK: dict[str, Any] = {
    "id": "T-AAAAAAAAAA", "origin": "o:1", "source": "slash", "requester": "user:U1", "state": "done",
    "brief": {"objective": NASTY}, "rule": "stock_and_orders_to_logistics", "department": "logistics",
    "path": "propose", "category": "order_hold",
}  # fmt: skip
ACTION: dict[str, Any] = {
    "id": "A-AAAAAAAAAA", "key": "k:1", "kind": "shopify.hold_fulfilment", "args": {"order": "536365"},
    "digest": "d" * 64, "reason": NASTY, "requester": "user:U1", "department": "logistics", "risk": "low",
    "state": "done", "decided": "user:U2", "task_id": TASK["id"], "snapshot_id": "S-AAAAAAAAAA",
    "saved": {"hold": "gid://shopify/FulfillmentHold/9"}, "escalation_id": "E-AAAAAAAAAA",
}  # fmt: skip
ESCALATION: dict[str, Any] = {
    "id": "E-AAAAAAAAAA", "cause": "c", "kind": "systemic", "title": "Orders stand still", "trying": "a",
    "wrong": "Shopify said no", "tried": "b", "needed": "c", "link": {}, "department": "logistics", "count": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house with one hold that a task asked for, a person allowed and a vendor keeps."""
    database = Database(database_url, pool=2, name="explain")
    async with database.begin() as db:
        await directory.keep_people(db, [Who("U1", "ana", "T0", ""), Who("U2", "ben", "T0", "")])
        await raw_page.keep(db, "shopify", "orders", request="orders", body=b"{}", at=NOON)
        known = {"policy": "p" * 12, "rule": "stock", "sources": {"shopify.orders": str(NOON), "meta.ads": None}}
        await snapshot.keep(db, "S-AAAAAAAAAA", known | {"figures": [{"metric": "orders", "value": "12"}]})
        await _born(db, Task, TASK, Note("task.handed_in", TASK["id"], "user:U1", NASTY))
        await _born(db, Action, ACTION, Note("action.proposed", ACTION["id"], "user:U1", NASTY))
        await _born(db, Escalation, ESCALATION, Note("escalation.raised", ESCALATION["id"], "house"))
        await db.execute(insert(Failure).values(cause="c", kind="input", detail="d", escalation_id=ESCALATION["id"]))
        approval = {
            "id": "P-AAAAAAAAAA", "action_id": ACTION["id"], "digest": "d" * 64, "approvers": ["ben"],
            "state": "approved", "decided_by": "user:U2", "decided_at": NOON, "expires_at": NOON + timedelta(hours=1),
        }  # fmt: skip
        await _born(db, Approval, approval, Note("approval.approved", "P-AAAAAAAAAA", "user:U2"))
        await db.execute(insert(Vote).values(approval_id="P-AAAAAAAAAA", person="U2", choice="approve"))
        effect = {"key": "A-AAAAAAAAAA:do", "action_id": ACTION["id"], "deed": "do", "ended_at": func.clock_timestamp()}
        await _born(db, Effect, effect, Note("effect.failed", "A-AAAAAAAAAA:do", "job:act"))
    yield standing.ops(database, NOON)
    await database.close()


async def _born(db: Any, table: type[Base], values: dict[str, Any], note: Note) -> None:
    assert await trail.born(db, table, values, note)


def _facts(card: Card) -> dict[str, str]:
    return {fact.label: str(fact.value) for part in card.parts if isinstance(part, Facts) for fact in part.facts}


def _lines(card: Card, heading: str) -> list[str]:
    parts = [part for part in card.parts if isinstance(part, Lines) and heading in part.heading]
    return [f"{line.mark} {line.label}: {line.text}" for part in parts for line in part.lines]


@pytest.mark.parametrize(
    "word", ["A-AAAAAAAAAA", "t-aaaaaaaaaa", "P-AAAAAAAAAA", "E-AAAAAAAAAA", "S-AAAAAAAAAA", " A-AAAAAAAAAA:do please"]
)
async def test_every_id_of_a_story_tells_it(ops: Ops, word: str) -> None:
    card = await explain.card(ops, word)
    said = "“shopify.hold_fulfilment” was done: asked for by @ana, allowed by @ben on 20 Nov 2026 12:00:00."
    assert card.conclusion == said
    facts = _facts(card)
    assert facts["Rule"] == "stock_and_orders_to_logistics"
    assert facts["Approval 1"] == "approved by @ben on 20 Nov 2026 12:00:00"
    assert facts["The vendor calls it"] == "hold gid://shopify/FulfillmentHold/9"
    assert facts["Escalation"] == "Orders stand still"
    known = _lines(card, "known")
    assert known[0] == "ok S-AAAAAAAAAA: policy pppppppppppp, rule stock"
    assert known[1:] == [
        "ok Figure: metric orders, value 12",
        "ok shopify.orders: answer 1 of the vendor, read 20 Nov 2026 12:00:00",
        "off As of: meta.ads never",
    ]
    happened = _lines(card, "happened")
    assert [one.partition("  ")[2].partition(":")[0] for one in happened] == [
        "task handed in", "action proposed", "escalation raised", "approval approved", "effect failed",
    ]  # fmt: skip
    assert happened[-1].startswith("warn ")
    found = await explain.told(ops, word)
    assert found
    assert explain.data(found)["action"]["id"] == ACTION["id"]


async def test_what_people_wrote_is_only_text_on_the_card(ops: Ops) -> None:
    card = await explain.card(ops, "A-AAAAAAAAAA")
    drawn = str([message.blocks for message in blocks.of(card)])
    assert "<!channel>" not in drawn
    assert "\u202e" not in drawn
    assert "&lt;!channel&gt;" in drawn
    assert "wrong" in plain.render(card)


@pytest.mark.parametrize("word", ["A-NOTHING", "'; drop table task; --", "x" * 3000, "\u202e", "T-"])
async def test_an_unknown_id_is_told_kindly(ops: Ops, word: str) -> None:
    assert (await explain.card(ops, word)).conclusion.startswith("I know no task, action, approval or escalation")
    assert await explain.told(ops, word) is None


async def test_a_long_story_is_cut_in_the_middle(ops: Ops) -> None:
    async with ops.db.begin() as db:
        for number in range(60):
            await trail.record(db, Note("thing.moved", "T-LONG", "house", str(number)))
            await trail.record(db, Note("escalation.grew", "T-LONG", "house"))
    happened = _lines(await explain.card(ops, "T-LONG"), "happened")
    assert len(happened) == 31
    assert happened[5] == "off 30 more: are in the trail: python -m bot audit tail"
    assert happened[-1].endswith("by the house: 59")


async def test_what_something_led_to_belongs_to_its_story(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await trail.record(db, Note("task.handed_in", "T-CHILD", "house", cause="T-PARENT"))
    (line,) = _lines(await explain.card(ops, "T-PARENT"), "happened")
    assert line.endswith("task handed in: T-CHILD, by the house")


async def test_ten_people_may_ask_at_once(ops: Ops) -> None:
    async with asyncio.timeout(5):
        cards = await asyncio.gather(*(explain.card(ops, "A-AAAAAAAAAA") for _ in range(10)))
    assert len(set(map(repr, cards))) == 1
