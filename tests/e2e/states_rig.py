"""A house in one process that may be cut at any point: real tables, real vendors, an engine that forgets nothing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy import text

from domain.actions import bell
from domain.escalations import batch
from domain.kernel import point
from domain.kernel.policy_actions import ActionPolicy
from domain.kernel.ports import Ops
from domain.watch import ledger
from jobs import act, approvals, flows, patrol, work
from models import action as action_rows
from models import directory
from models.approval import Approval
from models.base import Db
from models.directory import Place, Who
from models.trail import Note, moved
from tests.collecting import Rig
from tests.e2e import objects

T = TypeVar("T")
PEOPLE = (
    Who("U1", "approver", "T1", "", "a" * 64),
    Who("U2", "finance", "T1", "", "f" * 64),
    Who("U3", "viewer", "T1", "", "v" * 64),
    Who("U4", "approver-two", "T1", "", "a" * 64),
    Who("U5", "guest", "T1", "guest", ""),
)
CHANNELS = ("ops-logistics", "ops-marketing", "ops-sales", "ops-escalations")
_BODIES = {act.act.name: act.act, work.work.name: work.work}


class CutError(BaseException):
    """The process ends here, as by kill -9."""


@dataclass
class Flow:
    """One flow: what it was asked, and what each of its finished steps gave back."""

    name: str
    args: dict[str, Any]
    kept: list[str] = field(default_factory=list)
    place: int = 0
    over: bool = False


@dataclass
class Engine:
    """Stands where the engine of flows stands: a finished step is never repeated, an unfinished one is begun again.

    Steps are finished only when they are kept, and a process may be cut before that.
    """

    flows: dict[str, Flow] = field(default_factory=dict)
    now: Flow | None = None

    async def start(
        self, name: str, flow_id: str, args: Mapping[str, Any], *, queue: str, db: Db | None = None
    ) -> bool:
        """As the real one: the row of the flow commits with the caller's own rows."""
        assert db is not None
        self.flows.setdefault(flow_id, Flow(name, dict(args)))
        return await ledger.enter(db, flow_id, name, args, queue)

    async def run_step_async(self, _how: Mapping[str, Any], once: Callable[[], Awaitable[Any]]) -> Any:
        flow = self.now
        assert flow is not None
        flow.place += 1
        if flow.place > len(flow.kept):
            value = json.dumps(await once())
            point.reach("step_done")
            flow.kept.append(value)
        return json.loads(flow.kept[flow.place - 1])

    async def sleep_async(self, _seconds: float) -> None:
        """Nobody waits in a test."""

    async def run(self, flow_id: str) -> None:
        """Begin a flow, or go on with it."""
        flow = self.flows[flow_id]
        flow.place, self.now = 0, flow
        try:
            await _BODIES[flow.name].body(flow.args)
        finally:
            self.now = None
        flow.over = True


@dataclass
class Team:
    """Everybody, as Slack knows them."""

    async def look(self, user_id: str) -> Who | None:
        return next((who for who in PEOPLE if who.id == user_id), None)


@dataclass
class World:
    """The house, what it may be told to do, and where it is cut."""

    rig: Rig
    ops: Ops
    engine: Engine
    orders: list[str]
    deals: list[str]
    until_cut: int = 0
    cuts: int = 0

    def reach(self, _name: str) -> None:
        """Stands where the named points are."""
        self.until_cut -= 1
        if not self.until_cut:
            self.cuts += 1
            raise CutError

    async def alive(self, deed: Callable[[], Awaitable[T]]) -> T | None:
        """A deed in a process that may be cut; None when it was."""
        try:
            return await deed()
        except CutError:
            return None

    # -- what goes on without people ---------------------------------------------------------------------------------

    async def work(self) -> bool:
        """Begin what was rung for and go on with one flow; whether there was something to do."""
        for department in ("logistics", "marketing", "sales"):
            async with self.ops.db.begin() as db:
                for one in await action_rows.due(db, department):
                    args = {"action": one.id, "deed": "undo" if one.state == "undoing" else "do"}
                    await self.engine.start(act.act.name, bell.flow_id(one), args, queue=department, db=db)
        open_ = [name for name, flow in self.engine.flows.items() if not flow.over]
        begun = await self.rows("select id from flow where id = any(:ids) order by begun_at, id", ids=open_)
        if not begun:
            return False
        await self.alive(lambda: self.engine.run(begun[0][0]))
        return True

    async def tick(self) -> None:
        """The rounds of the clock."""
        for round_ in (approvals.kept, batch.flush, _patrol):
            await self.alive(lambda round_=round_: round_(self.ops))  # type: ignore[misc]

    async def rest(self) -> None:
        """Nothing stands in the way any more: everything comes to its end."""
        self.until_cut = 0
        await self.rig.fault("*", "clear")
        for _ in range(2):
            for _ in range(100):
                if not await self.work():
                    break
            else:
                open_ = {name: flow for name, flow in self.engine.flows.items() if not flow.over}
                raise AssertionError(f"these never end: {open_}")
            await self.tick()

    async def late(self, approval_id: str) -> None:
        """Let the time of an approval be up."""
        past = text("clock_timestamp() - interval '1 second'")
        async with self.ops.db.begin() as db:
            await moved(db, Approval, approval_id, {"expires_at": past}, Note("approval.aged", approval_id, "house"))

    # -- what there is ----------------------------------------------------------------------------------------------

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        return await self.rig.rows(statement, **values)

    async def journal(self, action_id: str) -> dict[str, int]:
        """How often each change stands at the vendors under an action's key."""
        async with self.rig.session.get(f"{self.rig.url}/_sandbox/journal?since=1000000000") as response:
            found = await response.json()
        kept: dict[str, int] = {}
        for vendor in ("shopify", "hubspot", "shipbob"):
            for one in found[vendor]["effects"].get(f"opsbrain:{action_id}", []):
                kept[one["name"]] = kept.get(one["name"], 0) + 1
        return kept


async def _patrol(ops: Ops) -> object:
    return await patrol.stuck(ops, "")


async def a_world(rig: Rig) -> World:
    """A house whose people are known, with orders and deals to speak of."""
    async with rig.ops.db.begin() as db:
        await directory.keep_people(db, PEOPLE)
        await directory.keep_channels(db, [Place(f"C{n}", name, True, False, False) for n, name in enumerate(CHANNELS)])
    engine = Engine()
    haste = ActionPolicy(retry_after_s=(0.0, 0.0), look_up_after_s=(0.0, 0.0))
    policy = rig.ops.policy.model_copy(update={"actions": haste})
    ops = replace(rig.ops, people=Team(), flows=engine, policy=policy)
    flows.bind(ops)
    return World(rig, ops, engine, await objects.orders(ops), await objects.deals(ops))
