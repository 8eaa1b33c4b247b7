"""Named points between a cause and its effect, at which a test may end this process as a power cut would."""

from __future__ import annotations

import os
import signal
from pathlib import Path

AT = "OPS_FAULT_AT"
TRACE = "OPS_FAULT_TRACE"
FASTER = "OPS_FASTER"
"""So many times as fast the house finds out what is wrong with it, for a test that measures how long that takes."""
ALLOWED = "OPS_UNDER_TEST"
"""Set by a test beside the other three; without it a start that would be cut down, or is in haste, is refused."""

_at = os.environ.get(AT, "")
_trace = os.environ.get(TRACE, "")


def reach(name: str) -> None:
    """Say that the point `name` is reached; outside of a test nothing happens.

    A traced run adds the name and its process to a file; the process of a run that is cut at `name` ends here, once:
    the file that OPS_FAULT_AT names after a colon is made first, and while it exists nothing is cut. `@FILE` instead
    reads both from a file at every point, so that a test can cut a running house at one point after the other.
    """
    if _trace:
        with Path(_trace).open("a", encoding="utf-8") as file:
            file.write(f"{name} {os.environ.get('OPS_PROCESS', '')}".strip() + "\n")
    if _at and (at := _armed()).partition(":")[0] == name and _first(at.partition(":")[2]):
        os.kill(os.getpid(), signal.SIGKILL)


def _armed() -> str:
    """The point to end at with its file, as NAME:FILE."""
    if not _at.startswith("@"):
        return _at
    try:
        return Path(_at[1:]).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _first(mark: str) -> bool:
    """Whether this is the first time, over restarts and processes."""
    if not mark:
        return True
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def faster() -> float:
    """How many times as fast this process is to find out what is wrong; 1 outside of a test."""
    return float(os.environ.get(FASTER, "1")) if os.environ.get(ALLOWED) == "1" else 1.0


def problem(environment: dict[str, str]) -> str:
    """Why a start with this environment is refused; empty when nothing of this is set, or a test says so."""
    named = [name for name in (AT, TRACE, FASTER) if environment.get(name)]
    if not named or environment.get(ALLOWED) == "1":
        return ""
    return f"{named[0]} makes the house end or hurry itself; it is for tests alone, unset it."
