"""The supervisor: starts the house in order, keeps it running, and ends it in order."""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence

from bot import notify, program
from bot.program import Program
from bot.restarts import Restarts
from bot.warden import Ward, Warden
from domain.kernel.errors import EXIT_REFUSED

_START_FOR = 600.0  # seconds: a crash recovery after a long night may take its time
_STOP_ALL_FOR = 30.0  # seconds for everything but the stores
_STAGES = {"scheduler": 1, "bot": 2}  # the bot leaves last, so that what the others still say gets posted


class Supervisor:
    """Keeps programs running in one thread; use it as a context, which ends whatever still runs."""

    def __init__(
        self, say: Callable[[str], None], warden: Warden, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`say` takes one sentence for the log; `clock` counts seconds."""
        self.say = say
        self.warden = warden
        self.clock = clock
        self.wards: list[Ward] = []
        self.refusal: str | None = None
        self.began: float | None = None
        self.asked_to_stop = 0
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Supervisor:
        """Take the signals of this process."""
        self._bell, ringer = socket.socketpair()
        self._bell.setblocking(False)
        ringer.setblocking(False)
        self._ringer = ringer
        self._selector.register(self._bell, selectors.EVENT_READ)
        if self.warden.ear is not None:
            self._selector.register(self.warden.ear.line, selectors.EVENT_READ, self.warden)
        signal.set_wakeup_fd(ringer.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number in _SIGNALS:
            signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs, which is something only when an error ends us; give the signals back."""
        for ward in self.wards:
            if ward.child is not None:
                ward.child.send_signal(ward.program.stop_signal)
        for ward in reversed(self.wards):
            if ward.child is not None:
                program.stop(ward.program, ward.child)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._bell.close()
        self._ringer.close()
        if self.warden.ear is not None:
            self.warden.ear.close()

    def _hear(self, number: int, _frame: object) -> None:
        if number != signal.SIGCHLD:
            self.asked_to_stop += 1

    # -- starting ---------------------------------------------------------------------------------------------------

    def keep(self, one: Program) -> Ward:
        """Start a program and keep it running from now on."""
        ward = Ward(one, restarts=Restarts(faster=self.warden.pace.times))
        self.wards.append(ward)
        self._start(ward)
        return ward

    def ready(self, ward: Ward, seconds: float = _START_FOR) -> bool:
        """Whether it became ready in time; False at once when it ended or we are asked to stop."""

        def settled() -> bool:
            return self.asked_to_stop > 0 or self._has_ended(ward) or self._is_ready(ward)

        self._wait(settled, seconds, every=0.01)
        return self._is_ready(ward)

    def finish(self, one: Program) -> int | None:
        """Run a program to its end; its exit code, None when we were asked to stop meanwhile."""
        ward = self.keep(one)
        self._wait(lambda: self.asked_to_stop > 0 or self._has_ended(ward))
        if not self._has_ended(ward):
            self.stop([ward])
            return None
        code = ward.child.poll() if ward.child else None
        self._hang_up(ward)
        self.wards.remove(ward)
        if code == EXIT_REFUSED:
            self.refusal = ward.last_words
        return code

    def _start(self, ward: Ward) -> None:
        ward.begins(self.clock())
        if ward.program.log is not None:
            ward.child = program.start(ward.program)
            return
        ward.complaints, theirs = os.pipe()
        os.set_blocking(ward.complaints, False)
        self._selector.register(ward.complaints, selectors.EVENT_READ, ward)
        try:
            ward.child = program.start(ward.program, stderr=theirs)
        finally:
            os.close(theirs)

    # -- keeping ----------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Keep everything running until a signal comes, or a program refuses its configuration."""
        notify.tell("READY=1")
        beat = notify.every() or math.inf  # systemd's word to us, when it started us
        self.began = told = self.clock()
        while not self.asked_to_stop and self.refusal is None:
            self._pump(self._until_due())
            for ward in self.wards:
                self._tend(ward)
            self.warden.look(self.wards)
            if self.clock() - told > beat:
                told = self.clock()
                notify.tell("WATCHDOG=1")

    def _tend(self, ward: Ward) -> None:
        if ward.child is None:
            if ward.due is not None and self.clock() >= ward.due:
                self._start_again(ward)
            return
        code = ward.child.poll()
        if code is None:
            return
        self._hang_up(ward)
        ward.child = None
        if code == EXIT_REFUSED:
            self.refusal = ward.last_words or f"{ward.program.name} refuses to start."
        else:
            self._put_off(ward, ward.fate or _cause(code))

    def _start_again(self, ward: Ward) -> None:
        try:
            self._start(ward)
        except OSError as error:  # no memory, no disk, no process ids: it may pass
            self._hang_up(ward)
            self._put_off(ward, f"it cannot be started, {error}")

    def _put_off(self, ward: Ward, cause: str) -> None:
        was_looping = ward.restarts.looping
        delay = ward.restarts.died(self.clock())
        ward.due = self.clock() + delay
        if not ward.restarts.looping:
            self.say(f"{ward.program.name} ended ({cause}); it starts again in {delay:g} s.")
        elif not was_looping:
            cause = f"{cause}: {ward.last_words or 'it said nothing'}"
            self.say(f"{ward.program.name} keeps ending ({cause}); the others go on, it is tried every {delay:g} s.")

    def _until_due(self) -> float:
        dues = [ward.due for ward in self.wards if ward.due is not None]
        return min([self.warden.pace.look, *(max(0.0, due - self.clock()) for due in dues)])

    def tell_refusal(self) -> None:
        """A house that ran well and then refused to go on has nobody before it who reads why."""
        if self.refusal and self.began is not None and self.clock() - self.began > self.warden.pace.heal:
            self.warden.crier.tell("supervisor:house", f"The house has stopped: {self.refusal}")

    # -- stopping ---------------------------------------------------------------------------------------------------

    def stop_all(self, stores: Sequence[Ward]) -> None:
        """End the workers and the web, then the scheduler, then the bot, then the stores; a second signal hurries."""
        notify.tell("STOPPING=1")
        until = self.clock() + _STOP_ALL_FOR
        others = [ward for ward in self.wards if ward not in stores]
        for stage in (0, 1, 2):
            members = [ward for ward in others if _STAGES.get(ward.program.name, 0) == stage]
            self.stop(members, until)
        for ward in reversed(stores):
            self.stop([ward])

    def stop(self, wards: Iterable[Ward], until: float | None = None) -> None:
        """Ask all of them to end, and kill those that have not when their time, `until` or patience is over."""
        group = [ward for ward in wards if ward in self.wards]
        signals_before = self.asked_to_stop
        now = self.clock()
        for ward in group:
            if ward.child is not None:
                ward.child.send_signal(ward.program.stop_signal)
        seconds = max((ward.program.stop_for for ward in group), default=0.0)
        if until is not None:
            seconds = min(seconds, max(0.0, until - now))
        self._wait(lambda: self.asked_to_stop > max(1, signals_before) or all(map(self._has_ended, group)), seconds)
        for ward in group:
            if not self._has_ended(ward):
                self.say(f"{ward.program.name} did not end in time and is killed.")
            if ward.child is not None:
                program.kill(ward.child)
            self._hang_up(ward)
            self.wards.remove(ward)

    # -- listening --------------------------------------------------------------------------------------------------

    def _wait(self, done: Callable[[], bool], seconds: float | None = None, *, every: float = 1.0) -> None:
        until = None if seconds is None else self.clock() + seconds
        while not done():
            left = every if until is None else min(every, until - self.clock())
            if left <= 0:
                return
            self._pump(left)

    def _pump(self, seconds: float) -> None:
        """Sleep until something is said, somebody ends, a signal comes, or the time is over."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)
            elif isinstance(key.data, Warden):
                self.warden.hear(self.wards)
            else:
                self._read(key.data)

    def _read(self, ward: Ward) -> bool:
        """Pass on what it complains about, and remember the last line."""
        if ward.complaints is None:
            return False
        try:
            said = os.read(ward.complaints, 65536)
        except BlockingIOError:
            return False
        if not said:
            self._forget_pipe(ward)
            return False
        with contextlib.suppress(OSError):  # our own stderr is gone: the house goes on
            os.write(2, said)
        lines = said.decode(errors="replace").strip().splitlines()
        ward.last_words = lines[-1] if lines else ward.last_words
        return True

    def _hang_up(self, ward: Ward) -> None:
        while self._read(ward):
            pass
        self._forget_pipe(ward)

    def _forget_pipe(self, ward: Ward) -> None:
        if ward.complaints is not None:
            self._selector.unregister(ward.complaints)
            os.close(ward.complaints)
            ward.complaints = None

    def _has_ended(self, ward: Ward) -> bool:
        return ward.child is None or ward.child.poll() is not None

    def _is_ready(self, ward: Ward) -> bool:
        return ward.child is not None and ward.child.poll() is None and ward.program.ready(ward.child.pid)


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def _cause(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
