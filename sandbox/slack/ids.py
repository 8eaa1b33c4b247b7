"""Identifiers in Slack's shapes, drawn from a seed so that a run can be repeated."""

from __future__ import annotations

import random

from sandbox.slack.clock import Clock

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Ids:
    """Hands out ids; `boot` keeps ids of a restarted sandbox apart from those of the run before."""

    def __init__(self, clock: Clock, seed: int, boot: int) -> None:
        self.chance = random.Random(f"{seed}:{boot}")  # noqa: S311  # ids of a sandbox, not secrets
        self._clock = clock
        self._last_us = 0
        self._count = 0
        head = self.chance.getrandbits(80)
        self._uuid_head = (
            f"{head >> 48:08x}-{(head >> 32) & 0xFFFF:04x}-4{(head >> 20) & 0xFFF:03x}-a{head & 0xFFF:03x}"
        )

    def _next(self) -> int:
        self._count += 1
        return self._count

    def ts(self) -> str:
        """A message timestamp: unique and strictly rising."""
        micros = max(int(self._clock.now() * 1_000_000), self._last_us + 1)
        self._last_us = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def seen_ts(self, ts: str) -> None:
        """Never hand out a timestamp at or before one that is already stored."""
        self._last_us = max(self._last_us, int(ts.replace(".", "")))

    def envelope(self) -> str:
        """An envelope id with the look of a version 4 UUID."""
        return f"{self._uuid_head}-{self._next():012x}"

    def named(self, prefix: str) -> str:
        """An id such as V0.., F0.., Ev0..: unique within the sandbox's life."""
        return prefix + "0" + "".join(self.chance.choices(ALPHABET, k=9))

    def short(self) -> str:
        """A short id as Slack gives to blocks and views' hashes."""
        return "".join(self.chance.choices(ALPHABET, k=5))
