"""The vendors run as a process: they say when they are ready, refuse a taken port, and end when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[3]


def command(port: int, state: Path, *more: str) -> list[str]:
    """The command that starts them."""
    return [sys.executable, "-m", "sandbox", "vendors", "--port", str(port), "--state", str(state), *more]


@contextmanager
def running(state: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a server that answers, and its process."""
    process = subprocess.Popen(command(0, state, *more), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] == "vendors"
        yield ready["url"], process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def company_at(url: str) -> dict[str, object]:
    """What the control verb says of the company."""
    with urlopen(f"{url}/_sandbox/company") as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_the_vendors_start_once_per_port_keep_their_history_and_end_when_told(tmp_path: Path) -> None:
    with running(tmp_path, "--now", "2026-11-20T11:30:00") as (url, process):
        first = company_at(url)
        assert first["now"] == "2026-11-20T11:30:00+00:00"
        host, port = url.removeprefix("http://").split(":")
        assert host == "127.0.0.1"
        refused = subprocess.run(
            command(int(port), tmp_path / "other"), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert refused.returncode == 78
        assert refused.stderr.count("\n") == 1
        assert "is taken" in refused.stderr
        assert not (tmp_path / "other").exists()
        process.terminate()
        assert process.wait(10) == 0
    with running(tmp_path, "--now", "2026-11-27T11:30:00") as (url, process):
        later = company_at(url)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert later["shift_weeks"] == first["shift_weeks"]
    assert int(str(later["orders_so_far"])) > int(str(first["orders_so_far"]))
