"""Everything in the house is stopped, hung, killed, deafened and starved: it heals by itself, or a person is told."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from bot import procfile
from bot.sandboxed import Part
from tests.e2e import strikes, told_rig
from tests.e2e.strikes import again_and_again, at_slack, each
from tests.e2e.told_rig import (
    ALL,
    MACHINE,
    NOTICES,
    PROCESS,
    ROLES,
    SECOND_ROAD,
    Fault,
    Rig,
)
from tests.e2e.whole_house import ROOT

pytestmark = pytest.mark.timeout(1800)
EVERYBODY = (*ROLES, "valkey")
HOUSE = [name for name in procfile.read(ROOT / "Procfile") if name != "release"]
SIGNALS = {"stopped": signal.SIGTERM, "killed": signal.SIGKILL, "hung": signal.SIGSTOP}
ALONE = [
    [Fault(f"{who} alone {what} ({number.name})", (who,), each(number, [who]))]
    for what, number in SIGNALS.items()
    for who in (*HOUSE, "valkey", "postgres")
    if (who, what) != ("watchdog", "hung")  # the house tells of it when its pings are missing: see SLOW
]
HEALING = (
    [Fault("every process and Valkey stopped (SIGTERM)", EVERYBODY, each(signal.SIGTERM, EVERYBODY))],
    [Fault("every process and Valkey killed (SIGKILL)", EVERYBODY, each(signal.SIGKILL, EVERYBODY))],
    [Fault("no processor left", ROLES, strikes.no_processor, new=False)],
    [Fault("no connection to the database left", ROLES, strikes.no_connections, new=False)],
    [Fault("the web can open no file", ("web",), strikes.no_more_files("web"))],
)
STARVING = [
    Fault("a worker has no memory", ("worker-marketing",), strikes.no_memory("worker-marketing")),
    Fault("the disk is full", (), strikes.no_disk, PROCESS, "disk"),
]
SLOW = [
    Fault("the policy edited by hand", (), strikes.edited, NOTICES, "policy"),
    Fault("the watchdog dies", (), strikes.no_watchdog, NOTICES, "watchdog has not been heard of"),
]
HUNG = [Fault("every process and Valkey hung (SIGSTOP)", EVERYBODY, each(signal.SIGSTOP, EVERYBODY))]
TOLD = (
    [
        Fault("Slack brings nothing to the bot", (), at_slack("deaf"), PROCESS, "brings nothing"),
        Fault("a worker keeps ending", (), again_and_again(signal.SIGKILL, "worker-sales"), PROCESS, "worker-sales"),
    ],
    [Fault("Slack is down and an alarm waits", (), strikes.alarm_in_vain, SECOND_ROAD, "cannot wait", last=True)],
    [Fault("the whole machine dies", (), strikes.everything_at_once, MACHINE, "not answer", last=True)],
)
UNSTARTABLE = (
    [Fault("Valkey cannot start", (), strikes.unstartable("valkey"), PROCESS, "valkey")],
    [Fault("PostgreSQL cannot start", (), strikes.unstartable("postgres"), PROCESS, "postgres")],
)
LONG = (*HEALING, *([STARVING] if told_rig.STARVES else ()), *UNSTARTABLE, SLOW, *ALONE)
"""What only the long run tries. Those that heal come first: who ended too often begins again only after a minute.
Each alone comes after the slow ones: who hangs twice within ten minutes is told of, and not a second time in the hour.
"""


@pytest.fixture(scope="module")
def rig(place: Path, slack: Part, company: Part) -> Iterator[Rig]:
    small = told_rig.a_small_disk(place) if ALL and told_rig.STARVES else nullcontext()
    with small, told_rig.a_rig(place, slack, company) as found:
        yield found


@pytest.mark.parametrize("faults", [HUNG, *(LONG if ALL else ()), *TOLD], ids=lambda some: some[0].name)
def test_it_heals_by_itself_or_a_person_is_told(rig: Rig, faults: list[Fault]) -> None:
    rig.measure(*faults)
