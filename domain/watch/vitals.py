"""How this process is doing: open files, memory, and how late its event loop comes."""

from __future__ import annotations

import asyncio
import errno
import resource
from collections import deque
from pathlib import Path
from typing import Any

import psutil

TICK_SECONDS = 1.0
_CGROUP, _CGROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
_NO_LIMIT = 2**60
_KEPT = 360
"""Beats whose worst lag is remembered: half an hour of them."""


class Vitals:
    """Wakes once a second to see how much too late it was woken; `read` tells and begins afresh."""

    def __init__(self, every: float = TICK_SECONDS) -> None:
        """Nothing ticks yet; `every` is in seconds."""
        self._every = every
        self._process = psutil.Process()
        self._most = memory_limit()
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._worst = 0.0
        self._past: deque[float] = deque(maxlen=_KEPT)
        self.choked = 0
        """How many times in a row this process could open no file to read how it is."""

    def begin(self) -> None:
        """Tick until `end`."""
        loop = asyncio.get_running_loop()
        self._due = loop.time() + self._every
        self._timer = loop.call_at(self._due, self._tick)

    def end(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._due = None

    def _tick(self) -> None:
        self._look()
        self.begin()

    def _look(self) -> None:
        if self._due is not None:
            self._worst = max(self._worst, asyncio.get_running_loop().time() - self._due)

    def read(self) -> dict[str, Any]:
        """`fds` of `fds_limit`, `rss` of `rss_limit` in bytes, `lag_ms` since the last one, `lag_peak_ms` before.

        What cannot be read is left out.
        """
        self._look()
        self._past.append(self._worst)
        lag, self._worst = self._worst, 0.0
        return {
            **self._files_and_memory(),
            "fds_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "rss_limit": self._most,
            "lag_ms": round(lag * 1000),
            "lag_peak_ms": round(max(self._past) * 1000),
        }

    def _files_and_memory(self) -> dict[str, int]:
        try:
            found = {"fds": self._process.num_fds(), "rss": int(self._process.memory_info().rss)}
        except (OSError, psutil.Error) as error:
            self.choked += getattr(error, "errno", None) == errno.EMFILE
            return {}
        self.choked = 0
        return found


def memory_limit(told: Path = _CGROUP, groups: Path = _CGROUPS) -> int | None:
    """The bytes above which this process is killed, as its control group says; None when nothing says so."""
    try:
        lines = told.read_text().splitlines()
    except OSError:
        return None
    found = []
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds in ("", "memory"):
            file = groups / kinds / path.strip("/") / ("memory.limit_in_bytes" if kinds else "memory.max")
            found += [int(text) for text in _read(file) if text.isdecimal()]
    return min((limit for limit in found if limit < _NO_LIMIT), default=None)


def _read(file: Path) -> list[str]:
    try:
        return [file.read_text().strip()]
    except OSError:
        return []
