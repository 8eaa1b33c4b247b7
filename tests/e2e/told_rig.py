"""A house whose roads out end at receivers of ours, faults to strike it with, and how long each was unnoticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import psutil

from bot.sandboxed import Part
from jobs.timetable import TIMETABLE
from tests.e2e.whole_house import ROOT, House, Person, free_port, new_house, shown, until, write_policy

FASTER = float(os.environ.get("OPS_TOLD_FASTER", "20"))
"""So many times as fast the house finds out what is wrong; `make soak` takes the real intervals."""
ALL = bool(os.environ.get("OPS_TOLD_ALL"))
"""Every fault, and not only those that no other test of the whole house tries."""
EXTRA = 25.0
"""Seconds for what no interval makes faster: a process that begins, on a busy machine; a minute of the timetable."""
HEALS = 120.0
PROCESS = 300.0
MACHINE = 900.0
SECOND_ROAD = 120.0
NOTICES = 1800.0
KEPT = {"heartbeat": 5, "selfcheck": 30}
"""The jobs that find out what is wrong, and every how many minutes."""
MEMORY = Path("/sys/fs/cgroup/memory")
STARVES = os.geteuid() == 0 and (MEMORY / "cgroup.procs").exists()
"""Whether this machine lets us take memory and disk from a process."""
OVER = "It is over"
ESSENTIAL = ("process.", "slack", "database")
ROLES = ("bot", "scheduler", "worker-logistics", "worker-marketing", "worker-sales", "worker-orchestrator", "web")


class Receiver:
    """What stands at the end of a road: takes any POST, remembers when and what."""

    def __init__(self) -> None:
        """It listens at once, on a free port."""
        self.taken: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.taken.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens, in Apprise's words."""
        return f"json://127.0.0.1:{self.server.server_address[1]}/"


@dataclass(frozen=True)
class Fault:
    """What is done to the house; the function it hands back ends it.

    Who is struck must be replaced within two minutes; or somebody must be told within `told` seconds.
    """

    name: str
    victims: tuple[str, ...]
    strike: Callable[[Rig, ExitStack], None]
    told: float | None = None
    about: str = ""
    """Words of whatever tells of it."""
    new: bool = True
    """Whether those who were struck must be other processes afterwards; else they must be the same."""
    last: bool = False
    """Whether nobody needs a whole house after it."""


@dataclass(frozen=True)
class Measured:
    """What came of a fault: by whom it was mended or told, and how many seconds passed until then."""

    fault: str
    told: float | None
    after: float
    road: str

    def line(self) -> str:
        """For the table; the intervals were `FASTER` times as fast, what a process needs to begin was not."""
        promise = f"heals in {HEALS:.0f} s" if self.told is None else f"told in {self.told:.0f} s"
        return f"{self.fault:46} {self.after:7.1f} s  {self.road:12} {promise}"


@dataclass(repr=False)
class Rig:
    """The house and everything at the ends of its roads."""

    house: House
    slack: Part
    second: Receiver
    outside: Receiver
    port: int
    """Where the watchdog tells how it sees things."""
    watchdog: subprocess.Popen[bytes] | None = None

    @property
    def person(self) -> Person:
        return Person(self.slack.url)

    # -- who is there ------------------------------------------------------------------------------------------------

    def pids(self, who: str) -> set[int]:
        """The processes of a role, or of a store with everything it started."""
        tree = self.house.notice()
        found = {one.pid for one in tree if _is(one, who)}
        return found | {one.pid for one in tree if _parent(one) in found}

    def whole(self, fault: Fault, before: dict[str, set[int]]) -> bool:
        """Whether everybody is there, as somebody new if that is asked for, and the house hears and is well."""
        for who in fault.victims:
            now, old = self.pids(who), before[who]
            if not now or (now & old if fault.new else now != old):
                return False
            if who in ROLES and self.house.pid_of(who) not in now:  # it is there, and does not beat yet
                return False
        return self.sound()

    def sound(self) -> bool:
        """Whether the bot is in Slack, and a probe from outside finds every process, Slack and the database well."""
        found = self.house.probe()
        bad = [name for name in found.get("bad", {"": ""}) if name.startswith(ESSENTIAL) or not name]
        return found.get("status") != "down" and not bad and bool(self.person.see("state")["connections"])

    # -- what a person was told --------------------------------------------------------------------------------------

    def roads(self) -> dict[str, list[str]]:
        """What was told so far, by road."""
        said = [shown(one) for one in self.person.said("C0ESCAL")]
        return {"Slack": said, "second road": [*self.second.taken], "watchdog": [*self.outside.taken]}

    def newly(self, before: dict[str, list[str]], about: str) -> str:
        """The first road by which something about this was told since; empty while nothing was."""
        for road, said in self.roads().items():
            if any(about in one and OVER not in one for one in said if one not in before[road]):
                return road
        return ""

    def content(self) -> bool:
        """Whether the watchdog is there, and takes nothing of the whole house for wrong."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/status", timeout=10) as answer:
                known = json.load(answer)
        except OSError:
            return False
        return bool(known.get("incident:watchdog:house", {"state": "over"})["state"] == "over")

    def alarm(self, key: str, sentence: str) -> None:
        """Raise an alarm by hand, as the supervisor does."""
        argv = [sys.executable, "-m", "bot", "alerts", "say", key, sentence]
        subprocess.run(argv, cwd=ROOT, env=dict(self.house.environment), check=True, timeout=120, capture_output=True)

    # -- whoever watches it from outside ------------------------------------------------------------------------------

    def start_watchdog(self) -> None:
        """Start it as on another machine: nobody of the house did."""
        seconds = {"EVERY": 120 / FASTER, "AGAIN": 60 / FASTER, "STEADY": 20 / FASTER, "FLAPPING": 20 / FASTER}
        said = {"TARGET": f"http://127.0.0.1:{self.house.environment['OPS_WEB_PORT']}/healthz",
                "URLS": self.outside.url, "FOLDER": str(self.house.folder / "watchdog"), "HEARTBEAT": "660",
                "TIMEOUT": str(max(10 / FASTER, 2.0)), "PORT": str(self.port)}  # fmt: skip
        told = said | {name: str(value) for name, value in seconds.items()}
        environment = {"PATH": os.environ["PATH"], **{f"OPS_WATCHDOG_{name}": value for name, value in told.items()}}
        with (self.house.folder / "watchdog.log").open("ab") as log:
            argv = [sys.executable, "-m", "bot.watchdog"]
            self.watchdog = subprocess.Popen(argv, cwd=ROOT, env=environment, stderr=log)

    def end_watchdog(self) -> None:
        """It is killed."""
        if self.watchdog is not None:
            self.watchdog.kill()
            self.watchdog.wait()

    # -- measuring ---------------------------------------------------------------------------------------------------

    def measure(self, *faults: Fault) -> None:
        """Strike with all of them, wait until each healed or a person was told as promised, and for a whole house."""
        until(self.content, what="a watchdog that is content")  # what it knows it would not tell again
        before, roads = {who: self.pids(who) for one in faults for who in one.victims}, self.roads()
        found: dict[str, Measured] = {}
        promise = max(one.told or HEALS for one in faults)
        passed, limit = 0.0, promise / FASTER + (6 * EXTRA if promise == NOTICES else EXTRA)
        with ExitStack() as undo:
            for one in faults:
                one.strike(self, undo)
            begun = time.monotonic()
            while len(found) < len(faults) and passed < limit:
                time.sleep(0.05)
                passed = time.monotonic() - begun
                for one in faults:
                    road = one.name not in found and self._over(one, before, roads)
                    if road:
                        found[one.name] = Measured(one.name, one.told, passed, road)
                        print(found[one.name].line(), flush=True)
        missing = [one.name for one in faults if one.name not in found]
        assert not missing, f"{missing} after {passed:.0f} s: {self.house.probe()}\n{self.house.said()[-3000:]}"
        if not any(one.last for one in faults):
            until(self.sound, HEALS + EXTRA, what=f"a house that is well after {sorted(found)}")

    def _over(self, fault: Fault, before: dict[str, set[int]], roads: dict[str, list[str]]) -> str:
        """How it was mended, or by which road it was told; empty while it is neither."""
        if fault.told is not None:
            return self.newly(roads, fault.about)
        return "itself" if self.whole(fault, before) else ""


def _is(one: psutil.Process, who: str) -> bool:
    names = {"postgres": "postgres", "valkey": "valkey-server"}
    with suppress(psutil.NoSuchProcess):
        if who == "watchdog":
            return "bot.watchdog" in one.cmdline()
        return one.name() == names.get(who, f"bot: {who}"[:15])
    return False


def _parent(one: psutil.Process) -> int | None:
    with suppress(psutil.NoSuchProcess):
        return int(one.ppid())
    return None


@contextmanager
def a_small_disk(place: Path) -> Iterator[None]:
    """A file system of its own for the data of a house, which may fill up."""
    (place / "var").mkdir(mode=0o711)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700m,mode=0711", "tmpfs", place / "var"], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", place / "var"], check=True)


@contextmanager
def a_rig(place: Path, slack: Part, company: Part) -> Iterator[Rig]:
    """A house that is well, with its own stores, and without the jobs that would only make noise."""
    rests = "".join(f"\n[jobs.{job.name}]\nenabled = false\n" for job in TIMETABLE if job.name not in KEPT)
    rests += "".join(f"\n[jobs.{job}]\nevery_minutes = {max(1, round(many / FASTER))}\n" for job, many in KEPT.items())
    policy = write_policy(place / "ops.toml", 14, rests)
    rules = policy.read_text(encoding="utf-8")
    shipped = {"second_road_after_seconds = ": 100.0, "watchdog_minutes = ": 15.0}
    for name, many in shipped.items():
        assert f"{name}{many:g}" in rules
        rules = rules.replace(f"{name}{many:g}", f"{name}{max(1, round(many / FASTER))}")
    policy.write_text(rules, encoding="utf-8")
    second, outside = Receiver(), Receiver()
    told = {"OPS_UNDER_TEST": "1", "OPS_FASTER": f"{FASTER:g}", "OPS_ALARM_URLS": second.url}
    house = new_house(place, slack, company, policy, **told)
    house.start()
    rig = Rig(house, slack, second, outside, free_port())
    try:
        assert house.process
        ended = house.process.poll
        until(lambda: house.well() or ended() is not None, HEALS, what=f"a house that is well: {house.probe()}")
        assert ended() is None, house.said()[-2000:]
        rig.start_watchdog()
        yield rig
    finally:
        rig.end_watchdog()
        house.close()
