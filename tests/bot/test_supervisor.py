"""The supervisor: order, restarts, refusals, and an end that leaves nothing behind."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from bot import leftovers, procfile, stores
from bot.restarts import MOST, WINDOW, Restarts
from domain.kernel.errors import RefusedError

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {"DATABASE_URL": "postgresql://nowhere/brain", "REDIS_URL": "redis://nowhere"}  # so that no store is started
# A program of the house: writes its name when it starts and when it is asked to end.
CHILD = """
    import os, signal, sys, time
    def note(word):
        with open("diary", "a") as diary:
            diary.write(f"{word} {os.environ['OPS_PROCESS']} {os.getpid()}\\n")
    def end(*_):
        note("ended")
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    note("began")
"""
STAYS = "time.sleep(60)"
HASTE = {"OPS_UNDER_TEST": "1", "OPS_FASTER": "60"}  # a minute is a second


class House:
    """A running `python -m bot run`, over a Procfile of the test."""

    def __init__(self, root: Path, lines: dict[str, str], environment: dict[str, str], enter: str = "None") -> None:
        """`lines` maps a name to what its program does once it has begun."""
        self.root = root
        for name, deed in lines.items():
            (root / f"{name}.py").write_text(textwrap.dedent(CHILD) + deed + "\n")
        words = "".join(f"{name}: python {name}.py\n" for name in lines)
        (root / "Procfile").write_text(words + ("forked: python -m bot run forked\n" if enter != "None" else ""))
        code = "import os, sys, time; from pathlib import Path; from bot import house; "
        code += f"sys.exit(house.run(Path({str(root)!r}), Path({str(root / 'var')!r}), os.environ, enter={enter}))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )

    def diary(self) -> list[list[str]]:
        """[[began or ended, name, process id], ...]"""
        path = self.root / "diary"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def began(self, name: str) -> list[int]:
        """Process ids under which a program began, oldest first."""
        return [int(pid) for word, who, pid in self.diary() if word == "began" and who == name]

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Signal it and collect its exit code and what it said."""
        self.process.send_signal(number)
        return self.collect()

    def collect(self) -> tuple[int, str]:
        """Its exit code and what it said."""
        _, said = self.process.communicate(timeout=40)
        return self.process.returncode, said


Start = Callable[..., House]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts houses in a directory that root's servers can walk into; ends them all."""
    root = Path(tempfile.mkdtemp(prefix="ob-"))
    root.chmod(0o711)
    houses: list[House] = []

    def begin(lines: dict[str, str], environment: dict[str, str] = GIVEN, enter: str = "None") -> House:
        houses.append(House(root, lines, environment, enter))
        return houses[-1]

    yield begin
    for house in houses:
        if house.process.poll() is None:
            house.end(signal.SIGKILL)
    shutil.rmtree(root)


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_the_end_comes_in_order_and_is_clean(start: Start) -> None:
    names = ("bot", "scheduler", "worker-sales", "worker-logistics", "web")
    house = start(dict.fromkeys(names, STAYS))
    until(lambda: len(house.diary()) == len(names))
    code, said = house.end()
    ended = [who for word, who, _ in house.diary() if word == "ended"]
    assert code == 0
    assert set(ended[:3]) == {"worker-sales", "worker-logistics", "web"}
    assert ended[3:] == ["scheduler", "bot"]
    assert said == f"run: started {', '.join(names)}.\n"


def test_ctrl_c_ends_like_a_term_signal(start: Start) -> None:
    house = start({"bot": STAYS})
    until(house.diary)
    assert house.end(signal.SIGINT)[0] == 0
    assert house.diary()[-1][0] == "ended"


def test_a_killed_program_comes_back_and_the_others_do_not_notice(start: Start) -> None:
    house = start({"bot": STAYS, "worker-sales": STAYS})
    until(lambda: len(house.diary()) == 2)
    os.kill(house.began("worker-sales")[0], signal.SIGKILL)
    until(lambda: len(house.began("worker-sales")) == 2)
    assert len(house.began("bot")) == 1
    code, said = house.end()
    assert code == 0
    assert "worker-sales ended (SIGKILL); it starts again in 0.1 s." in said


def test_a_refused_configuration_ends_everything_with_its_sentence(start: Start) -> None:
    house = start(
        {"bot": STAYS, "web": "print('Port 3800 is taken; set OPS_WEB_PORT.', file=sys.stderr); sys.exit(78)"}
    )
    code, said = house.collect()
    assert code == 78
    assert said.splitlines()[-1].endswith("the configuration is refused: Port 3800 is taken; set OPS_WEB_PORT.")
    assert len(house.began("web")) == 1
    assert all(gone(pid) for pid in house.began("bot"))


def test_a_failed_release_starts_nothing_else(start: Start) -> None:
    house = start({"release": "sys.exit(3)", "bot": STAYS})
    code, said = house.collect()
    assert code == 1
    assert "the release failed (python release.py); nothing else was started." in said
    assert house.began("bot") == []


def test_a_release_that_refuses_ends_with_its_sentence(start: Start) -> None:
    code, said = start({"release": "sys.stderr.write('Newer schema.\\n'); sys.exit(78)", "bot": STAYS}).collect()
    assert (code, said) == (78, "Newer schema.\n")


def test_a_signal_during_the_release_ends_at_once(start: Start) -> None:
    house = start({"release": STAYS, "bot": STAYS})
    until(house.diary)
    assert house.end()[0] == 0
    assert house.began("bot") == []


def test_a_second_signal_kills_what_will_not_end(start: Start) -> None:
    house = start({"bot": "signal.signal(signal.SIGTERM, signal.SIG_IGN); note('deaf')\nwhile True: time.sleep(60)"})
    until(lambda: len(house.diary()) == 2)
    house.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    begun = time.monotonic()
    code, said = house.end()
    assert time.monotonic() - begun < 5
    assert code == 0
    assert "bot did not end in time and is killed." in said
    assert gone(house.began("bot")[0])


def test_what_a_program_complains_about_is_passed_on(start: Start) -> None:
    house = start({"bot": "print('a complaint', file=sys.stderr, flush=True); note('complained'); " + STAYS})
    until(lambda: len(house.diary()) == 2)
    assert "a complaint\n" in house.end()[1]


def test_a_line_of_ours_runs_in_a_fork_with_its_own_environment(start: Start) -> None:
    enter = "lambda name: (open(Path(os.environ['OPS_DATA_DIR']).parent / 'diary', 'a').write("
    enter += "f'began {name} {os.getpid()}\\nfds {len(os.listdir(\"/dev/fd\"))} 0\\n'), time.sleep(60))"
    house = start({}, enter=enter)
    until(lambda: len(house.diary()) == 2)
    assert house.diary()[1][1] == "5"  # three streams, the diary, the listing: no lock and no pipe of ours
    pid = house.began("forked")[0]
    assert psutil.Process(pid).cmdline() == psutil.Process(house.process.pid).cmdline()
    if sys.platform == "linux":
        assert psutil.Process(pid).name() == "bot: forked"
    assert house.end()[0] == 0
    assert gone(pid)


def pids(place: Path) -> set[int]:
    return {process.pid for process in leftovers.running_in(place)}


def test_the_house_with_its_stores_survives_kills_and_hangs_and_starts_again(start: Start) -> None:
    house = start({"bot": STAYS}, HASTE)
    var = house.root / "var"
    until(lambda: house.began("bot"))
    running = stores.known(var, {})
    for name, number in itertools.product(("postgres", "valkey"), (signal.SIGKILL, signal.SIGSTOP)):
        before = pids(var / name)
        for pid in before:
            with suppress(ProcessLookupError):  # the others of a server end with its first
                os.kill(pid, number)
        until(lambda: (now := pids(var / name)) and now.isdisjoint(before), 40)  # noqa: B023 - called before the loop goes on
        until(lambda: _answers(running), 40)
    assert house.end(signal.SIGKILL)[0] == -signal.SIGKILL
    again = start({"bot": STAYS}, {})
    until(lambda: len(house.began("bot")) == 2)
    assert _answers(running)
    assert gone(house.began("bot")[0])
    assert again.end()[0] == 0
    assert leftovers.running_in(var / "postgres") + leftovers.running_in(var / "valkey") == []
    assert not (var / "stores.json").exists()


def _answers(running: stores.Stores) -> bool:
    try:
        psycopg.connect(running.libpq_url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_supervisor_stays_small(start: Start) -> None:
    house = start({"bot": STAYS})
    until(house.diary)
    assert psutil.Process(house.process.pid).memory_info().rss < 25_000_000


def test_restarts_are_quick_at_first_and_rare_in_a_loop() -> None:
    restarts = Restarts()
    delays = [restarts.died(float(second)) for second in range(MOST)]
    assert delays == sorted(delays)
    assert delays[0] < 1
    assert not restarts.looping
    assert restarts.died(10.0) == 60
    assert restarts.looping
    assert restarts.died(10.0 + WINDOW + 1) == delays[0]


def test_the_procfile_is_the_list_of_processes(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text('# what runs\nrelease: alembic upgrade head\n\nbot: python -c "a b"\n')
    found = procfile.read(tmp_path / "Procfile")
    assert found == {"release": ("alembic", "upgrade", "head"), "bot": ("python", "-c", "a b")}
    assert next(iter(procfile.read(ROOT / "Procfile"))) == "release"


@pytest.mark.parametrize("line", ["no command here", "bot:", "bot: a\nbot: b"])
def test_a_procfile_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "Procfile").write_text(line)
    with pytest.raises(RefusedError, match="Procfile, line"):
        procfile.read(tmp_path / "Procfile")
