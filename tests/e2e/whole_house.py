"""The whole house as a person runs it: its own process tree, a sandbox Slack, a sandbox company, one data directory."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import psutil
import psycopg

from bot import leftovers, sandboxed, stores
from bot.sandboxed import Part
from domain.kernel.errors import RefusedError

ROOT = Path(__file__).resolve().parents[2]
LONDON = ZoneInfo("Europe/London")
OURS = ("DATABASE_URL", "REDIS_URL", "SLACK_", "OPS_", "SHOPIFY_", "SHIPBOB_", "META_", "HUBSPOT_")
Json = dict[str, Any]
T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = 120.0, *, every: float = 0.1, what: str = "") -> T:
    """What `look` finds, as soon as it finds something."""
    ends = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < ends, f"waited {seconds:.0f} s in vain for {what or look}"
        time.sleep(every)
    return found


def today() -> date:
    """The company's date."""
    return datetime.now(UTC).astimezone(LONDON).date()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """Our environment without anything that would point a house somewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def write_policy(path: Path, history_days: int, more: str = "") -> Path:
    """The shipped rules with a plan of their own, so that a pulse needs a season and not last year's month."""
    rules = (ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")
    months = {f"{day:%Y-%m}" for day in (today() - timedelta(days=1), today())}
    plan = ", ".join(f'"{month}" = "900000"' for month in sorted(months))
    rules = rules.replace("[plan]\n", f"[plan]\nmonths = {{ {plan} }}\n")
    rules = rules.replace("[connectors.shopify]\n", f"[connectors.shopify]\nhistory_days = {history_days}\n")
    path.write_text(f"{rules}\n[slack]\nstagger_seconds = 0.5\ncommands_per_minute = 5000\n{more}", encoding="utf-8")
    return path


@dataclass
class House:
    """`python -m bot run` over one data directory; it may be started again and again."""

    folder: Path
    environment: Mapping[str, str]
    program: tuple[str, ...] = ("bot", "run")
    process: subprocess.Popen[bytes] | None = None
    seen: dict[int, float] = field(default_factory=dict)
    """Every process id of the house ever noticed, with its time of creation."""

    @property
    def data(self) -> Path:
        return self.folder / "var"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        with (self.folder / "house.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.program], cwd=ROOT, env=dict(self.environment), stderr=log, stdout=log,
                start_new_session=True,
            )  # fmt: skip

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = 90.0) -> int:
        """Signal it and wait for its end; its exit code."""
        assert self.process is not None
        self.notice()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def close(self) -> None:
        """End it whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.end()
            except subprocess.TimeoutExpired:
                self.end(signal.SIGKILL)

    def notice(self) -> list[psutil.Process]:
        """The living processes of the house, the supervisor first."""
        try:
            tree = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        for one in tree:
            self.seen.setdefault(one.pid, one.create_time())
        return tree

    def left(self) -> list[psutil.Process]:
        """Processes ever noticed that still run, and servers that still work in the data directory."""
        found = []
        for pid, born in self.seen.items():
            try:
                one = psutil.Process(pid)
                if one.create_time() == born and one.status() != psutil.STATUS_ZOMBIE:
                    found.append(one)
            except psutil.NoSuchProcess:
                continue
        return found + [one for name in ("postgres", "valkey") for one in leftovers.running_in(self.data / name)]

    def said(self) -> str:
        """The log so far."""
        return (self.folder / "house.log").read_text(encoding="utf-8", errors="replace")

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the house's database."""
        where = stores.known(self.data, self.environment).libpq_url
        with psycopg.connect(where, autocommit=True, connect_timeout=5) as db:
            return list(db.execute(query.encode(), values).fetchall())

    def asked(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Like `rows`, and nothing while the database is away or not made yet."""
        try:
            return self.rows(query, **values)
        except (psycopg.Error, RefusedError):
            return []

    def pid_of(self, role: str) -> int:
        """The process id of a role's newest boot; 0 while it has none."""
        found = self.asked("select pid from executor where role = %(role)s and state = 'alive' "
                           "order by started_at desc limit 1", role=role)  # fmt: skip
        return int(found[0][0]) if found else 0

    def probe(self) -> Json:
        """What /healthz answers now; empty while nothing does."""
        try:
            with urlopen(f"http://127.0.0.1:{self.environment['OPS_WEB_PORT']}/healthz", timeout=5) as answer:
                return dict(json.load(answer))
        except HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return {}

    def well(self) -> bool:
        """Whether a probe from outside finds nothing amiss."""
        return self.probe().get("status") == "ok"


@dataclass(frozen=True)
class Person:
    """A person at the sandbox's Slack."""

    url: str
    user: str = "U0CEO"

    def do(self, verb: str, **body: Any) -> Json:
        content = json.dumps({"user": self.user, **body}).encode()
        request = Request(f"{self.url}/_sandbox/{verb}", content, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))

    def see(self, path: str) -> Json:
        with urlopen(f"{self.url}/_sandbox/{path}", timeout=60) as answer:
            return dict(json.load(answer))

    def command(self, line: str, channel: str = "C0PULSE") -> Json:
        return self.do("command", channel=channel, text=line)

    def said(self, channel: str = "C0PULSE", thread: str = "") -> list[Json]:
        """What the bot said in a channel or a thread that this person sees."""
        tail = f"&thread_ts={thread}" if thread else ""
        found = self.see(f"channels/{channel}/messages?as={self.user}{tail}")["messages"]
        return [one for one in found[1 if thread else 0 :] if one.get("bot_id")]

    def private(self, channel: str = "C0PULSE") -> list[Json]:
        """What only this person sees there."""
        return [one for one in self.said(channel) if one.get("ephemeral")]

    def answer(self, line: str, channel: str = "C0PULSE") -> str:
        """Type a command and wait for its private answer, all that is shown of it."""
        before = len(self.private(channel))
        assert self.command(line, channel)["acked"], line
        found = until(lambda: [one for one in self.private(channel)[before:] if not working(one)], 60, what=line)
        return shown(found[-1])

    def pulses(self) -> list[Json]:
        """Today's pulses in the channel; there must never be two."""
        return [one for one in self.said() if key_of(one) == pulse_key()]


def first_pulse(house: House, person: Person, seconds: float = 200.0) -> Json:
    """The pulse in its channel as soon as it stands there; a house that has ended is not waited for."""
    assert house.process
    ended = house.process.poll
    until(lambda: person.pulses() or ended() is not None, seconds, what=f"the pulse of {house.folder}")
    assert ended() is None, house.said()[-2000:]
    return person.pulses()[0]


def pulse_key() -> str:
    """The key of today's pulse."""
    return f"pulse:ops-pulse:{today()}"


def key_of(message: Json) -> str:
    """The key under which the bot said it."""
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def shown(message: Json) -> str:
    """Everything a reader sees of a message."""
    return json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)


def working(message: Json) -> bool:
    """Whether it only says that an answer is coming."""
    return "looking this up" in shown(message)


def new_house(folder: Path, slack: Part, vendors: Part, policy: Path, **more: str) -> House:
    """A house that points at the sandbox; not started yet."""
    inherited = clean_environment()
    told = sandboxed.environment(slack, vendors, folder / "var", free_port())
    ours = {name: value for name, value in told.items() if name.startswith(OURS) and os.environ.get(name) != value}
    return House(folder, {**inherited, **ours, "OPS_POLICY": str(policy), **more})
