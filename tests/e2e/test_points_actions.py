"""kill -9 at every named point between a request and its undo at a vendor: one change each, and all of it told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    task: str = ""
    action: str = ""
    approval: str = ""

    def run(self) -> Json:
        """The whole story; what came of it, the same whatever happens on the way."""
        self.task = self.rig.hand_in(f"hold order {self.rig.order()} because the customer wants to change it")
        self.action, self.approval = self._asked()
        self._press("v1.approval.approve", "done", "undoing", "undone")
        self._press("v1.action.undo", "undone")
        return self._came()

    def _asked(self) -> tuple[str, str]:
        asked = "select a.id, p.id from action a join approval p on p.action_id = a.id where a.task_id = %(task)s"
        return self._wait("an approval", asked)

    def _press(self, button: str, *states: str) -> None:
        """Click when the button stands there, and wait until the action came to a state."""
        key = f"approval:{self.approval}"

        def there() -> Json | None:
            found = self.rig.message(key, "C0LOGIS")
            return found if found and button in str(found["blocks"]) else None

        until(there, HEALED_WITHIN, what=button)
        self.rig.press(self.rig.approver, there, button, lambda: self._in(*states))
        until(lambda: self._in(*states), HEALED_WITHIN, what=f"{self.action} {states}")

    def _in(self, *states: str) -> bool:
        asked = "select 1 from action where id = %(action)s and state = any(%(states)s)"
        return bool(self.rig.house.asked(asked, action=self.action, states=list(states)))

    def _wait(self, what: str, query: str) -> tuple[str, str]:
        known = {"task": self.task, "action": self.action}
        found = until(lambda: self.rig.house.asked(query, **known), HEALED_WITHIN, what=f"{what}; {self}")
        return found[0]

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
