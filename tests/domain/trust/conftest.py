"""A house with the sandbox's vendors, people whose accounts a test may change, and an action that waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest_asyncio
from sqlalchemy import text

from domain.kernel import connector as connectors
from domain.kernel.policy_trust import Approvals
from domain.kernel.ports import Ops
from domain.kernel.vendor import Call
from domain.trust import approvals, edits, proposals
from domain.trust.approvals import Click, Said
from domain.trust.proposals import Origin, Proposed
from models import directory
from models.directory import Place, Who
from tests.collecting import Rig, a_rig, connector

KIND = "hubspot.create_follow_up_task"
SHARED_MAIL = "m" * 64
PEOPLE = (
    Who("U1", "approver", "T1", "", SHARED_MAIL),
    Who("U2", "finance", "T1", "", "f" * 64),
    Who("U3", "viewer", "T1", "", "v" * 64),
    Who("U4", "approver-two", "T1", "", SHARED_MAIL),
    Who("U5", "guest", "T1", "guest", ""),
    Who("U6", "robot", "T1", "bot", ""),
    Who("U7", "leaver", "T1", "deactivated", ""),
    Who("U8", "neighbour", "T2", "other team", ""),
)
_NUMBERS = count(1)


@dataclass
class Team:
    """Who Slack knows at this moment."""

    known: dict[str, Who] = field(default_factory=lambda: {who.id: who for who in PEOPLE})

    async def look(self, user_id: str) -> Who | None:
        return self.known.get(user_id)


@dataclass
class House:
    """The house, and what tests do with it over and over."""

    rig: Rig
    ops: Ops
    team: Team
    deal: str

    def set(self, **approvals_: Any) -> None:
        """Change [approvals]."""
        known = {**self.ops.policy.approvals.model_dump(), **approvals_}
        policy = self.ops.policy.model_copy(update={"approvals": Approvals.model_validate(known)})
        self.ops = replace(self.ops, policy=policy)

    async def asked(self, requester: str = "bot:sales", **more: Any) -> Proposed:
        """One more action that waits."""
        number = next(_NUMBERS)
        raw = {"deal": self.deal, "subject": f"Call {number}", "due": "2026-12-01"}
        origin = Origin(key=f"test:{number}", requester=requester, reason="The deal is cold.", **more)
        return await proposals.ask(self.ops, KIND, raw, origin)

    async def click(self, found: Proposed, person: str, word: str = "approve", **more: Any) -> Said:
        """Press a button as it was shown."""
        digest = more.pop("digest", None) or await self.one("select digest from approval where id = :id", found)
        deed = {"approve": approvals.approve, "reject": approvals.reject}[word]
        return await deed(self.ops, Click(found.approval_id, str(digest)[:8], person, **more))

    async def edit(self, found: Proposed, person: str, raw: dict[str, Any]) -> Said:
        """Send the dialog of a card in."""
        digest = await self.one("select digest from approval where id = :id", found)
        return await edits.edit(self.ops, Click(found.approval_id, str(digest)[:8], person), raw)

    async def args(self, found: Proposed) -> dict[str, Any]:
        """What was asked for."""
        return dict(await self.one("select args from approval p join action a on a.id = action_id where p.id = :id",
                                   found))  # fmt: skip

    async def late(self, found: Proposed) -> None:
        """Let its time be up."""
        await self.rows("update approval set expires_at = clock_timestamp() where id = :id returning id",
                        id=found.approval_id)  # fmt: skip

    def worth(self, amount: int) -> None:
        """Let the action be about money."""
        known = replace(connector("hubspot"), actions=tuple(
            replace(one, amount=lambda *_: Decimal(amount)) for one in connector("hubspot").actions))  # fmt: skip
        others = [one for one in self.ops.departments if one.key != "sales"]
        sales = next(one for one in self.ops.departments if one.key == "sales")
        self.ops = replace(self.ops, departments=(*others, replace(sales, connectors=(known,))))

    async def one(self, statement: str, found: Proposed) -> Any:
        """One value about an approval."""
        return (await self.rows(statement, id=found.approval_id))[0][0]

    async def state(self, found: Proposed) -> tuple[str, str]:
        """How the approval and its action stand."""
        row = (
            await self.rows(
                "select p.state, a.state from approval p join action a on a.id = p.action_id where p.id = :id",
                id=found.approval_id,
            )
        )[0]
        return row[0], row[1]

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.ops.db.begin() as db:
            return list((await db.execute(text(statement), values)).all())

    async def trail(self, found: Proposed) -> list[str]:
        """What the trail says of an approval."""
        return [row[0] for row in await self.rows("select what from trail where subject = :id order by id",
                                                  id=found.approval_id)]  # fmt: skip

    async def card(self, found: Proposed) -> str:
        """What its message says now."""
        said = "select card from outbox where key in ('approval:' || :id, 'update:approval:' || :id) order by id desc"
        return str(await self.one(said, found))


@pytest_asyncio.fixture
async def house(database_url: str, vendor_server: str) -> AsyncIterator[House]:
    async with a_rig(database_url, vendor_server) as rig:
        team = Team()
        async with rig.ops.db.begin() as db:
            await directory.keep_people(db, PEOPLE)
            await directory.keep_channels(db, [Place("C1", "ops-sales", True, False, False)])
        deal = await _deal(rig)
        yield House(rig, replace(rig.ops, people=team), team, deal)


async def _deal(rig: Rig) -> str:
    door = connectors.source(rig.ops, connector("hubspot"))
    page = await door.ask(Call(f"/crm/objects/{door.version}/deals", query=(("limit", "1"),)))
    return str(page.data["results"][0]["id"])
