"""A process tells how it is doing: files it forgot to close, and a loop that something blocked."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from domain.kernel.errors import TransientError
from domain.watch import executors
from domain.watch.executors import Heart
from domain.watch.vitals import Vitals, memory_limit
from tests.jobs.parts import Clock, an_ops


@pytest_asyncio.fixture
async def vitals() -> AsyncIterator[Vitals]:
    vitals = Vitals(every=0.02)
    vitals.begin()
    yield vitals
    vitals.end()


async def test_files_that_are_not_closed_are_counted(vitals: Vitals, tmp_path: Path) -> None:
    before = vitals.read()
    held = [(tmp_path / str(number)).open("w") for number in range(25)]
    leaked = vitals.read()["fds"] - before["fds"]
    for one in held:
        one.close()
    assert leaked == 25
    assert before["fds"] < before["fds_limit"]
    assert before["rss"] > 10_000_000


@pytest.fixture
def no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process can open no file to count its own in."""

    def refused(_: psutil.Process) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(psutil.Process, "num_fds", refused)


@pytest.mark.usefixtures("no_file")
async def test_what_a_process_without_free_files_cannot_read_is_left_out(vitals: Vitals) -> None:
    told = vitals.read()
    assert told.keys() & {"fds", "rss"} == set()
    assert told["fds_limit"]
    assert told["lag_ms"] >= 0


@pytest.mark.usefixtures("no_file")
async def test_a_process_that_stays_without_free_files_ends_with_a_sentence(beats: list[dict[str, Any]]) -> None:
    ops = an_ops("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    heart = Heart(ops, "web", dict, 0.01)
    with pytest.raises(TransientError, match=r"web can open no further file"):
        await asyncio.wait_for(heart.beat_on(), 2)
    assert len(beats) == 2


async def test_a_blocked_loop_is_seen_as_lag_and_remembered(vitals: Vitals) -> None:
    await asyncio.sleep(0.05)
    time.sleep(0.2)  # noqa: ASYNC251 - this is the fault
    blocked = vitals.read()
    await asyncio.sleep(0)
    assert blocked["lag_ms"] >= 150
    after = vitals.read()
    assert after["lag_peak_ms"] >= blocked["lag_ms"]


@pytest.mark.parametrize(
    ("line", "file", "said", "limit"),
    [
        ("0::/house/bot.service", "house/bot.service/memory.max", "805306368", 805_306_368),
        ("0::/house/bot.service", "house/bot.service/memory.max", "max", None),
        ("4:memory:/house", "memory/house/memory.limit_in_bytes", "805306368", 805_306_368),
        ("4:memory:/house", "memory/house/memory.limit_in_bytes", "9223372036854771712", None),
        ("4:cpu:/house", "cpu/house/memory.max", "805306368", None),
    ],
)
def test_the_limit_above_which_a_process_is_killed_is_read(
    tmp_path: Path, line: str, file: str, said: str, limit: int | None
) -> None:
    (tmp_path / "told").write_text(f"1:name=systemd:/\n{line}\n")
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(f"{said}\n")
    assert memory_limit(tmp_path / "told", tmp_path) == limit
    assert memory_limit(tmp_path / "nothing", tmp_path) is None


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a heart tells, without a database."""
    told: list[dict[str, Any]] = []

    async def beat(_ops: Any, _role: str, detail: dict[str, Any]) -> None:
        told.append(detail)

    monkeypatch.setattr(executors, "beat", beat)
    return told


@pytest.mark.parametrize("hours", [3, -3])
async def test_a_clock_that_is_set_is_told_with_the_next_beat_and_nobody_is_taken_for_dead(
    beats: list[dict[str, Any]], hours: int
) -> None:
    clock = Clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    ops = an_ops("postgresql+psycopg://nobody@127.0.0.1:9/nothing", clock=clock)
    heart = Heart(ops, "worker", lambda: {"running": 2}, 5.0)
    await heart.beat()
    assert (beats[0]["running"], beats[0]["clock"]["jump_s"]) == (2, None)
    await asyncio.sleep(0.05)
    clock.move(timedelta(hours=hours))
    assert heart.steady_for() < timedelta(seconds=0.04)
    await heart.beat()
    assert round(beats[1]["clock"]["jump_s"]) == hours * 3600
