"""How fast a command is acknowledged, each with its row, against a bare Bolt handler that only acknowledges."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bench import lab, rows
from bench.figure import Figure, median
from bot import sandboxed, settings

_COMMAND = {"command": "/health help", "user": "U0CEO", "channel": "C0PULSE"}
_ROUNDS = 3
_REFRESHES = 10
Json = dict[str, Any]
Seen = dict[str, list[float]]


@dataclass(frozen=True)
class _Scene:
    """The sandbox, and the stores of our bot, which stay up under the bare handler too."""

    path: Path
    slack: str
    environment: dict[str, str]
    database: str


def measure() -> Iterator[Figure]:
    """The same sandbox and the same loads, in turn under our bot and under the bare handler."""
    with (
        lab.room() as path,
        lab.sandbox("slack", path, "--no-limits") as slack,
        lab.migrated(path) as stores,
    ):
        environment = sandboxed.environment(slack, slack, path / "var", 0) | {"OPS_POLICY": str(_policy(path))}
        scene = _Scene(path, slack.url, environment, stores.libpq_url)
        ours, bare = _rounds(scene)
    against = "a bare Bolt handler that only acknowledges"

    def figure(name: str, unit: str, promise: str) -> Figure:
        return Figure(name, median(ours[name]), unit, median(bare[name]), against, promise)

    yield figure("ack_p50_ms", "ms", "< 5, one after the other")
    yield figure("ack_p99_ms", "ms", "< 1000 at 50/s with every core busy")
    yield figure("commands_per_s", "commands/s", "ratio >= 0.8 at 64 in flight, each with its row")
    yield figure("refresh_lost", "commands", f"0 over {_REFRESHES} refreshes at 50/s, a handshake taking 250 ms")


def _policy(path: Path) -> Path:
    """The shipped policy, but for one person asking as often as a bench does: every command is really worked on."""
    policy = path / "ops.toml"
    shipped = (settings.ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")
    policy.write_text(f"{shipped}\n[slack]\ncommands_per_minute = 100000000\n", encoding="utf-8")
    return policy


def _rounds(scene: _Scene) -> tuple[Seen, Seen]:
    ours: Seen = defaultdict(list)
    bare: Seen = defaultdict(list)
    for number in range(_ROUNDS):
        with_refreshes = number == _ROUNDS - 1
        with _ours(scene):
            _loads(scene, ours, refreshes=with_refreshes, stored=True)
        rows.empty(scene.database, "inbox", "outbox")  # what is left undone must not be worked on in the next round
        with _bare(scene):
            _loads(scene, bare, refreshes=with_refreshes, stored=False)
    return ours, bare


def _loads(scene: _Scene, seen: Seen, *, refreshes: bool, stored: bool) -> None:
    """Every load once; with `stored`, each acknowledged command must have left its row."""
    before = rows.commands(scene.database)
    done = [_load(scene, in_flight=8, seconds=1)]  # warm
    done.append(_load(scene, in_flight=1, count=300))
    seen["ack_p50_ms"].append(done[-1]["ack_ms"]["p50"])
    with lab.busy_cores():
        done.append(_load(scene, rate=50, seconds=6))
    seen["ack_p99_ms"].append(done[-1]["ack_ms"]["p99"])
    if refreshes:
        done.append(_refreshed(scene))
        seen["refresh_lost"].append(done[-1]["lost"])
    done += [_load(scene, in_flight=64, seconds=1), _load(scene, in_flight=64, seconds=4)]
    seen["commands_per_s"].append(done[-1]["per_second"])
    acked, found = sum(one["acked"] for one in done), rows.commands(scene.database) - before
    if stored and found < acked:
        raise RuntimeError(f"{acked} commands were acknowledged, {found} have a row")


def _refreshed(scene: _Scene) -> Json:
    """A steady load while the oldest connection is asked to leave, ten times."""
    _post(scene, "fault", {"kind": "handshake_delay", "ms": 250})  # what a handshake over the internet takes
    found = _load(scene, rate=50, seconds=3 * _REFRESHES + 2, refresh_every=3)
    _post(scene, "fault", {"kind": "clear"})
    if found["refreshes"] != _REFRESHES:
        raise RuntimeError(f"{found['refreshes']} refreshes were asked for instead of {_REFRESHES}")
    return found


def _load(scene: _Scene, **aim: float) -> Json:
    return _post(scene, "load", {**_COMMAND, **aim})


def _post(scene: _Scene, verb: str, body: Json) -> Json:
    head = {"Content-Type": "application/json"}
    request = Request(f"{scene.slack}/_sandbox/{verb}", json.dumps(body).encode(), head)
    with urlopen(request, timeout=120) as answer:
        return dict(json.load(answer))


@contextmanager
def _ours(scene: _Scene) -> Iterator[None]:
    argv = [sys.executable, "-m", "bot", "run", "bot"]
    with _listening(scene, argv, scene.environment, links=2):
        yield


@contextmanager
def _bare(scene: _Scene) -> Iterator[None]:
    argv = [sys.executable, "-m", "bench.bare_bolt", f"{scene.slack}/api/"]
    with _listening(scene, argv, None, links=1):
        yield


@contextmanager
def _listening(scene: _Scene, argv: list[str], environment: dict[str, str] | None, links: int) -> Iterator[None]:
    """A process, from the moment the sandbox counts its connections; killed, as what it still works on is of no use."""
    with (scene.path / "bot.log").open("ab") as log:
        process = subprocess.Popen(argv, cwd=settings.ROOT, env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while _connections(scene) != links:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{argv[-1]} did not connect (exit code {process.poll()})")
            time.sleep(0.2)
        yield
    finally:
        process.kill()
        process.wait()


def _connections(scene: _Scene) -> int:
    with urlopen(f"{scene.slack}/_sandbox/state", timeout=10) as answer:
        return int(json.load(answer)["connections"])
