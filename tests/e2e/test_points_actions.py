"""kill -9 at every named point between a request and its undo at a vendor: one change each, and all of it told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot.sandboxed import Part
from bot.stores import Stores
from tests.e2e.points_rig import HEALED_WITHIN, Rig, a_rig
from tests.e2e.whole_house import Json, until

pytestmark = pytest.mark.timeout(400)
ACTION = (
    "proposed", "approval_posted", "click_envelope_received", "click_row_written", "click_acked", "approved",
    "intent_written", "vendor_called", "vendor_answered", "effect_recorded", "message_updated",
)  # fmt: skip
_SEEN: dict[str, Json] = {}


@pytest.fixture(scope="module")
def rig(place: Path, slack: Part, company: Part, database_url: str, stores: Stores) -> Iterator[Rig]:
    with a_rig(place, slack, company, Stores(database_url, stores.redis_url)) as found:
        yield found


@dataclass
class Hold:
    """An order that is held for a reason, allowed, and let go again."""

    rig: Rig = field(repr=False)
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


@pytest.mark.parametrize("point", ACTION)
def test_a_death_changes_nothing_of_what_comes_of_an_action(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    assert Hold(rig).run() == _SEEN["clean"]
    assert rig.blade.fell
    rig.sound()
