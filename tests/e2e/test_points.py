"""kill -9 at every named point between a deed handed in and its outcome: nothing is lost, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandboxed import Part
from bot.stores import Stores
from tests.e2e.points_rig import HEALED_WITHIN, Rig, a_rig
from tests.e2e.whole_house import today, until

pytestmark = pytest.mark.timeout(400)
INTAKE = ("envelope_received", "row_written", "acked", "brief_built", "routed")
_days = iter(range(2, 400))


@pytest.fixture(scope="module")
def rig(place: Path, slack: Part, company: Part, database_url: str, stores: Stores) -> Iterator[Rig]:
    with a_rig(place, slack, company, Stores(database_url, stores.redis_url)) as found:
        yield found


def ask_something(rig: Rig) -> str:
    """Hand in a question nobody asked before and wait until it is done; the task."""
    task = rig.hand_in(f"how was net revenue on {today() - timedelta(days=next(_days))}?")
    done = "select 1 from task where id = %(id)s and state = 'done'"
    until(lambda: rig.house.asked(done, id=task), HEALED_WITHIN, what=f"the end of {task}")
    return task


def test_a_clean_run_reaches_every_point_of_intake(rig: Rig) -> None:
    ask_something(rig)
    reached = [name for name, process in rig.blade.reached() if process == "bot" and name in INTAKE]
    assert tuple(dict.fromkeys(reached)) == INTAKE


@pytest.mark.parametrize("point", INTAKE)
def test_a_death_in_intake_loses_nothing(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    task = ask_something(rig)
    assert rig.blade.fell
    assert len(rig.house.rows("select 1 from task where id = %(id)s", id=task)) == 1
    rig.sound()
