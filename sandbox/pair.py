"""Keeps the sandbox's two processes running until it is told to stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

REFUSED_CONFIGURATION = 78
PATIENCE_S = 5.0
PAUSE_S = 1.0
MOST_RESTARTS = 5


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """One half as a child whose standard input ends when this process does."""
    command = [sys.executable, "-m", "sandbox", *arguments, "--tethered"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def run_pair(halves: list[list[str]]) -> int:
    """Start each half, start it again when it falls, end all on a signal; returns the exit code."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    children = [start(half) for half in halves]
    restarts = 0
    code = 0
    while code == 0 and not stop.wait(PAUSE_S / 4):
        for place, child in enumerate(children):
            if child.poll() is None:
                continue
            restarts += 1
            if child.returncode == REFUSED_CONFIGURATION or restarts > MOST_RESTARTS:
                code = child.returncode or 1
                break
            sys.stderr.write(f"The sandbox's {halves[place][0]} ended with {child.returncode}; starting it again.\n")
            time.sleep(PAUSE_S)
            children[place] = start(halves[place])
    end(children)
    return code


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask every child to end, and insist after a few seconds."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE_S
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
