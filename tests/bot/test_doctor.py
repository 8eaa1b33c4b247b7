"""On a healthy house the doctor names nothing; of each planted fault it names that fault, and nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot import doctor, process, schema, stores
from bot.doctor_scene import Scene
from bot.stores import Stores
from domain.kernel.finding import Finding
from tests.bot import doctor_faults, doctor_faults_slack
from tests.bot.doctor_plants import Faults
from tests.bot.doctor_rig import Rig, a_rig

FAULTS = {**doctor_faults.FAULTS, **doctor_faults_slack.FAULTS}


@pytest.fixture(scope="module")
def home() -> Iterator[tuple[Path, Stores]]:
    """A data directory with durable stores of its own, as a house has it."""
    folder = Path(tempfile.mkdtemp(prefix="operations-brain-"))
    folder.chmod(0o711)
    try:
        with stores.embedded(folder / "var", {}) as running:
            schema.upgrade(running.database_url)
            yield folder / "var", running
    finally:
        shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rig(home: tuple[Path, Stores], vendor_server: str) -> AsyncIterator[Rig]:
    async with a_rig(*home, vendor_server) as found:
        yield found


async def named(scene: Scene) -> dict[str, Finding]:
    """What is not as it should be, by name; a machine that is busy with other tests is no fault."""
    found = {one.name: one for one in await doctor.examine(scene) if one.state in ("warn", "bad")}
    return {name: one for name, one in found.items() if name != "house.database" or one.state == "bad"}


async def test_nothing_is_named_on_a_healthy_house(rig: Rig) -> None:
    found = await doctor.examine(rig.scene)
    assert [one for one in found if one.state != "ok" and one.name != "house.database"] == []
    assert len(found) > 40
    assert len({one.name for one in found}) == len(found)


@pytest.mark.parametrize("what", FAULTS)
async def test_a_planted_fault_is_named_and_nothing_else(rig: Rig, what: str) -> None:
    planted = FAULTS[what]
    async with planted.plant(rig) as scene:
        found = await named(scene)
    assert list(found) == [planted.finding]
    assert planted.word in found[planted.finding].text
    assert found[planted.finding].mend
    assert not [name for name, value in _secrets(scene) if value in str(found)]


def _secrets(scene: Scene) -> list[tuple[str, str]]:
    """What no finding may repeat."""
    words = ("TOKEN", "SECRET", "KEY", "ALARM_URLS")
    return [(name, value) for name, value in scene.environment.items() if name.endswith(words) and len(value) > 8]


async def test_a_house_to_which_people_only_type_commands_lacks_no_events_once_it_heard_itself(rig: Rig) -> None:
    heard = Faults()
    heard.bot("an echo", "", "", {"echoed": True})
    async with FAULTS["events that never come"].plant(rig), heard["an echo"].plant(rig) as scene:
        assert await named(scene) == {}


def test_there_are_faults_enough() -> None:
    assert len(FAULTS) >= 30


async def test_the_night_looks_at_what_nobody_looks_at_by_day(rig: Rig) -> None:
    found = await process._examining(rig.scene.found)(rig.ops)
    groups = {one.name.partition(".")[0] for one in found}
    assert {"policy", "files", "stores", "slack", "credentials", "ends"} <= groups
    assert not groups & {"house", "vendors"}
