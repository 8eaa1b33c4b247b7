"""kill -9 of everything in the house, one after the other, while people talk to it: nothing is lost or said twice."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot import leftovers
from bot.sandboxed import Part
from tests.e2e.whole_house import (
    House,
    Person,
    key_of,
    new_house,
    pulse_key,
    shown,
    today,
    until,
    working,
    write_policy,
)

pytestmark = pytest.mark.timeout(400)
EVERY_MINUTE = "".join(f"\n[jobs.{job}]\nevery_minutes = 1\n" for job in ("deals", "selfcheck", "directory"))
HEALED_WITHIN = 120.0
CHANNELS = ("C0PULSE", "C0ESCAL", "C0LOGIS", "C0MARKE", "C0SALES", "C0GENER")


class Talk(threading.Thread):
    """Somebody who types one command after the other.

    `acked` are the words that were heard and are to be answered, `refused` those answered at once with a no.
    """

    def __init__(self, person: Person, name: str) -> None:
        super().__init__(daemon=True)
        self.person, self.name = person, name
        self.acked: list[str] = []
        self.refused: list[str] = []
        self.sent = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.05):
            self.sent += 1
            word = f"{self.name}{self.sent}x"
            done = self.person.command(f"/pulse {word}")
            if done["acked"]:
                (self.refused if (done["ack_payload"] or {}).get("text") else self.acked).append(word)


@pytest.fixture(scope="module")
def person(slack: Part) -> Person:
    return Person(slack.url)


@pytest.fixture(scope="module")
def house(place: Path, slack: Part, company: Part) -> Iterator[House]:
    found = new_house(place, slack, company, write_policy(place / "ops.toml", 14, EVERY_MINUTE))
    found.start()
    yield found
    found.close()


@contextmanager
def talking(person: Person, name: str) -> Iterator[Talk]:
    talk = Talk(person, name)
    talk.start()
    try:
        yield talk
    finally:
        talk.over.set()
        talk.join()


def answered(person: Person, talk: Talk) -> None:
    """Every acknowledged command has its answer, and one only."""

    def lacking() -> list[str]:
        told = " ".join(shown(one) for one in person.private() if not working(one))
        return [word for word in talk.acked if word not in told]

    until(lambda: not lacking(), 60, what="answers")
    told = Counter(word for one in person.private() for word in talk.acked if f"“{word}”" in shown(one))
    assert {word: times for word, times in told.items() if times != 1} == {}


def kill(pid: int) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_the_pulse_is_posted_once_although_its_worker_and_the_bot_die_over_it(house: House, person: Person) -> None:
    running = "select 1 from slot where job = 'pulse' and state = 'running'"
    until(lambda: house.asked(running), 200, every=0.02, what=f"the pulse's slot; {house.said()[-2000:]}")
    house.notice()
    kill(house.pid_of("worker-orchestrator"))
    person.do("fault", kind="http", method="chat.postMessage", latency_ms=400, n=6)
    sending = "select 1 from outbox where key = %(key)s and state <> 'queued'"
    until(lambda: house.asked(sending, key=pulse_key()), 200, every=0.02, what="the pulse on its way")
    bot = house.pid_of("bot")
    kill(bot)
    until(lambda: house.pid_of("bot") not in (0, bot), what="another bot")
    until(lambda: _delivered(house), 60, what=house.said()[-2000:])
    assert len(person.pulses()) == 1
    person.do("fault", kind="clear")


def _delivered(house: House) -> bool:
    found = house.asked("select state from outbox where key like 'pulse:%%'")
    return len(found) == 5 and {row[0] for row in found} == {"sent"}


def of_role(*roles: str) -> Callable[[House], list[int]]:
    return lambda house: [house.pid_of(role) for role in roles]


def of_postgres(house: House) -> list[int]:
    return [int((house.data / "postgres" / "postmaster.pid").read_text().split()[0])]


def of_valkey(house: House) -> list[int]:
    return [one.pid for one in leftovers.running_in(house.data / "valkey")]


def of_workers(house: House) -> list[int]:
    roles = ("worker-logistics", "worker-marketing", "worker-sales", "worker-orchestrator")
    return [house.pid_of(role) for role in roles]


VICTIMS: dict[str, Callable[[House], list[int]]] = {
    "bot": of_role("bot"),
    "workers": of_workers,
    "scheduler": of_role("scheduler"),
    "web": of_role("web"),
    "valkey": of_valkey,
    "postgres": of_postgres,
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_death_loses_nothing_and_heals_by_itself(house: House, person: Person, victim: str) -> None:
    thread = person.pulses()[0]["ts"]
    with talking(person, victim) as talk:
        until(lambda: len(talk.acked) > 5, what="a bot that hears")
        day = today() - timedelta(days=2 + list(VICTIMS).index(victim))
        asked = person.do("message", channel="C0PULSE", text=f"net revenue on {day}?", thread_ts=thread)
        dying = VICTIMS[victim](house)
        house.notice()
        for pid in dying:
            kill(pid)
        until(lambda: all(gone(pid) for pid in dying))
        until(lambda: _whole(house, victim, dying) and house.well(), HEALED_WITHIN, what=f"{house.probe()}")
        heard = len(talk.acked)
        until(lambda: len(talk.acked) > heard + 3, what="a bot that hears again")
    answered(person, talk)
    assert not talk.refused or victim == "postgres"
    if asked["acked"]:
        until(lambda: _answer(person, thread, asked["ts"]), 60, what="the answer in the thread")


def _whole(house: House, victim: str, dying: list[int]) -> bool:
    """Whether somebody else stands where the dead stood."""
    now = VICTIMS[victim](house)
    return len(now) == len(dying) and 0 not in now and not set(now) & set(dying)


def _answer(person: Person, thread: str, question: str) -> list[Any]:
    found = [one for one in person.said(thread=thread) if key_of(one).startswith("answer:") and not working(one)]
    return [one for one in found if one["ts"] > question]


@pytest.mark.parametrize("all_at_once", [False, True], ids=["supervisor", "everything"])
def test_a_house_that_was_killed_takes_up_everything_when_it_starts_again(
    house: House, person: Person, all_at_once: bool
) -> None:
    with talking(person, f"again{all_at_once:d}") as talk:
        until(lambda: len(talk.acked) > 5, what="a bot that hears")
        for one in house.notice()[1:] if all_at_once else ():
            kill(one.pid)
        house.end(signal.SIGKILL)
        until(lambda: not house.left(), 30, what="the end of every process")
        house.start()
        until(house.well, HEALED_WITHIN, what=f"a healthy house; {house.said()[-2000:]}")
        heard = len(talk.acked)
        until(lambda: len(talk.acked) > heard + 3, what="a bot that hears again")
    answered(person, talk)


def test_after_all_of_it_every_slot_ended_and_every_message_stands_once(house: House, person: Person) -> None:
    until(lambda: not house.rows("select 1 from slot where ended_at is null"), HEALED_WITHIN, what="the slots")
    assert house.rows("select job, slot, reason from slot where state = 'escalated'") == []
    until(lambda: not house.rows("select 1 from outbox where state not in ('sent', 'collapsed')"), 60)
    assert house.rows("select key from inbox where done_at is null or outcome not in ('answered', 'refused')") == []
    keys: Counter[tuple[str, str]] = Counter()
    for channel in CHANNELS:
        posts = [one for one in person.said(channel) if not one.get("ephemeral")]
        replies = [reply for one in posts for reply in person.said(channel, one["ts"])]
        keys.update((channel, key_of(one)) for one in [*posts, *replies])
    assert {key: times for key, times in keys.items() if times != 1} == {}
    assert keys["C0PULSE", pulse_key()] == 1
    assert len(house.rows("select 1 from slot where job = 'pulse' and state = 'ran'")) == 1


def test_the_end_leaves_nothing_running(house: House) -> None:
    assert house.end() == 0
    assert house.left() == []
