"""A process is cut at the point that is armed, once, and says in its trace what it reached."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from domain.kernel import point

RUN = "from domain.kernel import point; point.reach('one'); point.reach('two'); point.reach('three')"


def run(folder: Path, at: str) -> tuple[int, list[str]]:
    """The exit code of a process that passes three points, and those it reached."""
    trace = folder / "trace"
    trace.unlink(missing_ok=True)
    told = {point.AT: at, point.TRACE: str(trace), point.ALLOWED: "1", "OPS_PROCESS": "bot"}
    done = subprocess.run([sys.executable, "-c", RUN], env={**os.environ, **told}, check=False)
    return done.returncode, trace.read_text(encoding="utf-8").splitlines()


def test_a_process_ends_at_its_point_once(tmp_path: Path) -> None:
    at = f"two:{tmp_path / 'mark'}"
    assert run(tmp_path, at) == (-9, ["one bot", "two bot"])
    assert run(tmp_path, at) == (0, ["one bot", "two bot", "three bot"])


def test_a_point_can_be_armed_while_the_house_runs(tmp_path: Path) -> None:
    armed = tmp_path / "armed"
    assert run(tmp_path, f"@{armed}")[0] == 0
    armed.write_text(f"three:{tmp_path / 'first'}\n", encoding="utf-8")
    assert run(tmp_path, f"@{armed}")[0] == -9
    armed.write_text(f"one:{tmp_path / 'second'}", encoding="utf-8")
    assert run(tmp_path, f"@{armed}") == (-9, ["one bot"])
    assert run(tmp_path, f"@{armed}")[0] == 0
