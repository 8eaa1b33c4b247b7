"""How fast a command is acknowledged, each with its row, against a bare Bolt handler that only acknowledges."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bench import lab
from bench.figure import Figure, median
from bot import sandboxed, settings

_COMMAND = {"command": "/health help", "user": "U0CEO", "channel": "C0PULSE"}
_ROUNDS = 3
Json = dict[str, Any]


async def measure() -> AsyncIterator[Figure]:
    """The same sandbox, the same loads: once under our bot, once under the bare handler."""
    with lab.room() as path, lab.sandbox("slack", path, "--no-limits") as slack:
        with _ours(path, slack):
            ours = _loads(slack.url)
        with _bare(slack):
            bare = _loads(slack.url)
    against = "a bare Bolt handler that only acknowledges"
    yield Figure("ack_p50_ms", ours["p50"], "ms", bare["p50"], against, "< 5, one after the other")
    yield Figure("ack_p99_ms", ours["p99"], "ms", bare["p99"], against, "< 1000 at 50/s with every core busy")
    yield Figure("commands_per_s", ours["rate"], "commands/s", bare["rate"], against, "ratio >= 0.8 at 64 in flight")
    yield Figure("refresh_lost", ours["lost"], "commands", bare["lost"], against, "0 over 10 refreshes at 50/s")


def _loads(url: str) -> dict[str, float]:
    _load(url, in_flight=64, seconds=2)  # warm
    rates = [_load(url, in_flight=64, seconds=4)["per_second"] for _ in range(_ROUNDS)]
    time.sleep(3)  # let the work behind the acknowledgements end
    one_by_one = _load(url, in_flight=1, count=400)["ack_ms"]["p50"]
    with lab.busy_cores():
        busy = _load(url, rate=50, seconds=15)["ack_ms"]["p99"]
    _post(url, "fault", {"kind": "handshake_delay", "ms": 250})  # what a handshake over the internet takes
    lost = _load(url, rate=50, seconds=32, refresh_every=3)
    _post(url, "fault", {"kind": "clear"})
    return {"rate": median(rates), "p50": one_by_one, "p99": busy, "lost": lost["lost"]}


def _load(url: str, **aim: float) -> Json:
    return _post(url, "load", {**_COMMAND, **aim})


def _post(url: str, verb: str, body: Json) -> Json:
    request = Request(f"{url}/_sandbox/{verb}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=120) as answer:
        return dict(json.load(answer))


@contextmanager
def _ours(path: Path, slack: sandboxed.Part) -> Iterator[None]:
    with lab.migrated(path):
        environment = sandboxed.environment(slack, slack, path / "var", 0)
        argv = [sys.executable, "-m", "bot", "run", "bot"]
        with _listening(slack.url, argv, environment, links=2):
            yield


@contextmanager
def _bare(slack: sandboxed.Part) -> Iterator[None]:
    argv = [sys.executable, "-m", "bench.bare_bolt", f"{slack.url}/api/"]
    with _listening(slack.url, argv, None, links=1):
        yield


@contextmanager
def _listening(url: str, argv: list[str], environment: dict[str, str] | None, links: int) -> Iterator[None]:
    """A process, from the moment the sandbox counts its connections until it has ended."""
    process = subprocess.Popen(argv, cwd=settings.ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while _state(url)["connections"] < links:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{argv[-1]} did not connect (exit code {process.poll()})")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _state(url: str) -> Json:
    with urlopen(f"{url}/_sandbox/state", timeout=10) as answer:
        return dict(json.load(answer))
