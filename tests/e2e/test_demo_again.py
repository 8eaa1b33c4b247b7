"""Ctrl-C ends a demo and all of its processes; the next one takes up where it stopped and posts no second pulse."""

from __future__ import annotations

import os
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
from tests.e2e.whole_house import ROOT, Person, clean_environment, until, write_policy

pytestmark = pytest.mark.timeout(300)
KEPT = "select (select count(*) from shop_order), (select count(*) from slot where job = 'pulse')"


@contextmanager
def a_demo(home: Path, policy: Path) -> Iterator[str]:
    """The address of the page of a demo that shows its three things to try; Ctrl-C reaches all of its terminal."""
    said = home.with_suffix(".said")
    with said.open("wb") as out:
        demo = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", "0"], cwd=ROOT, stdout=out, stderr=out,
            start_new_session=True, env={**clean_environment(), "OPS_DEMO_DIR": str(home), "OPS_POLICY": str(policy)},
        )  # fmt: skip
    try:
        until(lambda: "Ctrl-C ends everything" in said.read_text() or demo.poll() is not None, 200, what="a demo")
        yield re.findall(r"Open (http://\S+)/ and try", said.read_text())[0]
        running = psutil.Process(demo.pid).children(recursive=True)
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(60) == 0
    finally:
        demo.kill()
    assert said.read_text().splitlines()[-1].startswith("Everything has ended. ")
    assert [one for one in running if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert [one for name in ("postgres", "valkey") for one in leftovers.running_in(home / "house" / name)] == []


def kept(home: Path) -> tuple[int, int]:
    """How many orders are stored, and how many slots the pulse had."""
    with psycopg.connect(stores.known(home / "house", {}).libpq_url) as db:
        ((orders, slots),) = db.execute(KEPT).fetchall()
        return orders, slots


def test_a_second_demo_takes_up_where_the_first_stopped(place: Path) -> None:
    policy, home = write_policy(place / "ops.toml", 14), place / "demo"
    with a_demo(home, policy) as url:
        (pulse,) = Person(url).pulses()
        orders, _ = kept(home)
        assert orders
    with a_demo(home, policy) as url:
        person = Person(url)
        assert "Net revenue" in person.answer("/pulse")
        assert [one["ts"] for one in person.pulses()] == [pulse["ts"]]
        assert kept(home)[0] >= orders
        assert kept(home)[1] == 1
