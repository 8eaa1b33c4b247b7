"""Whatever people do and whatever breaks, in any order: each decision once, each effect once, and all of it told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from domain.actions import undo
from domain.kernel import point
from domain.kernel.errors import OpsError
from domain.tasks import desk, intake
from domain.tasks.desk import Hand
from domain.trust import approvals, edits
from domain.trust.approvals import Click
from domain.watch import invariants
from jobs import flows
from tests.collecting import a_rig
from tests.e2e.states_rig import World, a_world

T = TypeVar("T")
RUNS = int(os.environ.get("OPS_STATES", "0"))
HANDED: tuple[tuple[str, dict[str, str]], ...] = (
    ("hold order {order} because the customer wants to change it", {}),
    ("follow up on deal {deal}", {"subject": "Ask whether they read the offer", "due": "2026-12-01"}),
    ("follow up on deal {deal}", {"subject": "Call back", "due": "2026-12-02"}),
    ("hold order {order}", {}),
    ("how was net revenue last week?", {}),
    ("water the plants", {}),
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "cut-after-accept"},
    {"kind": "cut-after-accept", "status": 500},
    {"kind": "cut"},
    {"kind": "cut", "before": True},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 403},
    {"kind": "truncated"},
)
MOST = 3
"""Things handed in within one run: what is done with few of them finds more than many that nobody touches."""
UNDONE = {"hold": "release", "create_task": "delete_task"}
_PEOPLE = ("U1", "U1", "U2", "U3", "U4", "U5")
_NUMBERS = count(1)


@dataclass
class Dice:
    """Chooses by numbers drawn beforehand, so that what is drawn never depends on how quick a vendor was."""

    numbers: Iterator[int]

    def of(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[next(self.numbers) % len(things)]

    @property
    def coin(self) -> bool:
        """Yes or no."""
        return self.of((False, True))


class House(RuleBasedStateMachine):
    """What may happen. A deed that is cut is done once more or not at all, as after a restart or a lost click."""

    world: World
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.first = self.run(self.world.rows("select coalesce(max(id), 0) from trail"))[0][0]
        self.hands: list[Hand] = []

    @rule(numbers=st.tuples(*[st.integers(0, 999)] * 8))
    def something_happens(self, numbers: tuple[int, ...]) -> None:
        dice = Dice(iter(numbers))
        deed = dice.of(self.possible())
        note(deed)
        getattr(self, deed)(dice)

    def possible(self) -> list[str]:
        """What can happen now; what leads further stands there more than once."""
        found = ["work"] * 3 + ["tick", "crash", "crash", "vendor_error"]
        found += ["hand_in"] * (2 if self.hands else 20) if len(self.hands) < MOST else []
        self.approvals = self.ids("select id, digest, state, action_id from approval where true")
        self.actions = self.ids("select id, state from action where true")
        self.tasks = self.ids("select id, state from task where true")
        found += ["approve"] * 5 + ["reject", "edit", "expire"] if self.waiting else []
        found += ["cut_work"] * 6 if any(state in ("approved", "undoing") for _, state in self.actions) else []
        found += ["take_back"] * 3 if any(state == "done" for _, state in self.actions) else []
        found += ["late_click", "take_back"] if self.approvals else []
        found += ["answer"] * 3 if any(state == "asking" for _, state in self.tasks) else []
        return found + (["steer", "deliver_again"] if self.tasks else [])

    @property
    def waiting(self) -> list[Any]:
        """Approvals that nobody has decided."""
        return [one for one in self.approvals if one[2] == "pending"]

    def ids(self, query: str) -> list[Any]:
        """Things of this run alone."""
        mine = "(select subject from trail where id > :first)"
        return self.run(self.world.rows(f"{query} and id in {mine} order by created_at, id", first=self.first))

    def deed(self, work: Callable[[], Coroutine[Any, Any, object]], *, again: bool) -> None:
        """Something a person does; what is wrong with it they are told."""

        async def tried() -> None:
            try:
                if await self.world.alive(work) is None and again:
                    await self.world.alive(work)
            except OpsError:
                return

        self.run(tried())

    # -- people -------------------------------------------------------------------------------------------------------

    def hand_in(self, dice: Dice) -> None:
        number, orders, deals = next(_NUMBERS), self.world.orders, self.world.deals
        words, inputs = dice.of(HANDED)
        said = words.format(order=orders[number % len(orders)], deal=deals[number % len(deals)])
        brief = intake.from_fields({"objective": said, "inputs": inputs}, self.world.ops.policy.tasks)
        self.hands.append(Hand(brief, f"state:{number}", "slash", dice.of(("U3", "U3", "U2")), "C1"))
        self.deed(lambda: desk.hand_in(self.world.ops, self.hands[-1]), again=dice.coin)

    def deliver_again(self, dice: Dice) -> None:
        hand = dice.of(self.hands)
        self.deed(lambda: desk.hand_in(self.world.ops, hand), again=False)

    def answer(self, dice: Dice) -> None:
        task = dice.of([name for name, state in self.tasks if state == "asking"])
        self.deed(lambda: desk.answered(self.world.ops, task, "it may be fraud", desk.by("U3")), again=dice.coin)

    def steer(self, dice: Dice) -> None:
        verb = dice.of((desk.pause, desk.resume, desk.cancel, desk.take, desk.finish))
        task, _ = dice.of(self.tasks)
        self.deed(lambda: verb(self.world.ops, task, desk.by("U3")), again=True)

    def approve(self, dice: Dice) -> None:
        one, who = dice.of(self.waiting), dice.of(_PEOPLE)
        for _ in range(dice.of((1, 1, 2))):
            self._clicked(approvals.approve, one, who, dice)

    def late_click(self, dice: Dice) -> None:
        self._clicked(approvals.approve, dice.of(self.approvals), dice.of(_PEOPLE), dice)

    def reject(self, dice: Dice) -> None:
        self._clicked(approvals.reject, dice.of(self.waiting), dice.of(_PEOPLE), dice)

    def _clicked(self, verb: Any, one: Any, who: str, dice: Dice) -> None:
        click = Click(one[0], one[1][:8], who, "not now")
        self.deed(lambda: verb(self.world.ops, click), again=dice.coin)

    def edit(self, dice: Dice) -> None:
        one, who = dice.of(self.waiting), dice.of(_PEOPLE)
        args = self.run(self.world.rows("select args from action where id = :id", id=one[3]))[0][0]
        name = "note" if "order" in args else "subject"
        changed = {**args, name: f"changed {next(_NUMBERS)}"}
        click = Click(one[0], one[1][:8], who)
        self.deed(lambda: edits.edit(self.world.ops, click, changed), again=dice.coin)

    def take_back(self, dice: Dice) -> None:
        (name, _), who = dice.of(self.actions), dice.of(_PEOPLE)
        for _ in range(dice.of((1, 1, 2))):
            self.deed(lambda: undo.wanted(self.world.ops, name, who), again=True)

    # -- the world ----------------------------------------------------------------------------------------------------

    def work(self, dice: Dice) -> None:
        for _ in range(dice.of(range(1, 4))):
            self.run(self.world.work())

    def cut_work(self, dice: Dice) -> None:
        self.world.until_cut = dice.of(range(1, 14))
        self.run(self.world.work())

    def tick(self, _dice: Dice) -> None:
        self.run(self.world.tick())

    def expire(self, dice: Dice) -> None:
        self.run(self.world.late(dice.of(self.waiting)[0]))

    def crash(self, dice: Dice) -> None:
        self.world.until_cut = dice.of(range(1, 10))

    def vendor_error(self, dice: Dice) -> None:
        fault = dice.of(FAULTS)
        detail = {name: value for name, value in fault.items() if name != "kind"}
        vendor = dice.of(("shopify", "hubspot"))
        self.run(self.world.rig.fault(vendor, fault["kind"], n=dice.of(range(1, 5)), **detail))

    def teardown(self) -> None:
        if hasattr(self, "first"):
            self.run(self.world.rest())
            assert [one.sentence for one in self.run(invariants.check(self.world.ops)) if one.broken] == []
            for name, state in self.ids("select id, state from action where true"):
                self.held(name, state, self.run(self.world.journal(name)))

    def held(self, name: str, state: str, journal: dict[str, int]) -> None:
        """What the vendors have is what the action says."""
        told = f"{name} is {state}, and at the vendor stands {journal}"
        done = {did: journal.get(did, 0) for did in UNDONE if did in journal}
        assert all(times == 1 for times in journal.values()), told
        match state:
            case "done":
                assert len(journal) == len(done) == 1, told
            case "undone":
                assert set(journal) == {*done, *(UNDONE[did] for did in done)}, told
                assert done, told
            case "unclear":
                known = "select 1 from escalation where action_id = :id and state <> 'closed'"
                assert self.run(self.world.rows(known, id=name)), told
            case _:
                assert state in ("proposed", "refused", "failed", "stale"), told
                assert not journal, told


@pytest.fixture(scope="module")
def world(database_url: str, vendor_server: str) -> Iterator[World]:
    """One house for all runs; its named points and its engine are those of the rig."""
    with asyncio.Runner() as runner, ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        House.loop = runner.get_loop()
        rigged = a_rig(database_url, vendor_server)
        found = House.world = runner.run(_entered(rigged))
        stack.callback(lambda: runner.run(rigged.__aexit__(None, None, None)))
        patch.setattr(point, "reach", found.reach)
        patch.setattr(flows, "DBOS", found.engine)
        yield found


async def _entered(rigged: Any) -> World:
    return await a_world(await rigged.__aenter__())


@pytest.mark.timeout(3600 if RUNS else 300)
def test_nothing_that_happens_in_any_order_breaks_a_promise(world: World) -> None:
    how = settings(
        max_examples=RUNS or 15,
        stateful_step_count=25,
        deadline=None,
        derandomize=not RUNS,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(House, settings=how)
    assert world.cuts, "nothing was ever cut"
    assert House.loop.run_until_complete(world.rows("select 1 from action where state = 'undone'"))
