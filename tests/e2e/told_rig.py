"""A house whose roads out end at receivers of ours, faults to strike it with, and how long each was unnoticed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

from bot.sandboxed import Part
from jobs.timetable import TIMETABLE
from tests.e2e.whole_house import House, Person, key_of, new_house, until, write_policy

FASTER = float(os.environ.get("OPS_TOLD_FASTER", "20"))
"""So many times as fast the house finds out what is wrong; `make soak` takes the real intervals."""
ALL = bool(os.environ.get("OPS_TOLD_ALL"))
"""Every fault, and not only those that no other test of the whole house tries."""
EXTRA = 25.0
"""Seconds for what no interval makes faster: a process that begins, on a busy machine."""
HEALS = 120.0
PROCESS = 300.0
MACHINE = 900.0
DRIFT = 1800.0
SECOND_ROAD = 120.0
KEPT = ("heartbeat", "selfcheck")
ROLES = ("bot", "scheduler", "worker-logistics", "worker-marketing", "worker-sales", "worker-orchestrator", "web")
ROUTINE = ("heartbeat", "canary", "pulse:")
"""What stands in Slack without anything being wrong."""


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
    new: bool = True
    """Whether those who were struck are other processes afterwards."""
    quick: bool = True
    """Whether it is tried in every run."""


@dataclass(frozen=True)
class Measured:
    """What came of a fault, in seconds as they passed."""

    fault: str
    promise: str
    healed: float | None
    told: float | None
    road: str

    def line(self) -> str:
        """For the table; the intervals were `FASTER` times as fast, what a process needs to begin was not."""
        healed, told = ("-" if one is None else f"{one:.1f} s" for one in (self.healed, self.told))
        return f"{self.fault:46} {healed:>9} {told:>9} {self.road:12} {self.promise}"


@dataclass(repr=False)
class Rig:
    """The house and everything at the ends of its roads."""

    house: House
    slack: Part
    second: Receiver
    outside: Receiver
    table: list[Measured] = field(default_factory=list)

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
        for who, old in before.items():
            now = self.pids(who)
            if not now or (fault.new and now & old):
                return False
        return self.house.well() and bool(self.person.see("state")["connections"])

    # -- what a person was told --------------------------------------------------------------------------------------

    def roads(self) -> dict[str, int]:
        """How much was told so far, by road."""
        said = [one for one in self.person.said("C0ESCAL") if not key_of(one).startswith(ROUTINE)]
        return {"Slack": len(said), "second road": len(self.second.taken), "watchdog": len(self.outside.taken)}

    def newly(self, before: dict[str, int]) -> str:
        """The first road by which more was told than before; empty while nothing was."""
        now = self.roads()
        return next((road for road, many in now.items() if many > before[road]), "")

    # -- measuring ---------------------------------------------------------------------------------------------------

    def measure(self, fault: Fault) -> Measured:
        """Strike, wait until it healed or a person was told as promised, end the fault and wait for a whole house."""
        before, roads = {who: self.pids(who) for who in fault.victims}, self.roads()
        healed: float | None = None
        told: float | None = None
        road = ""
        limit = (fault.told or HEALS) / FASTER + EXTRA
        with ExitStack() as undo:
            begun = time.monotonic()
            fault.strike(self, undo)
            while (passed := time.monotonic() - begun) < limit and (healed if fault.told is None else told) is None:
                time.sleep(0.05)
                if told is None and (road := self.newly(roads)):
                    told = passed
                if healed is None and fault.told is None and self.whole(fault, before):
                    healed = passed
        promise = f"heals in {HEALS:.0f} s" if fault.told is None else f"told in {fault.told:.0f} s"
        found = Measured(fault.name, promise, healed, told, road)
        self.table.append(found)
        print(found.line(), flush=True)
        assert (healed if fault.told is None else told) is not None, f"{found.line()}\n{self.house.said()[-3000:]}"
        until(self.house.well, HEALS + EXTRA, what=f"a house that is well after {fault.name}: {self.house.probe()}")
        return found


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


def each(number: int, who: Sequence[str]) -> Callable[[Rig, ExitStack], None]:
    """Send a signal to every process of these."""

    def strike(rig: Rig, _: ExitStack) -> None:
        for pid in [pid for one in who for pid in rig.pids(one)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    return strike


def again_and_again(number: int, who: str) -> Callable[[Rig, ExitStack], None]:
    """Send a signal to whoever appears as this, until it is over."""

    def strike(rig: Rig, undo: ExitStack) -> None:
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(0.05):
                each(number, [who])(rig, undo)

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        undo.callback(thread.join)
        undo.callback(over.set)

    return strike


def at_slack(kind: str, **more: object) -> Callable[[Rig, ExitStack], None]:
    """A fault of the sandbox's Slack."""

    def strike(rig: Rig, undo: ExitStack) -> None:
        undo.callback(rig.person.do, "fault", kind="clear")
        rig.person.do("fault", kind=kind, **more)

    return strike


def edited(rig: Rig, undo: ExitStack) -> None:
    """Somebody changes the policy on disk by hand, and puts it back."""
    path = Path(rig.house.environment["OPS_POLICY"])
    before = path.read_text(encoding="utf-8")
    undo.callback(path.write_text, before, encoding="utf-8")
    path.write_text(before.replace("remind_minutes = 60", "remind_minutes = 50"), encoding="utf-8")


@contextmanager
def a_rig(place: Path, slack: Part, company: Part) -> Iterator[Rig]:
    """A house that is well, with its own stores, and without the jobs that would only make noise."""
    rests = "".join(f"\n[jobs.{job.name}]\nenabled = false\n" for job in TIMETABLE if job.name not in KEPT)
    rests += "\n[jobs.heartbeat]\nevery_minutes = 1\n\n[jobs.selfcheck]\nevery_minutes = 1\n"
    policy = write_policy(place / "ops.toml", 14, rests)
    second, outside = Receiver(), Receiver()
    told = {"OPS_UNDER_TEST": "1", "OPS_FASTER": f"{FASTER:g}", "OPS_ALARM_URLS": second.url}
    house = new_house(place, slack, company, policy, **told)
    house.start()
    rig = Rig(house, slack, second, outside)
    try:
        assert house.process
        ended = house.process.poll
        until(lambda: house.well() or ended() is not None, HEALS, what=f"a house that is well: {house.probe()}")
        assert ended() is None, house.said()[-2000:]
        yield rig
    finally:
        house.close()
        print(json.dumps([vars(one) for one in rig.table]))
