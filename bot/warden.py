"""Sees from outside how the programs are: who has fallen silent, who does not answer, and when a person must know."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot import notify
from bot.crier import Crier
from bot.program import Child, Program
from bot.restarts import WINDOW, Restarts

_CREDENTIALS = struct.Struct("3i")  # process id, user id, group id: what the kernel adds to a datagram
_LONGEST_ADDRESS = 103  # bytes of a socket's whole path that every system takes


@dataclass(frozen=True)
class Pace:
    """How patient the warden is, in seconds."""

    look: float = 1.0
    ask: float = 10.0
    """Between two questions to a store."""
    hang: float = 60.0
    """Silence after which a program that was ready is ended and started again."""
    ready: float = 120.0
    """Until a program that was started must have given its first sign of life."""
    heal: float = 120.0
    """What is not well for longer is told to a person."""
    window: float = WINDOW
    """Two hangs within it are told."""
    again: float = 3600.0
    """Between two times the same is told."""
    times: float = 1.0

    def faster(self, times: float) -> Pace:
        """The same, so many times as fast; what is told is still told once."""
        one = {name: getattr(self, name) / times for name in ("look", "ask", "hang", "ready", "heal", "window")}
        return replace(self, times=times, **one)


@dataclass
class Ward:
    """A program under our care, and what is seen of it."""

    program: Program
    child: Child | None = None
    due: float | None = None  # when to start it again
    restarts: Restarts = field(default_factory=Restarts)
    complaints: int | None = None  # our end of its stderr
    last_words: str = ""
    since: float = 0.0  # when this child was started
    heard: float | None = None  # the last sign of life of this child
    asked: float = 0.0
    fate: str = ""  # why we ended it
    ended: list[float] = field(default_factory=list)  # when we did
    ill_since: float | None = None

    def begins(self, now: float) -> None:
        """A new child: nothing is known of it yet."""
        self.due, self.heard, self.fate, self.since = None, None, "", now


class Ear:
    """One datagram socket with a private name; the kernel tells with each word which process says it (Linux)."""

    def __init__(self, folder: Path) -> None:
        """It is made in `folder`, or in a new temporary one when that path is too long for a socket."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "notify.sock"
        self._own: Path | None = None
        if len(os.fsencode(self.path)) > _LONGEST_ADDRESS:
            self._own = Path(tempfile.mkdtemp(prefix="operations-brain-"))
            self.path = self._own / "notify.sock"
        self.path.unlink(missing_ok=True)
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.line.bind(str(self.path))
        self.path.chmod(0o600)

    def words(self) -> Iterator[tuple[int, str]]:
        """What was said since the last time, with the process id of who said it."""
        while True:
            try:
                said, notes, _, _ = self.line.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except BlockingIOError:
                return
            for level, kind, who in notes:
                if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                    yield _CREDENTIALS.unpack(who[: _CREDENTIALS.size])[0], said.decode(errors="replace")

    def close(self) -> None:
        """Nobody is heard any more."""
        self.line.close()
        self.path.unlink(missing_ok=True)
        if self._own is not None:
            self._own.rmdir()


class Warden:
    """Ends what hangs, and has told what does not heal."""

    def __init__(
        self,
        say: Callable[[str], None],
        crier: Crier,
        *,
        ear: Ear | None = None,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without an `ear` only stores are watched: they are asked."""
        self.say = say
        self.crier = crier
        self.ear = ear
        self.pace = pace or Pace()
        self.clock = clock
        self._told: dict[str, float] = {}
        self._open: set[str] = set()
        self._looked = clock()

    def surroundings(self, environment: Mapping[str, str]) -> dict[str, str]:
        """`environment` for a child: what it is to speak to is us, whoever we speak to ourselves."""
        ours = {name: value for name, value in environment.items() if name not in (notify.WHERE, notify.EVERY)}
        if self.ear is not None:
            ours |= {notify.WHERE: str(self.ear.path), notify.EVERY: str(int(self.pace.hang * 1_000_000))}
        return ours

    def hear(self, wards: Sequence[Ward]) -> None:
        """Take in what our own children said; a stranger is not listened to."""
        for pid, words in self.ear.words() if self.ear else ():
            for ward in wards:
                if ward.child is not None and ward.child.pid == pid and words.startswith(("READY=1", "WATCHDOG=1")):
                    ward.heard = self.clock()

    def look(self, wards: Sequence[Ward]) -> None:
        """Ask the stores, end whoever is silent for too long, and tell what stays ill."""
        away = self.clock() - self._looked
        for ward in wards:
            if away > 5 * self.pace.look:  # we were stopped ourselves, and heard nobody meanwhile
                ward.since += away
                ward.heard = None if ward.heard is None else ward.heard + away
            self._ask(ward)
            self._end_silent(ward)
            self._judge(ward)
        self.crier.tend()
        self._looked = self.clock()

    def _ask(self, ward: Ward) -> None:
        now = self.clock()
        if ward.child is None or ward.program.answers is None or now - ward.asked < self.pace.ask:
            return
        ward.asked = now
        if ward.program.answers():
            ward.heard = self.clock()

    def _listens(self, ward: Ward) -> bool:
        """Whether a sign of life is to be expected."""
        return ward.program.answers is not None or (self.ear is not None and ward.program.speaks)

    def _end_silent(self, ward: Ward) -> None:
        """A stopped process cannot end by itself: it is killed, with all of its session."""
        now = self.clock()
        last, limit = (ward.since, self.pace.ready) if ward.heard is None else (ward.heard, self.pace.hang)
        expected = ward.heard is not None or self._listens(ward)
        if ward.child is None or ward.fate or not expected or now - last <= limit:
            return
        ward.fate = f"it gave no sign of life for {now - last:.0f} s"
        ward.ill_since = ward.ill_since if ward.ill_since is not None else last
        ward.ended = [at for at in ward.ended if now - at < self.pace.window] + [now]
        self.say(f"{ward.program.name} hangs ({ward.fate}) and is killed.")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(ward.child.pid, signal.SIGKILL)

    def _judge(self, ward: Ward) -> None:
        now, name = self.clock(), ward.program.name
        lives = ward.child is not None and not ward.fate
        if lives and (ward.heard is not None or not self._listens(ward)):
            ward.ill_since = None
        elif ward.ill_since is None:
            ward.ill_since = ward.since if lives else now
        ill_for = 0.0 if ward.ill_since is None else now - ward.ill_since
        words = f" Its last words: {ward.last_words}" if ward.last_words else ""
        if ward.restarts.looping:
            self._once(name, f"{name} keeps ending and is started again every minute; the others go on.{words}")
        elif ill_for > self.pace.heal:
            self._once(name, f"{name} has not been well for {ill_for / 60:.0f} minutes; it is tried again.{words}")
        elif len([at for at in ward.ended if now - at < self.pace.window]) > 1:
            self._once(name, f"{name} hung twice within ten minutes and was started again each time.{words}")
        elif name in self._open and ward.ill_since is None:
            self._open.remove(name)
            self.crier.tell(
                f"supervisor:{name}:over", f"{name} runs again, and has for a while. Nothing is to be done."
            )

    def _once(self, name: str, sentence: str) -> None:
        now = self.clock()
        if now - self._told.get(name, -self.pace.again) >= self.pace.again:
            self._told[name] = now
            self._open.add(name)
            self.crier.tell(f"supervisor:{name}", sentence)
