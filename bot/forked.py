"""A process forked from this one, so that all of them share the pages of the code that is loaded already."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping

_SET_PARENT_DEATH_SIGNAL, _SET_NAME = 1, 15  # prctl(2)


class Forked:
    """The parent's view of a fork."""

    def __init__(self, pid: int) -> None:
        """`pid` is a child of ours that nobody else waits for."""
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; subprocess.TimeoutExpired after `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("fork", timeout or 0.0)
            time.sleep(0.01)
        return code


def start(run: Callable[[], int], env: Mapping[str, str], *, stderr: int | None, death_signal: int) -> Forked:
    """Fork and call `run` in the child, which ends with the code it returns.

    RuntimeError when this process has threads: the child would inherit their locks, held for ever.
    """
    if threading.active_count() > 1:
        raise RuntimeError(f"cannot fork beside threads: {', '.join(one.name for one in threading.enumerate())}")
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    gc.freeze()  # a collection in the child would write to, and so copy, every shared page
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = 1
    try:
        _settle(env, stderr, parent, death_signal)
        code = run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not run on in the parent's frames below
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle(env: Mapping[str, str], stderr: int | None, parent: int, death_signal: int) -> None:
    """Become a process of its own: session, signals, descriptors and environment, as after an exec."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if stderr is not None:
        os.dup2(stderr, 2)
    # The parent's lock on the data directory is among these: it must not outlive the parent in us.
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(env)
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_SET_PARENT_DEATH_SIGNAL, death_signal, 0, 0, 0)
        if name := env.get("OPS_PROCESS"):  # what `ps -e` and `top` show, cut to 15 characters
            prctl(_SET_NAME, f"bot: {name}".encode(), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
