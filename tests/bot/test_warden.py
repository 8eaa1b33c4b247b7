"""What the supervisor notices: who hangs, who never begins, which store says nothing, and what a person must know."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import notify
from bot.program import Program
from bot.warden import Ear, Pace, Ward, Warden
from tests.bot.test_supervisor import GIVEN, HASTE, STAYS, Start, start, until

__all__ = ["start"]
ALIVE = """
import socket
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
line.connect(os.environ["NOTIFY_SOCKET"])
line.send(b"READY=1")
note("spoke")
while True:
    time.sleep(int(os.environ["WATCHDOG_USEC"]) / 3e6)
    line.send(b"WATCHDOG=1")
"""
# Stands where `python -m bot` is: what the supervisor has told is a line of the diary.
TELLS = "import sys\nopen('diary', 'a').write(f'told {sys.argv[3]} {sys.argv[4]}\\n')\n"


def test_a_program_that_hangs_is_killed_and_started_again(start: Start) -> None:
    house = start({"web": ALIVE, "bot": STAYS}, GIVEN | HASTE)
    until(lambda: ["spoke", "web"] in [line[:2] for line in house.diary()])
    os.kill(house.began("web")[0], signal.SIGSTOP)
    until(lambda: len(house.began("web")) == 2)
    code, said = house.end()
    assert code == 0
    assert "web hangs (it gave no sign of life for" in said
    assert len(house.began("bot")) == 1


def test_what_keeps_ending_is_told_once_by_a_process_of_its_own(start: Start) -> None:
    house = start({"web": "print('no such module', file=sys.stderr); sys.exit(1)"}, GIVEN | HASTE)
    (house.root / "bot.py").write_text(TELLS)
    until(lambda: [line for line in house.diary() if line[0] == "told"], 30)
    house.end()
    told = [" ".join(line) for line in house.diary() if line[0] == "told"]
    assert len(told) == 1
    assert told[0].startswith("told supervisor:web web keeps ending and is started again every minute")
    assert told[0].endswith("no such module")


def test_a_house_that_ran_and_then_refuses_to_go_on_says_so_before_it_ends(start: Start) -> None:
    ends = "time.sleep(0.3); print('The token was revoked.', file=sys.stderr); sys.exit(78)"
    house = start({"web": ends}, GIVEN | HASTE | {"OPS_FASTER": "600"})
    (house.root / "bot.py").write_text(TELLS)
    assert house.collect()[0] == 78
    until(lambda: [line for line in house.diary() if line[0] == "told"])
    assert " ".join(house.diary()[-1]) == "told supervisor:house The house has stopped: The token was revoked."


@dataclass
class Quiet:
    """A crier that only remembers, and a clock that is set."""

    now: float = 0.0
    told: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def tell(self, key: str, sentence: str) -> None:
        self.told.append((key, sentence))

    def tend(self) -> None:
        """Nothing runs."""


@dataclass
class Immortal:
    """A child that no signal reaches."""

    pid: int = 2**22 + 1  # larger than any

    def poll(self) -> int | None:
        return None


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Warden, Quiet]]:
    quiet = Quiet()
    ear = Ear(tmp_path)
    yield Warden(quiet.said.append, quiet, ear=ear, pace=Pace(), clock=lambda: quiet.now), quiet  # type: ignore[arg-type]
    ear.close()


def a_ward(name: str = "web", **more: object) -> Ward:
    ward = Ward(Program(name, speaks=True, **more), child=Immortal())  # type: ignore[arg-type]
    ward.begins(0.0)
    return ward


def pass_by(warden: Warden, quiet: Quiet, ward: Ward, seconds: int) -> None:
    """Look every second for so long."""
    for _ in range(seconds):
        quiet.now += 1
        warden.look([ward])


def test_who_never_begins_is_ended_after_two_minutes(watched: tuple[Warden, Quiet]) -> None:
    warden, quiet = watched
    ward = a_ward()
    pass_by(warden, quiet, ward, 120)
    assert ward.fate == ""
    pass_by(warden, quiet, ward, 2)
    assert ward.fate == "it gave no sign of life for 121 s"
    assert [key for key, _ in quiet.told] == ["supervisor:web"]


def test_who_says_nothing_of_itself_is_not_expected_to(watched: tuple[Warden, Quiet]) -> None:
    warden, quiet = watched
    ward = Ward(Program("watchdog"), child=Immortal())  # type: ignore[arg-type]
    pass_by(warden, quiet, ward, 400)
    assert (ward.fate, quiet.told) == ("", [])


def test_a_store_that_says_nothing_is_ended_after_a_minute(watched: tuple[Warden, Quiet]) -> None:
    warden, quiet = watched
    answering = [True]
    ward = a_ward("postgres", answers=lambda: answering[0])
    pass_by(warden, quiet, ward, 300)
    answering[0] = False
    pass_by(warden, quiet, ward, 75)
    assert quiet.said == ["postgres hangs (it gave no sign of life for 61 s) and is killed."]
    assert quiet.told == []


def test_two_hangs_within_ten_minutes_are_told_once_an_hour(watched: tuple[Warden, Quiet]) -> None:
    warden, quiet = watched
    ward = a_ward()
    for _ in range(5):
        ward.begins(quiet.now)
        ward.heard = quiet.now
        pass_by(warden, quiet, ward, 62)
    assert len(quiet.said) == 5
    assert [key for key, _ in quiet.told] == ["supervisor:web"]
    assert "hung twice within ten minutes" in quiet.told[0][1]
    ward.begins(quiet.now)
    for _ in range(12):
        ward.heard = quiet.now
        pass_by(warden, quiet, ward, 55)
    assert [key for key, _ in quiet.told] == ["supervisor:web", "supervisor:web:over"]


def test_a_supervisor_that_was_stopped_itself_kills_nobody(watched: tuple[Warden, Quiet]) -> None:
    warden, quiet = watched
    ward = a_ward()
    ward.heard = quiet.now
    pass_by(warden, quiet, ward, 30)
    quiet.now += 3600  # Ctrl-Z, and fg an hour later
    pass_by(warden, quiet, ward, 25)
    assert ward.fate == ""


async def test_a_loop_that_turns_says_so_and_a_stranger_is_not_believed(
    watched: tuple[Warden, Quiet], monkeypatch: pytest.MonkeyPatch
) -> None:
    warden, quiet = watched
    ours, other = a_ward(), a_ward("bot")
    ours.child = Immortal(os.getpid())  # type: ignore[assignment]
    for name, value in warden.surroundings({"WATCHDOG_USEC": "60000"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WATCHDOG_USEC", "60000")
    async with notify.awake():
        quiet.now = 1.0
        warden.hear([ours, other])
        assert (ours.heard, other.heard) == (1.0, None)
        quiet.now = 2.0
        await asyncio.sleep(0.1)
        warden.hear([ours, other])
        assert (ours.heard, other.heard) == (2.0, None)


def test_a_path_too_long_for_a_socket_is_stood_in_for_and_nothing_is_left(tmp_path: Path) -> None:
    ear = Ear(tmp_path / ("long" * 30))
    assert not ear.path.is_relative_to(tmp_path)
    assert ear.path.stat().st_mode & 0o777 == 0o600
    ear.close()
    assert not ear.path.parent.exists()


def test_without_anybody_who_listens_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert (notify.tell("READY=1"), notify.every()) == (False, None)
