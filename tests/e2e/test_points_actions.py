"""kill -9 at every named point between a request and its undo at a vendor: one change each, and all of it told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from bot.sandboxed import Part
from bot.stores import Stores
from domain.kernel.ports import Ops
from domain.trust import proposals
from domain.trust.proposals import Origin, Proposed
from tests.e2e.points_rig import HEALED_WITHIN, REPEATS, Rig, a_rig
from tests.e2e.whole_house import Json, today, until

pytestmark = pytest.mark.timeout(400)
ACTION = (
    "proposed", "approval_posted", "click_envelope_received", "click_row_written", "click_acked", "approved",
    "intent_written", "vendor_called", "vendor_answered", "effect_recorded", "message_updated",
)  # fmt: skip
UNDO = ("intent_written", "vendor_called", "vendor_answered", "effect_recorded", "message_updated")
PLAN = ("compensation_started", "compensation_done")
_plans = count(1)
_SEEN: dict[str, Json] = {}


@pytest.fixture(scope="module")
def rig(place: Path, slack: Part, company: Part, database_url: str, stores: Stores) -> Iterator[Rig]:
    with a_rig(place, slack, company, Stores(database_url, stores.redis_url)) as found:
        yield found


@dataclass
class Hold:
    """An order that is held for a reason, allowed, and let go again."""

    rig: Rig = field(repr=False)
    undo_at: str = ""
    action: str = ""
    approval: str = ""

    def run(self) -> Json:
        """The whole story; what came of it, the same whatever happens on the way."""
        rig = self.rig
        task = rig.hand_in(f"hold order {rig.order()} because the customer wants to change it")
        self.approval, self.action = rig.asked(task)
        self._press("v1.approval.approve", "done", "undoing", "undone")
        finished = "select 1 from task where id = %(task)s and state = 'done'"
        until(lambda: rig.house.asked(finished, task=task), HEALED_WITHIN, what=f"the end of {task}")
        if self.undo_at:
            rig.blade.arm(self.undo_at)
        self._press("v1.action.undo", "undone")
        return self._came()

    def _press(self, button: str, *states: str) -> None:
        over = partial(self.rig.stands, self.action, *states)
        self.rig.press(self.rig.approver, f"approval:{self.approval}", "C0LOGIS", button, over)

    def _came(self) -> Json:
        effects = self.rig.journal("shopify").get(f"opsbrain:{self.action}", [])
        votes = "select choice from vote where approval_id = %(approval)s"
        rows = "select deed, state from effect where action_id = %(action)s order by 1"
        return {
            "at the vendor": dict(Counter(one["name"] for one in effects)),
            "votes": self.rig.house.rows(votes, approval=self.approval),
            "effects": self.rig.house.rows(rows, action=self.action),
        }


def test_a_clean_run_reaches_every_point_of_an_action(rig: Rig) -> None:
    _SEEN["clean"] = Hold(rig).run()
    assert _SEEN["clean"]["at the vendor"] == {"hold": 1, "release": 1}
    reached = [name for name, _ in rig.blade.reached()]
    assert [point for point in ACTION if point not in reached] == []
    rig.sound()


@pytest.mark.parametrize("point", ACTION * REPEATS)
def test_a_death_changes_nothing_of_what_comes_of_an_action(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    assert Hold(rig).run() == _SEEN["clean"]
    assert rig.blade.fell
    rig.sound()


@pytest.mark.parametrize("point", UNDO * REPEATS if REPEATS > 1 else UNDO[2:3])
def test_a_death_over_an_undo_changes_nothing_of_what_comes_of_it(rig: Rig, point: str) -> None:
    assert Hold(rig, undo_at=point).run() == _SEEN["clean"]
    assert rig.blade.fell
    rig.sound()


# -- a plan of which the second step cannot be done ------------------------------------------------------------------


async def put_forward(ops: Ops, plan: str, order: str, deal: str) -> list[Proposed]:
    """Two steps at two vendors, each to be allowed on its own card."""
    call = {"deal": deal, "subject": "Call back", "due": str(today() + timedelta(days=9))}
    steps: tuple[tuple[str, Json], ...] = (
        ("shopify.hold_fulfilment", {"order": order}),
        ("hubspot.create_follow_up_task", call),
    )
    made = []
    for number, (kind, raw) in enumerate(steps, 1):
        origin = Origin(key=f"{plan}:{number}", requester="bot:plans", reason="Both.", plan_id=plan, step=number)
        made.append(await proposals.ask(ops, kind, raw, origin))
    return made


def planned(rig: Rig) -> Json:
    """The first step is done and taken back, because the vendor forbids the second; what came of it."""
    plan, order, deal = f"plan:{next(_plans)}", rig.order(), rig.deal()
    first, second = rig.ask(lambda ops: put_forward(ops, plan, order, deal))
    rig.fault("hubspot", "status", status=403, path="/tasks", n=1)
    for one, channel in ((first, "C0LOGIS"), (second, "C0SALES")):
        query = "select 1 from approval where id = %(id)s and state = 'approved'"
        decided = partial(rig.found, query, id=one.approval_id)
        rig.press(rig.approver, f"approval:{one.approval_id}", channel, "v1.approval.approve", decided)
    until(partial(rig.stands, first.action_id, "undone"), HEALED_WITHIN, what=f"the end of {plan}")
    assert rig.stands(second.action_id, "failed")
    held = rig.journal("shopify").get(f"opsbrain:{first.action_id}", [])
    tasks = rig.journal("hubspot").get(f"opsbrain:{second.action_id}", [])
    return {"held": Counter(one["name"] for one in held), "tasks": len(tasks)}


def test_a_clean_plan_is_taken_back_over_every_point(rig: Rig) -> None:
    before = len(rig.blade.reached())
    assert planned(rig) == {"held": {"hold": 1, "release": 1}, "tasks": 0}
    assert [point for point in PLAN if point not in dict(rig.blade.reached()[before:])] == []


@pytest.mark.parametrize("point", PLAN * REPEATS)
def test_a_death_leaves_no_plan_half_done(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    assert planned(rig) == {"held": {"hold": 1, "release": 1}, "tasks": 0}
    assert rig.blade.fell
    rig.sound()
