"""Actions at work: a house with the sandbox's vendors, and courses that run without the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest_asyncio
from sqlalchemy import text

from domain.actions import course
from domain.actions.runner import Deed, End
from domain.kernel import action as actions
from domain.kernel import ids
from domain.kernel.policy_actions import ActionPolicy
from domain.kernel.ports import Ops
from domain.kernel.source import Source
from domain.kernel.trail import Note
from domain.kernel.vendor import Call
from domain.logistics.shopify_graphql import ask
from models import action as rows
from models.action import Action, Kept
from models.approval import Approval
from models.trail import born
from tests.collecting import Rig, a_rig

_NUMBERS = count(1)
AD_SET = "120210000000411"


class DiedError(BaseException):
    """The process ends here."""


@dataclass
class Steps:
    """Does the deeds of a course at once; a repeated course gives back what was recorded, as the engine does."""

    ops: Ops
    dies_in: str = ""
    kept: list[Any] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    _place: int = 0

    async def step(self, name: str, deed: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        self._place += 1
        if self._place <= len(self.kept):
            return self.kept[self._place - 1]
        self.told.append(name)
        value = await deed(self.ops, *args)
        if name == self.dies_in:
            raise DiedError
        self.kept.append(value)
        return value

    async def pause(self, seconds: float) -> None:
        """Nobody waits in a test."""

    def again(self) -> Steps:
        """The same flow in another process."""
        return Steps(self.ops, "", self.kept, self.told)


@dataclass
class Stage:
    """A house whose actions wait for nobody."""

    rig: Rig
    ops: Ops

    async def approved(self, kind: str, args: dict[str, Any] | None = None, **values: Any) -> str:
        """An action that somebody approved; its id."""
        args = await self.args(kind) if args is None else args
        department, connector, declared = actions.found(self.ops.departments, kind)
        before = await declared.before(actions.source_for_writing(self.ops, connector), declared.told(args))
        key = f"test:{next(_NUMBERS)}:{id(self)}"
        name, plain = ids.of("A", key), actions.plain(declared.told(args))
        row = {
            "id": name, "key": key, "kind": kind, "args": plain, "digest": actions.digest(kind, plain),
            "reason": "a test", "requester": "user:U2", "department": department.key, "risk": declared.risk,
            "state": "approved", "decided": "user:U1", "before": before, **values,
        }  # fmt: skip
        async with self.ops.db.begin() as db:
            await born(db, Action, row, Note("action.proposed", name, "user:U2"))
            asked = {
                "id": ids.of("P", name), "action_id": name, "digest": row["digest"], "approvers": ["anna"],
                "state": "approved", "expires_at": rows.NOW + text("interval '1 hour'"),
            }  # fmt: skip
            await born(db, Approval, asked, Note("approval.asked", ids.of("P", name), "user:U2"))
        return name

    async def run(self, action_id: str, deed: Deed = "do", steps: Steps | None = None) -> End | None:
        return await course.run(steps or Steps(self.ops), action_id, deed)

    def where(self, kind: str, **changes: Any) -> Ops:
        """The house as it would be if an action were declared otherwise."""
        department, connector, declared = actions.found(self.ops.departments, kind)
        others = tuple(replace(one, **changes) if one is declared else one for one in connector.actions)
        changed = replace(connector, actions=others)
        connectors = tuple(changed if one is connector else one for one in department.connectors)
        mended = replace(department, connectors=connectors)
        return replace(
            self.ops, departments=tuple(mended if one is department else one for one in self.ops.departments)
        )

    async def row(self, action_id: str) -> Kept:
        async with self.ops.db.begin() as db:
            found = await rows.find(db, action_id)
        assert found is not None
        return found

    async def undoing(self, action_id: str) -> None:
        async with self.ops.db.begin() as db:
            note = Note("action.undoing", action_id, "user:U1")
            assert await rows.move(db, action_id, "undoing", note, was=("done",))

    async def effects(self, vendor: str) -> int:
        """How many changes a vendor has seen."""
        async with self.rig.session.get(f"{self.rig.url}/_sandbox/journal") as response:
            return sum(len(some) for some in (await response.json())[vendor]["effects"].values())

    async def escalations(self, action_id: str) -> list[str]:
        """What a person is asked about an action."""
        return [
            row[0] for row in await self.rig.rows("select title from escalation where action_id = :id", id=action_id)
        ]

    async def args(self, kind: str) -> dict[str, Any]:
        """Arguments that this kind can be done with now."""
        _, connector, _ = actions.found(self.ops.departments, kind)
        door = actions.source_for_writing(self.ops, connector)
        return await _ARGS[kind](door)


async def _order(door: Source) -> dict[str, Any]:
    query = '{ fulfillmentOrders(first: 40, query: "status:OPEN") { nodes { orderName } } }'
    nodes = (await door.ask(ask(query))).data["data"]["fulfillmentOrders"]["nodes"]
    return {"order": nodes[next(_NUMBERS) % len(nodes)]["orderName"], "note": "Ask for the street"}


async def _ad_set(door: Source) -> dict[str, Any]:
    await door.ask(Call(f"/{door.version}/{AD_SET}", "POST", form={"status": "ACTIVE"}))
    return {"ad_set": AD_SET}


async def _task(door: Source) -> dict[str, Any]:
    page = await door.ask(Call(f"/crm/objects/{door.version}/deals", query=(("limit", "1"),)))
    return {"deal": page.data["results"][0]["id"], "subject": "Call back", "due": "2026-11-25", "note": "<b> & co"}


async def _goods(door: Source) -> dict[str, Any]:
    page = await door.ask(Call(f"/{door.version}/inventory-level", query=(("PageSize", "1"),)))
    return {"sku": page.data["items"][0]["sku"], "quantity": 48, "arrives": "2026-11-25"}


_ARGS: dict[str, Callable[[Source], Awaitable[dict[str, Any]]]] = {
    "shopify.hold_fulfilment": _order,
    "meta.pause_ad_set": _ad_set,
    "hubspot.create_follow_up_task": _task,
    "shipbob.create_receiving_order": _goods,
}
KINDS = tuple(_ARGS)


@pytest_asyncio.fixture
async def stage(database_url: str, vendor_server: str) -> AsyncIterator[Stage]:
    async with a_rig(database_url, vendor_server) as rig:
        hasty = ActionPolicy(retry_after_s=(0, 0), look_up_after_s=(0, 0), look_again_after_s=())
        policy = rig.ops.policy.model_copy(update={"actions": hasty})
        yield Stage(rig, replace(rig.ops, policy=policy))
