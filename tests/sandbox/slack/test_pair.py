"""python -m sandbox starts both halves and takes both down with it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ENDS = [signal.SIGTERM, signal.SIGKILL]


def start(state: Path) -> tuple[subprocess.Popen[str], set[str]]:
    """Both halves on free ports; returns the supervisor and the names it announced."""
    command = [sys.executable, "-m", "sandbox", "--slack-port", "0", "--vendors-port", "0", "--state", str(state)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    return child, {json.loads(child.stdout.readline())["ready"] for _ in range(2)}


def wait_gone(halves: list[psutil.Process], within_s: float = 10) -> list[psutil.Process]:
    """The processes that are still there after a while."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and any(half.is_running() for half in halves):
        time.sleep(0.05)
    return [half for half in halves if half.is_running()]


@pytest.mark.parametrize("end", ENDS)
async def test_both_halves_end_with_their_supervisor(tmp_path: Path, end: signal.Signals) -> None:
    child, ready = await asyncio.to_thread(start, tmp_path)
    halves = psutil.Process(child.pid).children()
    try:
        assert ready == {"slack", "vendors"}
        assert len(halves) == 2
    finally:
        child.send_signal(end)
        await asyncio.to_thread(child.communicate)
    assert await asyncio.to_thread(wait_gone, halves) == []
    assert child.returncode == (0 if end is signal.SIGTERM else -signal.SIGKILL)
