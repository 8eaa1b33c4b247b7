"""The house without Redis: everything works, /health says so in words, and a Redis that comes back is noticed."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot import account, binaries
from bot.sandboxed import Part
from tests.e2e.whole_house import (
    House,
    Person,
    first_pulse,
    free_port,
    key_of,
    new_house,
    today,
    until,
    working,
    write_policy,
)

pytestmark = pytest.mark.timeout(300)
GONE = "Redis does not answer; everything works, more slowly."


@pytest.fixture(scope="module")
def port() -> int:
    """Where Redis should be; nobody listens there."""
    return free_port()


@pytest.fixture(scope="module")
def person(slack: Part) -> Person:
    return Person(slack.url)


@pytest.fixture(scope="module")
def house(place: Path, slack: Part, company: Part, database_url: str, port: int) -> Iterator[House]:
    stores = {"DATABASE_URL": database_url, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    found = new_house(place, slack, company, write_policy(place / "ops.toml", 14), **stores)
    found.start()
    yield found
    found.close()


def listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def a_valkey(folder: Path, port: int) -> Iterator[None]:
    """A server at that port, which listens already; killed at the end."""
    server = binaries.valkey(folder, account.here())
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], cwd=folder, stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: listens(port))
        yield
    finally:
        process.kill()
        process.wait()


def test_the_pulse_and_every_answer_come_although_redis_is_away(house: House, person: Person) -> None:
    pulse = first_pulse(house, person)
    day = today() - timedelta(days=1)
    person.do("message", channel="C0PULSE", text=f"net revenue on {day}?", thread_ts=pulse["ts"])
    until(lambda: _answers(person, pulse["ts"]), 60, what="the answer in the thread")
    assert "Net revenue" in person.answer("/pulse")
    assert GONE in person.answer("/health")
    assert GONE in str(house.probe()["faults"])
    assert "Traceback" not in house.said()


def _answers(person: Person, thread: str) -> list[dict[str, object]]:
    return [one for one in person.said(thread=thread) if key_of(one).startswith("answer:") and not working(one)]


def test_a_redis_that_comes_and_is_killed_is_told_each_time(house: House, person: Person, port: int) -> None:
    for _ in range(2):
        with a_valkey(house.folder, port):
            until(lambda: GONE not in person.answer("/health"), 60, every=1)
        assert GONE in person.answer("/health")
    assert "Net revenue" in person.answer("/pulse")
    assert house.end() == 0
