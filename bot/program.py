"""One process of the house: how it is started, known to be ready, and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.account import Account, here

_LAUNCH = str(Path(__file__).with_name("launch.py"))


@dataclass(frozen=True)
class Program:
    """What to start. `before` runs ahead of every start and may add to the environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account = field(default_factory=here)
    cwd: Path | None = None
    log: Path | None = None  # where its words go; None: ours
    stop_signal: signal.Signals = signal.SIGTERM
    stop_for: float = 10.0  # seconds until it is killed
    before: Callable[[], Mapping[str, str]] = dict
    ready: Callable[[int], bool] = bool  # asked with the process id


def command(program: Program, alias: int = 0) -> list[str]:
    """The words that start it: under its account, and dying with us."""
    ids = (os.getpid(), program.account.uid, program.account.gid, int(program.stop_signal), alias)
    return [sys.executable, "-I", "-S", _LAUNCH, *map(str, ids), *program.argv]


def start(program: Program, *, stderr: int | None = None) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that Ctrl-C reaches only us; it ends when our thread does (Linux)."""
    env = {**program.env, **program.before()}
    if program.log is None:
        return subprocess.Popen(command(program), env=env, cwd=program.cwd, stderr=stderr, start_new_session=True)
    with os.fdopen(os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
        return subprocess.Popen(
            command(program),
            env=env,
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait_ready(program: Program, process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it became ready in time; False at once when it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if program.ready(process.pid):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False


def stop(program: Program, process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, wait as long as it may take, then kill it and whatever it started."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        try:
            process.wait(program.stop_for)
        except subprocess.TimeoutExpired:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it and its session now."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
