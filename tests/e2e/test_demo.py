"""The demo ends cleanly by whatever signal it is asked, however it was started; the next takes up where it stopped."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from bot import leftovers, stores
from bot.program import Child
from tests.e2e.whole_house import ROOT, Person, clean_environment, until, write_policy

pytestmark = pytest.mark.timeout(300)
KEPT = "select (select count(*) from shop_order), (select count(*) from slot where job = 'pulse')"


def words(home: Path) -> str:
    """What a demo said in its terminal."""
    return home.with_suffix(".said").read_text(encoding="utf-8")


@contextmanager
def a_demo(home: Path, end: signal.Signals, **environment: str) -> Iterator[Child]:
    """A demo that a shell put behind itself, which lets its child ignore SIGINT; at the end it is asked to end."""
    line = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", "bot", "demo", "--port", "0"]
    env = {**clean_environment(), "OPS_DEMO_DIR": str(home), **environment}
    with home.with_suffix(".said").open("wb") as said:
        demo = subprocess.Popen(line, cwd=ROOT, env=env, stdout=said, stderr=said)
    try:
        yield demo
        running = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(end)
        assert demo.wait(60) == 0
    finally:
        demo.kill()
    assert words(home).splitlines()[-1].startswith("Everything has ended. ")
    assert [one for one in running if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert [one for name in ("postgres", "valkey") for one in leftovers.running_in(home / "house" / name)] == []


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_ends_when_it_is_asked_while_it_starts(place: Path, end: signal.Signals) -> None:
    home = place / end.name
    with a_demo(home, end):
        until((home / "vendors" / "vendors.log").exists, what="vendors that start")


def page(home: Path, demo: Child) -> Person:
    """The demo's page, once it shows three things to try."""
    until(lambda: "Ctrl-C ends everything" in words(home) or demo.poll() is not None, 200, what="a demo")
    return Person(re.findall(r"Open (http://\S+)/ and try", words(home))[0])


def kept(home: Path) -> tuple[int, int]:
    """How many orders are stored, and how many slots the pulse had."""
    with psycopg.connect(stores.known(home / "house", {}).libpq_url) as db:
        ((orders, slots),) = db.execute(KEPT).fetchall()
        return orders, slots


def test_a_second_demo_takes_up_where_the_first_stopped(place: Path) -> None:
    home, policy = place / "demo", str(write_policy(place / "ops.toml", 14))
    with a_demo(home, signal.SIGINT, OPS_POLICY=policy) as demo:
        (pulse,) = page(home, demo).pulses()
        orders, _ = kept(home)
        assert orders
    with a_demo(home, signal.SIGTERM, OPS_POLICY=policy) as demo:
        person = page(home, demo)
        assert "Net revenue" in person.answer("/pulse")
        assert [one["ts"] for one in person.pulses()] == [pulse["ts"]]
        assert kept(home)[0] >= orders
        assert kept(home)[1] == 1
