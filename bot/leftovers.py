"""Servers that a killed predecessor left behind, found by the directory they work in, and ended."""

from __future__ import annotations

import signal
import time
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
    for process in _still_alive(found, seconds):
        _signal(process, signal.SIGKILL)
    _still_alive(found, 5.0)
    return len(found)


def _still_alive(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that run when the time is over; one whose parent never collects it is dead all the same."""
    until = time.monotonic() + seconds
    while alive := [process for process in processes if _is_alive(process)]:
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _ask(process: psutil.Process, ask: signal.Signals, pids: set[int]) -> None:
    """A backend ends with its postmaster; one that outlived it takes SIGINT for a cancelled query, so it must quit."""
    try:
        if process.ppid() in pids:
            return
        orphan = process.cmdline()[0].startswith("postgres:")
    except (psutil.NoSuchProcess, IndexError):
        return
    _signal(process, signal.SIGQUIT if orphan else ask)
    _signal(process, signal.SIGCONT)  # one that was stopped hears nothing before


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
