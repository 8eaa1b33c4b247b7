"""Tells a person what the supervisor sees, by a process of its own: it waits for nobody, and needs no database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_AT_MOST = 180.0  # seconds: whoever takes longer hangs too
_SAY = (sys.executable, "-m", "bot", "alerts", "say")


class Crier:
    """Starts `python -m bot alerts say KEY SENTENCE`, which finds a road out, and looks after those it started."""

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        *,
        command: Sequence[str] = _SAY,
    ) -> None:
        """Nothing is told yet."""
        self._root = root
        self._environment = dict(environment)
        self._say = say
        self._command = command
        self._crying: list[tuple[float, subprocess.Popen[bytes]]] = []

    def tell(self, key: str, sentence: str) -> None:
        """Have it told; what the command says of the road it took goes where our own words go."""
        self.tend()
        self._say(f"to be told: {sentence}")
        try:
            one = subprocess.Popen(
                [*self._command, key, sentence],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=2,
                start_new_session=True,  # it goes on when we end
            )
        except OSError as error:
            self._say(f"that cannot be told: {error}")
            return
        self._crying.append((time.monotonic(), one))

    def tend(self) -> None:
        """Collect those that have ended, and end those that never do."""
        for begun, one in list(self._crying):
            if one.poll() is not None:
                self._crying.remove((begun, one))
            elif time.monotonic() - begun > _AT_MOST:
                one.kill()
