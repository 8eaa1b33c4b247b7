"""POST /_sandbox/load: many commands from inside the server, so that a bench pays no HTTP for each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack import envelopes
from sandbox.slack.control_fault import disconnect
from sandbox.slack.deeds import RefusedError, person, place
from sandbox.slack.people import Channel
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
TICK_S = 0.005
MOST_IN_FLIGHT = 1_000


@dataclass(slots=True)
class Tally:
    """What came of a load."""

    sent: int = 0
    lost: int = 0
    refreshes: int = 0
    ack_ms: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    def quantile(self, share: float) -> float | None:
        """The ack time below which this share of the acknowledged commands lies, in milliseconds."""
        if not self.ack_ms:
            return None
        ordered = sorted(self.ack_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Aim:
    """What is sent, by whom, where, and until when."""

    workspace: Workspace
    user: str
    channel: Channel
    command: str
    text: str
    most: float
    ends_at: float

    def over(self, tally: Tally) -> bool:
        """Whether the load is complete."""
        return tally.sent >= self.most or time.perf_counter() >= self.ends_at


async def one(aim: Aim, tally: Tally) -> None:
    """Send one command and note how it went."""
    tally.sent += 1
    payload = envelopes.slash(aim.workspace, aim.user, aim.channel, aim.command, aim.text)
    outcome = await aim.workspace.delivery.send("slash_commands", aim.command, payload)
    if outcome.ack_ms is None:
        tally.lost += 1
        word = outcome.error or "unknown"
        tally.errors[word] = tally.errors.get(word, 0) + 1
    else:
        tally.ack_ms.append(outcome.ack_ms)


async def keep_in_flight(aim: Aim, tally: Tally, width: int) -> None:
    """As fast as they are acknowledged, never more than `width` at once."""

    async def lane() -> None:
        while not aim.over(tally):
            await one(aim, tally)

    await asyncio.gather(*(lane() for _ in range(width)))


async def keep_rate(aim: Aim, tally: Tally, per_second: float) -> None:
    """A steady number a second, whether or not they are acknowledged."""
    began = time.perf_counter()
    running: set[asyncio.Task[None]] = set()
    while not aim.over(tally):
        due = int((time.perf_counter() - began) * per_second) + 1
        while tally.sent < due and not aim.over(tally):
            task = asyncio.ensure_future(one(aim, tally))
            running.add(task)
            task.add_done_callback(running.discard)
            await asyncio.sleep(0)
        await asyncio.sleep(TICK_S)
    await asyncio.gather(*running)


async def refresh(aim: Aim, tally: Tally, every: float) -> None:
    """Ask the oldest connection to leave again and again."""
    while True:
        await asyncio.sleep(every)
        tally.refreshes += 1
        await disconnect(aim.workspace, {"reason": "refresh_requested"})


async def load(workspace: Workspace, body: Json) -> Json:
    """Send many commands: `rate` per second or `in_flight` at once, for `seconds` or `count`."""
    user = person(workspace, body)
    channel = place(workspace, body, user)
    word, _, text = str(body.get("command") or "").partition(" ")
    if not word or not (body.get("rate") or body.get("in_flight")) or not (body.get("seconds") or body.get("count")):
        raise RefusedError("A load needs a command, a rate or a width in flight, and seconds or a count.")
    began = time.perf_counter()
    most = float(body.get("count") or "inf")
    aim = Aim(workspace, user, channel, word, text, most, began + float(body.get("seconds") or "inf"))
    tally = Tally()
    refresher = None
    if body.get("refresh_every"):
        refresher = asyncio.ensure_future(refresh(aim, tally, float(body["refresh_every"])))
    try:
        if body.get("in_flight"):
            await keep_in_flight(aim, tally, min(int(body["in_flight"]), MOST_IN_FLIGHT))
        else:
            await keep_rate(aim, tally, float(body["rate"]))
    finally:
        if refresher is not None:
            refresher.cancel()
    return answer(tally, time.perf_counter() - began)


def answer(tally: Tally, seconds: float) -> Json:
    """The tally as the verb's answer; times in milliseconds."""
    acked = len(tally.ack_ms)
    times = {"p50": tally.quantile(0.5), "p99": tally.quantile(0.99), "max": max(tally.ack_ms, default=None)}
    return {"sent": tally.sent, "acked": acked, "lost": tally.lost, "ack_ms": times, "seconds": round(seconds, 3),
            "per_second": round(acked / seconds, 1), "refreshes": tally.refreshes, "errors": tally.errors}  # fmt: skip


VERBS = {"load": load}
