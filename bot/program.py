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
from typing import IO, Protocol

from bot import forked
from bot.account import Account, here

_LOG_LIMIT = 5_000_000  # bytes
_LAUNCH = str(Path(__file__).with_name("launch.py"))


class Child(Protocol):
    """A running process, however it was made."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""

    def send_signal(self, sig: int) -> None:
        """Signal it, unless it has ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; subprocess.TimeoutExpired after `timeout` seconds."""


@dataclass(frozen=True)
class Program:
    """What to start: a command line, or a function run in a fork of this very process.

    `before` runs ahead of every start and may add to the environment; `env` is the whole of it otherwise.
    """

    name: str
    argv: Sequence[str] = ()
    run: Callable[[], int] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account = field(default_factory=here)
    cwd: Path | None = None
    log: Path | None = None  # where its words go; None: ours
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL  # when we die; at once, because its port and locks are needed again
    stop_for: float = 10.0  # seconds until it is killed
    before: Callable[[], Mapping[str, str]] = dict
    ready: Callable[[int], bool] = bool  # asked with the process id
    answers: Callable[[], bool] | None = None  # a store's: whether it answers now, within a second
    speaks: bool = False  # whether it tells of itself by bot.notify


def command(program: Program, alias: int = 0) -> list[str]:
    """The words that start it: under its account, and dying with us."""
    ids = (os.getpid(), program.account.uid, program.account.gid, int(program.death_signal), alias)
    return [sys.executable, "-I", "-S", _LAUNCH, *map(str, ids), *program.argv]


def start(program: Program, *, stderr: int | None = None) -> Child:
    """Start it in a session of its own, so that Ctrl-C reaches only us; it ends when our thread does (Linux).

    `stderr` is a descriptor for its complaints when it has no log of its own.
    """
    env = {**program.env, **program.before()}
    if program.run is not None:
        return forked.start(program.run, env, stderr=stderr, death_signal=program.death_signal)
    with _words(program) as log:
        return subprocess.Popen(
            command(program),
            env=env,
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log or stderr,
            start_new_session=True,
        )


def _words(program: Program) -> contextlib.AbstractContextManager[IO[bytes] | None]:
    """The file of its words, begun anew when the last one grew large; None when they are ours."""
    if program.log is None:
        return contextlib.nullcontext()
    if program.log.exists() and program.log.stat().st_size > _LOG_LIMIT:
        program.log.replace(program.log.with_suffix(".log.1"))
    return os.fdopen(os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")


def wait_ready(program: Program, process: Child, seconds: float) -> bool:
    """Whether it became ready in time; False at once when it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if program.ready(process.pid):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False


def stop(program: Program, process: Child) -> None:
    """Ask it to end, wait as long as it may take, then kill it and whatever it started."""
    process.send_signal(program.stop_signal)
    try:
        process.wait(program.stop_for)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: Child) -> None:
    """End it and its session now."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_words(program: Program) -> str:
    """The last line of its log."""
    try:
        lines = program.log.read_text(encoding="utf-8", errors="replace").splitlines() if program.log else []
    except FileNotFoundError:
        lines = []
    return f"{lines[-1]} (see {program.log})" if lines else "it said nothing"
