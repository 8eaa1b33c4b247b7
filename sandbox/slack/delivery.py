"""Sends envelopes, waits for their acknowledgements, and repeats events nobody acknowledged."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

from sandbox.slack.core import Core
from sandbox.slack.hub import Connection, Hub
from sandbox.slack.journal import encode
from sandbox.slack.traffic import Entry

ACK_WINDOW_S = 3.0
SWEEP_S = 0.02
RETRY_DELAYS_S = (0.0, 60.0, 300.0)
REMEMBERED = 20_000


@dataclass(slots=True)
class Outcome:
    """What became of one envelope. `error` is `operation_timeout`, `dispatch_failed` or None."""

    envelope_id: str
    acked: bool = False
    ack_ms: float | None = None
    payload: dict[str, Any] | None = None
    error: str | None = None


class Pending:
    """An envelope that waits for its acknowledgement."""

    __slots__ = ("deadline", "entry", "envelope_id", "future", "sent_at")

    def __init__(self, envelope_id: str, entry: Entry, sent_at: float, deadline: float) -> None:
        self.envelope_id = envelope_id
        self.entry = entry
        self.sent_at = sent_at
        self.deadline = deadline
        self.future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Delivery:
    """The road from a user's deed to the app and back."""

    def __init__(self, core: Core, hub: Hub) -> None:
        self._core = core
        self._hub = hub
        self._waiting: dict[str, Pending] = {}
        self._queue: deque[Pending] = deque()
        self._given_up: OrderedDict[str, Entry] = OrderedDict()
        self._sweeper: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: list[tuple[Connection, str]] = []
        self.retry_scale = 1.0
        self.ack_window_s = ACK_WINDOW_S

    async def send(self, kind: str, name: str, payload: dict[str, Any], retry: dict[str, Any] | None = None) -> Outcome:
        """Send one envelope to one connection and wait for its acknowledgement, three seconds at most."""
        envelope_id = self._core.ids.envelope()
        extra = "" if retry is None else encode(retry)[1:-1] + ","
        text = encode(payload)
        accepts = "false" if kind == "events_api" else "true"
        frame = (f'{{"envelope_id":"{envelope_id}","type":"{kind}","accepts_response_payload":{accepts},'
                 f'{extra}"payload":{text}}}')  # fmt: skip
        entry = Entry("envelope", name, self._core.clock.now())
        entry.key, entry.request, entry.acked = envelope_id, text, False
        describe(entry, kind, payload)
        self._core.traffic.add(entry)
        connection = self._hub.choose()
        if connection is None:
            entry.ok, entry.error = False, "dispatch_failed"
            return Outcome(envelope_id, error="dispatch_failed")
        now = time.perf_counter()
        pending = Pending(envelope_id, entry, now, now + self.ack_window_s)
        self._wait_for(pending)
        await self._transmit(connection, frame)
        return await pending.future

    async def _transmit(self, connection: Connection, frame: str) -> None:
        faults = self._core.faults
        if not faults.armed:
            await connection.send(frame)
            return
        if faults.find("deaf") is not None:  # the socket lives and answers pings; what should come over it does not
            return
        window = faults.find("reorder")
        if window is not None:
            self._hold(connection, frame, float(window.fields.get("window", 0.2)))
            return
        await connection.send(frame)
        twice = faults.find("duplicate_envelope")
        if twice is not None and faults.strikes(twice):
            await connection.send(frame)

    def _hold(self, connection: Connection, frame: str, window_s: float) -> None:
        self._held.append((connection, frame))
        if len(self._held) == 1:
            self.later(window_s, self._release())

    async def _release(self) -> None:
        held, self._held = self._held, []
        self._core.ids.chance.shuffle(held)
        for connection, frame in held:
            await connection.send(frame)

    def later(self, seconds: float, work: Any) -> None:
        """Run a coroutine after real seconds, and keep hold of it until it is done."""

        async def run() -> None:
            await asyncio.sleep(seconds)
            await work

        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _wait_for(self, pending: Pending) -> None:
        self._waiting[pending.envelope_id] = pending
        self._queue.append(pending)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        now = time.perf_counter()
        while self._queue and (self._queue[0].future.done() or self._queue[0].deadline <= now):
            pending = self._queue.popleft()
            if not pending.future.done():
                self._give_up(pending)
        if self._queue:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def _give_up(self, pending: Pending) -> None:
        self._waiting.pop(pending.envelope_id, None)
        pending.entry.ok, pending.entry.error = False, "operation_timeout"
        pending.future.set_result(Outcome(pending.envelope_id, error="operation_timeout"))
        self._given_up[pending.envelope_id] = pending.entry
        if len(self._given_up) > REMEMBERED:
            self._given_up.popitem(last=False)
        self._core.watchers.tell("status", text="operation_timeout", envelope_id=pending.envelope_id)

    def heard(self, text: str) -> None:
        """A text frame arrived from the app: an acknowledgement, or noise."""
        try:
            frame = json.loads(text)
            envelope_id = frame["envelope_id"]
        except (ValueError, KeyError, TypeError):
            self._log_ack("?", None, error="not_an_acknowledgement", frame=text[:500])
            return
        delay = self._core.faults.find("delay_ack_visibility") if self._core.faults.armed else None
        if delay is None:
            self._acknowledge(envelope_id, frame.get("payload"))
        else:
            seconds = float(delay.fields.get("ms", 1000)) / 1000
            loop = asyncio.get_running_loop()
            loop.call_later(seconds, self._acknowledge, envelope_id, frame.get("payload"))

    def _acknowledge(self, envelope_id: str, payload: dict[str, Any] | None) -> None:
        pending = self._waiting.pop(envelope_id, None)
        if pending is None:
            late = envelope_id in self._given_up
            self._log_ack(envelope_id, payload, error="too_late" if late else "unknown_or_second_ack")
            return
        ack_ms = round((time.perf_counter() - pending.sent_at) * 1000, 3)
        pending.entry.acked, pending.entry.ack_ms = True, ack_ms
        self._log_ack(envelope_id, payload, of=pending.entry, ack_ms=ack_ms)
        if not pending.future.done():
            pending.future.set_result(Outcome(envelope_id, True, ack_ms, payload))

    def _log_ack(self, envelope_id: str, payload: dict[str, Any] | None, *, error: str | None = None,
                 of: Entry | None = None, ack_ms: float | None = None, frame: str = "") -> None:  # fmt: skip
        entry = Entry("ack", of.name if of else "ack", self._core.clock.now())
        entry.key, entry.response, entry.ack_ms, entry.ok, entry.error = envelope_id, payload, ack_ms, not error, error
        if of is not None:
            entry.user, entry.channel = of.user, of.channel
        if frame:
            entry.request = {"frame": frame}
        self._core.traffic.add(entry)

    async def send_event(self, name: str, payload: dict[str, Any]) -> Outcome:
        """Send an event; the answer is the first try's, further tries go on behind it."""
        outcome = await self.send("events_api", name, payload, {"retry_attempt": 0, "retry_reason": ""})
        if not outcome.acked:
            self._retry(name, payload, 1)
        return outcome

    def _retry(self, name: str, payload: dict[str, Any], attempt: int) -> None:
        if attempt <= len(RETRY_DELAYS_S):
            delay = RETRY_DELAYS_S[attempt - 1] * self.retry_scale
            self._core.timers.after(delay, lambda: self.later(0, self._try_again(name, payload, attempt)))

    async def _try_again(self, name: str, payload: dict[str, Any], attempt: int) -> None:
        retry = {"retry_attempt": attempt, "retry_reason": "timeout"}
        outcome = await self.send("events_api", name, payload, retry)
        if not outcome.acked:
            self._retry(name, payload, attempt + 1)

    async def stop(self) -> None:
        """End what is still running."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def describe(entry: Entry, kind: str, payload: dict[str, Any]) -> None:
    """Put who and where on the entry of an envelope."""
    if kind == "slash_commands":
        entry.user, entry.channel = payload["user_id"], payload["channel_id"]
        entry.link = payload["response_url"].rpartition("/")[2]
    elif kind == "events_api":
        event = payload.get("event", {})
        user, channel = event.get("user", ""), event.get("channel", "")
        entry.user = user if isinstance(user, str) else ""
        entry.channel = channel if isinstance(channel, str) else ""
    else:
        entry.user = payload["user"]["id"]
        entry.link = str(payload.get("response_url") or "").rpartition("/")[2]
        entry.channel = (payload.get("channel") or {}).get("id", "")
