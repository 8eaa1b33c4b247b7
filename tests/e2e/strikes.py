"""What can be done to a house: stopped, hung, killed, deafened, starved, each until it is over."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import psycopg

from bot import stores
from tests.e2e.told_rig import FASTER, HEALS, MEMORY, Rig
from tests.e2e.whole_house import until


def each(number: int, who: Sequence[str]) -> Callable[[Rig, ExitStack], None]:
    """Send a signal to every process of these."""

    def strike(rig: Rig, _: ExitStack) -> None:
        for pid in [pid for one in who for pid in rig.pids(one)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    return strike


def again_and_again(number: int, who: str) -> Callable[[Rig, ExitStack], None]:
    """Send a signal to whoever appears as this, until it is over."""

    def strike(rig: Rig, undo: ExitStack) -> None:
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(0.05):
                each(number, [who])(rig, undo)

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        undo.callback(thread.join)
        undo.callback(over.set)

    return strike


def unstartable(store: str) -> Callable[[Rig, ExitStack], None]:
    """Kill a store, and let nobody read its data."""

    def strike(rig: Rig, undo: ExitStack) -> None:
        data = rig.house.data / store
        undo.callback(data.chmod, data.stat().st_mode)
        data.chmod(0)
        each(signal.SIGKILL, [store])(rig, undo)

    return strike


def no_more_files(who: str) -> Callable[[Rig, ExitStack], None]:
    """Let a process open no further file."""

    def strike(rig: Rig, _: ExitStack) -> None:
        for pid in rig.pids(who):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3))

    return strike


def no_processor(_: Rig, __: ExitStack) -> None:
    """Keep every core busy four times over for a while: longer than a process may be silent."""
    seconds = 1.5 * HEALS / FASTER
    code = f"import time; until = time.monotonic() + {seconds}\nwhile time.monotonic() < until: pass"
    busy = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4 * (os.cpu_count() or 1))]
    for one in busy:
        one.wait()


def no_connections(rig: Rig, _: ExitStack) -> None:
    """Take every connection the database has left, for a while: longer than a process may be silent."""
    held: list[psycopg.Connection] = []
    where = stores.known(rig.house.data, rig.house.environment).libpq_url
    with suppress(psycopg.OperationalError):
        while True:
            held.append(psycopg.connect(where, connect_timeout=5))
    time.sleep(HEALS / FASTER)
    for one in held:
        one.close()
    assert len(held) > 20


def no_memory(who: str) -> Callable[[Rig, ExitStack], None]:
    """Let the kernel end a process for want of memory."""

    def strike(rig: Rig, undo: ExitStack) -> None:
        group = Path(tempfile.mkdtemp(prefix="operations-brain-", dir=MEMORY))
        undo.callback(group.rmdir)
        undo.callback(until, lambda: not (group / "cgroup.procs").read_text(), what="a group that is empty")
        for pid in rig.pids(who):
            (group / "cgroup.procs").write_text(str(pid))
        (group / "memory.limit_in_bytes").write_text("16K")

    return strike


def no_disk(rig: Rig, undo: ExitStack) -> None:
    """Fill the file system of the house's data, which is a small one of its own."""
    filler = rig.house.data / "filler"
    undo.callback(filler.unlink)
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass


def no_watchdog(rig: Rig, undo: ExitStack) -> None:
    """The watchdog dies."""
    rig.end_watchdog()
    undo.callback(rig.start_watchdog)


def alarm_in_vain(rig: Rig, undo: ExitStack) -> None:
    """Raise an alarm that Slack cannot take."""
    at_slack("api_down")(rig, undo)
    rig.alarm("told:slack", "Slack is down and this cannot wait.")


def everything_at_once(rig: Rig, _: ExitStack) -> None:
    """The whole machine dies, but for whoever watches it from another."""
    tree = rig.house.notice()
    rig.house.end(signal.SIGKILL)
    for one in tree[1:]:
        with suppress(psutil.NoSuchProcess):
            one.kill()


def at_slack(kind: str, **more: object) -> Callable[[Rig, ExitStack], None]:
    """A fault of the sandbox's Slack."""

    def strike(rig: Rig, undo: ExitStack) -> None:
        undo.callback(rig.person.do, "fault", kind="clear")
        rig.person.do("fault", kind=kind, **more)

    return strike


def edited(rig: Rig, undo: ExitStack) -> None:
    """Somebody changes the policy on disk by hand, and puts it back."""
    path = Path(rig.house.environment["OPS_POLICY"])
    before = path.read_text(encoding="utf-8")
    undo.callback(path.write_text, before, encoding="utf-8")
    path.write_text(before.replace("remind_minutes = 60", "remind_minutes = 50"), encoding="utf-8")
