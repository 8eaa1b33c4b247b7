"""A whole house that is cut at one named point after the other, and the people who go on talking to it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.request import Request, urlopen

from bot import settings, stores
from bot.sandboxed import Part
from domain.kernel.breaker import Breaker
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.watch import invariants
from jobs.timetable import TIMETABLE
from models.cache import Cache
from models.db import Database
from tests.collecting import DEPARTMENTS, HASTY, Secrets, sandbox_secrets
from tests.e2e import objects
from tests.e2e.whole_house import House, Json, Person, key_of, new_house, until, write_policy

T = TypeVar("T")
HEALED_WITHIN = 120.0
REPEATS = int(os.environ.get("OPS_POINTS_REPEATS", "1"))
"""How often every point is tried; a whole round takes a minute."""
AGAIN_AFTER = 10.0
"""Seconds after which a person clicks again when nothing came of the first time."""
SECRET = b"a secret of a shop, for tests alone"
_RESTS = "".join(f"\n[jobs.{job.name}]\nenabled = false\n" for job in TIMETABLE)
_HASTE = {
    "stage_minutes = 5 ": "stage_minutes = 0 ",
    "flap_minutes = 60 ": "flap_minutes = 0.001 ",
    "cap_messages = 12 ": "cap_messages = 30 ",
    "two_above = { GBP = 1000 }": "two_above = { GBP = 1000000 }",
    "look_up_after_s = [0.5, 2, 8, 30]": "look_up_after_s = [0.5, 1]",
}


class RealClock:
    """The time of day."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Blade:
    """Ends the process that reaches a point: what is armed stands in a file that every process reads."""

    folder: Path
    armed: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {"OPS_UNDER_TEST": "1", "OPS_FAULT_AT": f"@{self.folder}/armed", "OPS_FAULT_TRACE": f"{self.trace}"}

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    def arm(self, point: str) -> None:
        """The next process that reaches it ends there; nobody else does."""
        self.armed += 1
        beside = self.folder / "armed.new"
        beside.write_text(f"{point}:{self.folder}/mark-{self.armed}", encoding="utf-8")
        beside.replace(self.folder / "armed")

    @property
    def fell(self) -> bool:
        """Whether the point that is armed has ended a process."""
        return (self.folder / f"mark-{self.armed}").exists()

    def reached(self) -> list[tuple[str, str]]:
        """Every point that was reached so far, with the process, in order."""
        lines = self.trace.read_text(encoding="utf-8").splitlines() if self.trace.exists() else []
        return [(name, process) for name, _, process in (line.partition(" ") for line in lines)]


@dataclass(repr=False)
class Rig:
    """The house, those who talk to it, the blade, and what the vendors and the trail say."""

    house: House
    slack: Part
    company: Part
    blade: Blade
    known: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ceo(self) -> Person:
        return Person(self.slack.url)

    @property
    def approver(self) -> Person:
        return Person(self.slack.url, "U0APPROVER")

    # -- what a person does, again when Slack says that it did not work ----------------------------------------------

    def hand_in(self, words: str, channel: str = "C0PULSE") -> str:
        """Type a task until Slack does not complain, or the task is there nevertheless; its id."""
        until(lambda: self.ceo.command(f"/task {words}", channel)["acked"] or self._settled(words), what=words)
        found = until(lambda: self._tasks(words), HEALED_WITHIN, what=f"the task “{words}”")
        return str(found[0][0])

    def _tasks(self, words: str) -> list[tuple[Any, ...]]:
        return self.house.asked("select id from task where brief->>'objective' like %(like)s", like=f"%{words}%")

    def _settled(self, words: str) -> bool:
        """Slack showed a failure: whether the house had it and goes on with it once its bot is back."""
        until(lambda: self.house.pid_of("bot") and self._hears(), HEALED_WITHIN, what="a bot that hears")
        unfinished = "select 1 from inbox where payload->>'text' like %(like)s and done_at is null"
        until(lambda: not self.house.rows(unfinished, like=f"%{words}%"), HEALED_WITHIN, what="the inbox")
        return bool(self._tasks(words))

    def _hears(self) -> bool:
        return bool(self.ceo.see("state")["connections"])

    def press(self, person: Person, key: str, channel: str, action: str, over: Callable[[], bool]) -> None:
        """Click a button of the message under a key as soon as it stands there, until it is over.

        Again when Slack complains, and now and then: a click that reached nobody tells nothing.
        """
        tried = 0.0

        def ended() -> bool:
            nonlocal tried
            message = self.message(key, channel)
            there = message and action in str(message["blocks"])
            if message and there and time.monotonic() - tried > AGAIN_AFTER:
                where = {"channel": channel, "message_ts": message["ts"]}
                tried = time.monotonic() if person.do("click", action_id=action, **where)["acked"] else 0.0
            return over()

        until(ended, HEALED_WITHIN, what=f"{action} of {key}")

    def asked(self, task: str) -> tuple[str, str]:
        """The approval and the action that a task led to."""
        query = "select p.id, a.id from action a join approval p on p.action_id = a.id where a.task_id = %(task)s"
        found = until(lambda: self.house.asked(query, task=task), HEALED_WITHIN, what=f"the approval of {task}")
        return str(found[0][0]), str(found[0][1])

    def stands(self, action: str, *states: str) -> bool:
        """Whether an action is in one of these states."""
        query = "select 1 from action where id = %(action)s and state = any(%(states)s)"
        return self.found(query, action=action, states=list(states))

    def found(self, query: str, **values: Any) -> bool:
        """Whether the tables hold such a thing now."""
        return bool(self.house.asked(query, **values))

    def message(self, key: str, channel: str, person: Person | None = None) -> Json | None:
        """The bot's message under a key in a channel."""
        found = [one for one in (person or self.ceo).said(channel) if key_of(one) == key]
        assert len(found) < 2, f"{key} stands {len(found)} times in {channel}"
        return found[0] | {"channel": channel} if found else None

    def hook(self, told: str, body: Json) -> str:
        """Send a webhook again and again, as its sender does, until it is taken; its task."""
        content = json.dumps(body).encode()
        port = self.house.environment["OPS_WEB_PORT"]

        def taken() -> str:
            at = str(int(time.time()))
            mark = hmac.new(SECRET, f"{told}.{at}.".encode() + content, hashlib.sha256).digest()
            signed = {"webhook-id": told, "webhook-timestamp": at, "Content-Type": "application/json",
                      "webhook-signature": f"v1,{base64.b64encode(mark).decode()}"}  # fmt: skip
            try:
                with urlopen(Request(f"http://127.0.0.1:{port}/hooks/shop", content, signed), timeout=10) as answer:
                    return str(json.load(answer)["task"])
            except (HTTPException, OSError):
                return ""

        return until(taken, HEALED_WITHIN, every=0.2, what=f"the webhook {told}")

    def view(self, person: Person) -> Json | None:
        """The dialog that stands open in front of a person."""
        found = person.see(f"views/{person.user}")["modals"]
        return dict(found[-1]) if found else None

    # -- what the vendors did ----------------------------------------------------------------------------------------

    def journal(self, vendor: str) -> dict[str, list[Json]]:
        """The changes at a vendor by their key."""
        with urlopen(f"{self.company.url}/_sandbox/journal", timeout=30) as answer:
            return dict(json.load(answer)[vendor]["effects"])

    def fault(self, vendor: str, kind: str, **detail: Any) -> None:
        body = json.dumps({"vendor": vendor, "kind": kind, **detail}).encode()
        request = Request(f"{self.company.url}/_sandbox/fault", body, {"Content-Type": "application/json"})
        urlopen(request, timeout=30).close()

    # -- what must hold ----------------------------------------------------------------------------------------------

    def ask(self, deed: Callable[[Ops], Awaitable[T]]) -> T:
        """Do something with the house's own ports, in this process."""
        return asyncio.run(_with_ops(self, deed))

    def sound(self) -> None:
        """Every promise of the house holds, and nothing stands twice in Slack."""
        assert [one.sentence for one in self.ask(invariants.check) if one.broken] == []
        said: Counter[tuple[str, str]] = Counter()
        for channel in (one["id"] for one in self.ceo.see("state")["channels"]):
            posts = [one for one in self.ceo.said(channel) if not one.get("ephemeral")]
            replies = [reply for one in posts for reply in self.ceo.said(channel, one["ts"])]
            said.update((channel, key_of(one)) for one in [*posts, *replies] if key_of(one))
        assert {key: times for key, times in said.items() if times != 1} == {}

    def order(self) -> str:
        """An order that waits to be sent and that nobody spoke of before."""
        return self._fresh("orders", objects.orders)

    def deal(self) -> str:
        """A deal of the sales desk that nobody spoke of before."""
        return self._fresh("deals", objects.deals)

    def _fresh(self, kind: str, look: Callable[[Ops], Awaitable[list[str]]]) -> str:
        if kind not in self.known:
            self.known[kind] = self.ask(look)
        return self.known[kind].pop()


async def _with_ops(rig: Rig, deed: Callable[[Ops], Awaitable[T]]) -> T:
    url = stores.known(rig.house.data, rig.house.environment).database_url
    database = Database(url, pool=2)
    secrets = Secrets(sandbox_secrets(rig.company.url))
    client = Client(secrets, Breaker(database, threshold=50), HASTY)
    rules, nobody = settings.policy(Path(rig.house.environment["OPS_POLICY"])), cast("Any", None)
    ops = Ops(rules, RealClock(), database, Cache(None), secrets, client, nobody, DEPARTMENTS, "test")
    try:
        return await deed(ops)
    finally:
        await client.close()
        await database.close()


@contextmanager
def a_rig(place: Path, slack: Part, company: Part, running: stores.Stores) -> Iterator[Rig]:
    """A house that is well, on a database of its own, without the jobs that would only make noise."""
    blade = Blade(place)
    policy = write_policy(place / "ops.toml", 14, _RESTS)
    rules = policy.read_text(encoding="utf-8")
    for was, becomes in _HASTE.items():
        assert was in rules
        rules = rules.replace(was, becomes)
    policy.write_text(rules, encoding="utf-8")
    secret = {"OPS_HOOK_SHOP_SECRET": f"whsec_{base64.b64encode(SECRET).decode()}"}
    told = {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url or "", **blade.environment, **secret}
    house = new_house(place, slack, company, policy, **told)
    house.program = ("tests.e2e.tireless",)
    house.start()
    try:
        assert house.process
        ended = house.process.poll
        until(lambda: house.well() or ended() is not None, HEALED_WITHIN, what="a house that is well")
        assert ended() is None, house.said()[-2000:]
        yield Rig(house, slack, company, blade)
    finally:
        house.close()
