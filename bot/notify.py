"""Tells whoever started this process that it is ready, alive and ending, in systemd's words (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

WHERE = "NOTIFY_SOCKET"
EVERY = "WATCHDOG_USEC"
"""Microseconds of silence after which we are taken for hung, and ended."""


def tell(words: str) -> bool:
    """Send one message without ever waiting; False when nobody listens or its queue is full."""
    where = os.environ.get(WHERE, "")
    if not where:
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto(words.encode(), "\0" + where[1:] if where.startswith("@") else where)
        return True
    return False


def every() -> float | None:
    """Seconds between two signs of life, a third of what is asked for; None when nobody asked."""
    asked = os.environ.get(EVERY, "")
    return int(asked) / 3_000_000 if asked.isdigit() and int(asked) else None


@asynccontextmanager
async def awake() -> AsyncIterator[None]:
    """Say that we are ready, then that this event loop turns for as long as it does; at the end, that we are ending."""
    import asyncio  # noqa: PLC0415 - the supervisor speaks too, and stays small

    async def beat(seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            tell("WATCHDOG=1")

    tell("READY=1")
    beating = asyncio.create_task(beat(seconds), name="notify") if (seconds := every()) else None
    try:
        yield
    finally:
        tell("STOPPING=1")
        if beating is not None:
            beating.cancel()
