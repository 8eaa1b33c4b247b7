"""idle_cpu_percent and memory_mb: all our processes together at rest, stores included, the sandbox left out."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from bench.figure import Figure
from bot import demo_state, procfile, settings
from bot.stores import Stores

_SETTLED_S = 30.0  # after the pulse: the second line to Slack is open, and what a start leaves to do is done
_WATCHED_S = 40.0
_STORES = ("postgres", "valkey-server")


def bare(environment: Mapping[str, str], stores: Stores) -> tuple[float, float]:
    """The baselines beside stores that run already: CPU of one bare engine, memory of our processes unshared.

    Percent of one core, and MB.
    """
    servers = [one for one in psutil.Process().children() if one.name() in _STORES]
    with _running([sys.executable, "-m", "bench.flows_child", "rest", stores.database_url, "0"], None) as engine:
        time.sleep(5.0)
        percent = _percent([*servers, psutil.Process(engine.pid)])
    lines = {name: argv for name, argv in procfile.read(settings.ROOT / "Procfile").items() if name != "release"}
    with ExitStack() as stack:
        alone = [stack.enter_context(_running([sys.executable, *argv[1:]], environment)) for argv in lines.values()]
        time.sleep(20.0)
        megabytes = _megabytes([*servers, *(psutil.Process(one.pid) for one in alone)])
    return percent, megabytes


def measure(environment: Mapping[str, str], data_dir: Path, base: tuple[float, float]) -> list[Figure]:
    """The whole house under its supervisor, from its start over the first pulse to rest."""
    with _running([sys.executable, "-m", "bot", "run"], environment) as house:
        _await_pulse(house, data_dir)
        time.sleep(_SETTLED_S)
        root = [psutil.Process(house.pid)]
        percent = _percent(root)
        megabytes = _megabytes(root)
    return [
        Figure("idle_cpu_percent", percent, "% of one core", base[0], "one bare DBOS process and the stores", "< 10"),
        Figure("memory_mb", megabytes, "MB", base[1], "the same processes, each started by itself", "< 600"),
    ]


@contextmanager
def _running(argv: Sequence[str], environment: Mapping[str, str] | None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        argv, cwd=settings.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"{' '.join(argv[1:])} ended by itself ({process.returncode})")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_pulse(house: subprocess.Popen[bytes], data_dir: Path) -> None:
    until = time.monotonic() + 120
    for state in demo_state.follow(data_dir):
        if state.pulse:
            return
        if house.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the house posted no pulse (exit code {house.poll()})")


def _percent(roots: Collection[psutil.Process]) -> float:
    before, began = _cpu_seconds(roots), time.monotonic()
    time.sleep(_WATCHED_S)
    return 100 * (_cpu_seconds(roots) - before) / (time.monotonic() - began)


def _cpu_seconds(roots: Collection[psutil.Process]) -> float:
    """User and system time of the processes, of those below them, and of those below that have ended."""
    return sum(sum(one.cpu_times()[:4]) for one in _all(roots))


def _megabytes(roots: Collection[psutil.Process]) -> float:
    """Proportional set size: a page that n processes share counts as one nth for each."""
    return sum(one.memory_full_info().pss for one in _all(roots)) / 1e6


def _all(roots: Collection[psutil.Process]) -> Iterator[psutil.Process]:
    for root in roots:
        yield root
        yield from root.children(recursive=True)
