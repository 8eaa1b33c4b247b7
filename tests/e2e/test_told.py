"""Everything in the house is stopped, hung, killed, deafened and starved: it heals by itself, or a person is told."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandboxed import Part
from tests.e2e import told_rig
from tests.e2e.told_rig import ALL, DRIFT, PROCESS, ROLES, Fault, Rig, at_slack, each, edited

pytestmark = pytest.mark.timeout(1800)
EVERYBODY = (*ROLES, "valkey")
FAULTS = (
    Fault("every process and Valkey stopped (SIGTERM)", EVERYBODY, each(signal.SIGTERM, EVERYBODY), quick=False),
    Fault("every process and Valkey hung (SIGSTOP)", EVERYBODY, each(signal.SIGSTOP, EVERYBODY)),
    Fault("PostgreSQL hung (SIGSTOP)", ("postgres",), each(signal.SIGSTOP, ["postgres"])),
    Fault("PostgreSQL killed (SIGKILL)", ("postgres",), each(signal.SIGKILL, ["postgres"]), quick=False),
    Fault("the policy edited by hand", (), edited, told=DRIFT),
    Fault("Slack brings nothing to the bot", ("bot",), at_slack("deaf"), told=PROCESS),
)


@pytest.fixture(scope="module")
def rig(place: Path, slack: Part, company: Part) -> Iterator[Rig]:
    with told_rig.a_rig(place, slack, company) as found:
        yield found


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.quick or ALL], ids=lambda one: one.name)
def test_it_heals_by_itself_or_a_person_is_told(rig: Rig, fault: Fault) -> None:
    rig.measure(fault)
