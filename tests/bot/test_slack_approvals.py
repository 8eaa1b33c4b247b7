"""A button in a real Slack: pressed by who may and by who may not, edited, rejected, and locked afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import aiohttp
import pytest

from bot.stores import Stores
from domain.kernel.breaker import Breaker
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client, Patience
from domain.trust import proposals
from domain.trust.proposals import Origin, Proposed
from handlers import approvals
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, shown, until
from tests.collecting import DEPARTMENTS, Secrets, sandbox_secrets

Json = dict[str, Any]
_NUMBERS = count(1)


@dataclass
class Place:
    """The house, its Slack, and the hands of people."""

    ops: Ops
    desk: Desk

    async def asked(self, requester: str = "bot:sales") -> tuple[Proposed, Json]:
        """One more action, and its message."""
        number = next(_NUMBERS)
        raw = {"sku": "20725", "quantity": 40 + number, "arrives": "2027-02-01"}
        origin = Origin(key=f"bot-test:{number}", requester=requester, reason="Cover runs out.")
        found = await proposals.ask(self.ops, "shipbob.create_receiving_order", raw, origin)
        return found, await until(lambda: self.message(found.approval_id))

    async def message(self, approval_id: str) -> Json | None:
        said = await self.desk.said("C0LOGIS", "U0APPROVER")
        return next((one for one in said if approval_id in shown(one)), None)

    async def press(self, message: Json, name: str, user: str) -> None:
        await self.desk.do(
            "click", user=user, channel="C0LOGIS", message_ts=message["ts"], action_id=f"v1.approval.{name}"
        )

    async def told(self, user: str, words: str, seconds: float = 8.0) -> bool:
        """Whether somebody is told something in private."""

        async def look() -> bool:
            return any(words in shown(one) for one in await self.desk.private("C0LOGIS", user))

        return bool(await until(look, seconds))

    async def state(self, found: Proposed) -> tuple[str, str]:
        one = "select p.state, a.state from approval p join action a on a.id = p.action_id where p.id = :id"
        row = (await rows(self.ops, one, id=found.approval_id))[0]
        return row[0], row[1]


@pytest.fixture
async def place(url: str, stores: Stores, vendor_server: str) -> AsyncIterator[Place]:
    ops = an_ops(fresh_database(stores.database_url, "slack_approvals"))
    secrets = Secrets(sandbox_secrets(vendor_server))
    client = Client(secrets, Breaker(ops.db, threshold=50), Patience(2, 20.0, 0.01, 10.0, 10.0))
    ops = replace(ops, secrets=secrets, http=client, departments=DEPARTMENTS)
    async with aiohttp.ClientSession() as http, running(ops, url, (approvals.SURFACE,)):
        yield Place(ops, Desk(url, http))
    await client.close()


async def test_who_may_not_is_told_who_may_and_the_one_yes_locks_the_card(place: Place) -> None:
    found, message = await place.asked(requester="user:U0FINANCE")
    for user, words in (
        ("U0VIEWER", "Only @approver or @finance may do this"),
        ("U0FINANCE", "This goes back to you"),
    ):
        await place.press(message, "approve", user)
        assert await place.told(user, words), user
    assert await place.state(found) == ("pending", "proposed")
    await place.press(message, "approve", "U0APPROVER")

    async def locked() -> bool:
        return "Approved by @approver" in shown(await place.message(found.approval_id) or {})

    assert await until(locked)
    assert "approval.approve" not in shown(await place.message(found.approval_id) or {})
    assert await place.state(found) == ("approved", "approved")
    denied = await rows(
        place.ops, "select \"by\", body ->> 'rule' from trail where what = 'approve.denied' order by id"
    )
    assert [tuple(row) for row in denied] == [("user:U0VIEWER", "unnamed"), ("user:U0FINANCE", "own")]


async def test_another_account_of_who_asked_leaves_a_row_and_no_effect(place: Place) -> None:
    found, message = await place.asked(requester="user:U0APPROVER2")
    await place.press(message, "approve", "U0APPROVER")
    assert await place.told("U0APPROVER", "This goes back to you")
    assert await place.state(found) == ("pending", "proposed")


async def opened(place: Place, user: str) -> Json:
    async def look() -> Any:
        return (await place.desk.see(f"views/{user}"))["modals"]

    return dict((await until(look))[-1])


async def test_a_rejection_asks_why_and_whoever_edits_allows_what_they_wrote(place: Place) -> None:
    found, message = await place.asked()
    await place.press(message, "reject", "U0FINANCE")
    view = await opened(place, "U0FINANCE")
    empty = {"user": "U0FINANCE", "view_id": view["id"], "values": {"why": {"field": "  "}}}
    assert "Say why" in (await place.desk.do("submit", **empty))["errors"]["why"]
    await place.desk.do("submit", **{**empty, "values": {"why": {"field": "Too many <!channel>"}}})

    async def over() -> bool:
        said = shown(await place.message(found.approval_id) or {})
        return "Rejected by @finance: Too many" in said and "<!channel>" not in said

    assert await until(over)
    assert await place.state(found) == ("rejected", "refused")

    found, message = await place.asked()
    await place.press(message, "edit", "U0APPROVER")
    view = await opened(place, "U0APPROVER")
    kept = {block["block_id"]: block["element"].get("initial_value", "") for block in view["blocks"]}
    answers = {"sku": {"field": kept["sku"]}, "quantity": {"field": "0"}, "arrives": {"field": "2027-02-01"}}
    send = {"user": "U0APPROVER", "view_id": view["id"]}
    assert "greater" in (await place.desk.do("submit", **send, values=answers))["errors"]["quantity"]
    answers["quantity"] = {"field": "7"}
    assert not (await place.desk.do("submit", **send, values=answers))["errors"]

    async def allowed() -> bool:
        return await place.state(found) == ("superseded", "approved")

    assert await until(allowed)
    now = await rows(place.ops, "select args ->> 'quantity', decided from action where id = :id", id=found.action_id)
    assert tuple(now[0]) == ("7", "user:U0APPROVER")


async def test_what_was_seen_of_deciding_is_as_slack_people_expect_it(place: Place) -> None:
    found = await place.desk.see("checks")
    points = {point["number"]: point for point in found["points"]}
    assert [points[number] for number in range(16, 23) if points[number]["state"] == "fail"] == []
    assert {18, 20, 21, 22} <= {number for number, point in points.items() if point["state"] == "pass"}


async def test_clicks_of_two_people_at_once_are_one_decision_and_the_loser_learns_whose(place: Place) -> None:
    found, message = await place.asked()
    people = ("U0APPROVER", "U0FINANCE")
    await asyncio.gather(*[place.press(message, "approve", who) for _ in range(6) for who in people])

    async def all_served() -> bool:
        said = "select count(*) from trail where subject = :id and what like 'approval.%'"
        return bool((await rows(place.ops, said, id=found.approval_id))[0][0] == 13)

    assert await until(all_served)
    assert await place.state(found) == ("approved", "approved")
    decided = "select count(*) from trail where subject = :id and what = 'approval.approved'"
    assert (await rows(place.ops, decided, id=found.approval_id))[0][0] == 1
    assert any([await place.told(who, "already by @", 2.0) for who in people])
