"""Servers that a killed predecessor left behind, found by the directory they work in, and ended."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

_SERVERS = ("postgres", "initdb", "valkey-server")


def running_in(folder: Path) -> list[psutil.Process]:
    """Live server processes whose working directory is `folder`. A zombie is dead, whatever kill(pid, 0) says."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.name().startswith(_SERVERS)
                and process.status() != psutil.STATUS_ZOMBIE
                and process.cwd() == str(folder)
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end(folder: Path, ask: signal.Signals, seconds: float = 10.0) -> int:
    """End every server of `folder`: asked first, killed when `seconds` have passed; returns how many there were."""
    found = running_in(folder)
    pids = {process.pid for process in found}
    for process in found:
        _ask(process, ask, pids)
    _, alive = psutil.wait_procs(found, timeout=seconds)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    return len(found)


def _ask(process: psutil.Process, ask: signal.Signals, pids: set[int]) -> None:
    """A backend ends with its postmaster; one that outlived it takes SIGINT for a cancelled query, so it must quit."""
    try:
        if process.ppid() in pids:
            return
        orphan = process.cmdline()[0].startswith("postgres:")
    except (psutil.NoSuchProcess, IndexError):
        return
    _signal(process, signal.SIGQUIT if orphan else ask)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
