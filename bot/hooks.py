"""POST /hooks/{source}: signed webhooks become tasks, stored before they are acknowledged; a bad one has no effect."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog
from aiohttp import web

from bot import hook_signature
from bot.hook_signature import UnsignedError
from domain.kernel import point
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import desk, intake
from domain.tasks.brief import Brief
from domain.tasks.desk import Hand
from models.wire import LOST

MOST_BYTES = 64 * 1024
TAKEN_PER_MINUTE = 120
"""Webhooks of one source that are taken within a minute: each is work, and may become a message."""
NOTED_PER_MINUTE = 5
"""Refusals of one source that the trail gets within a minute; the next row says how many more there were."""
_READ_S = 10.0
_ENVELOPE = {"type", "timestamp", "data"}

log = structlog.get_logger()


class RefusedHookError(Exception):
    """A webhook without an effect."""

    def __init__(self, status: int, why: str) -> None:
        """`why` is a sentence for who sent it."""
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass
class Noted:
    """How many refusals of each source were written down within this minute, and how many were not."""

    minute: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    unwritten: dict[str, int] = field(default_factory=dict)

    def room(self, source: str, seconds: float) -> int | None:
        """How many went unwritten before this one, which is written; None when it is not. `seconds` are steady."""
        if (minute := int(seconds // 60)) != self.minute:
            self.minute, self.rows = minute, {}
        if self.rows.get(source, 0) >= NOTED_PER_MINUTE:
            self.unwritten[source] = self.unwritten.get(source, 0) + 1
            return None
        self.rows[source] = self.rows.get(source, 0) + 1
        return self.unwritten.pop(source, 0)


class Hooks:
    """The intake of webhooks of one process."""

    def __init__(self, ops: Ops) -> None:
        """Nothing is listened to yet."""
        self._ops = ops
        self._noted = Noted()
        self._minute, self._taken_now = 0, Counter[str]()

    async def post(self, request: web.Request) -> web.Response:
        """Take one webhook: 200 with its task (twice is the same one), else a short sentence and no effect."""
        source = request.match_info["source"]
        try:
            told, brief = await self._read(request, source)
            answer = await self._taken(source, told, brief)
        except RefusedHookError as refusal:
            await self._refused(source, refusal)
            return _json({"error": refusal.why}, refusal.status)
        except LOST as error:
            log.warning("hooks.not_taken", source=source, error=type(error).__name__)
            return _json({"error": "I cannot write this down at the moment; send it again."}, 503)
        point.reach("acked")
        return _json(answer, 200)

    async def _read(self, request: web.Request, source: str) -> tuple[str, Brief]:
        key = hook_signature.secret(self._ops.secrets, source)
        if key is None:
            raise RefusedHookError(404, "Nobody listens here.")
        if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
            raise RefusedHookError(415, "The content type must be application/json in UTF-8.")
        body = await _body(request)
        point.reach("envelope_received")
        try:
            told = hook_signature.checked(request.headers, body, key, self._ops.clock.now())
        except UnsignedError as error:
            raise RefusedHookError(401, str(error)) from error
        self._bounded(source)
        try:
            return told, intake.from_fields(_fields(_parsed(body)), self._ops.policy.tasks)
        except InputError as error:
            raise RefusedHookError(400, error.detail) from error

    def _bounded(self, source: str) -> None:
        if (minute := int(asyncio.get_running_loop().time() // 60)) != self._minute:
            self._minute, self._taken_now = minute, Counter()
        self._taken_now[source] += 1
        if self._taken_now[source] > TAKEN_PER_MINUTE:
            raise RefusedHookError(429, f"I take {TAKEN_PER_MINUTE} a minute; send it again in the next one.")

    async def _taken(self, source: str, told: str, brief: Brief) -> dict[str, Any]:
        name = f"hook:{source}"
        try:
            row, new = await desk.hand_in(self._ops, Hand(brief, f"{name}:{told}", name, name, cause=f"{name}:{told}"))
        except InputError as error:  # what its kind of work adds to a brief may be too much for it
            raise RefusedHookError(400, error.detail) from error
        point.reach("row_written")
        return {"task": row.id, "state": row.state, "new": new}

    async def _refused(self, source: str, refusal: RefusedHookError) -> None:
        """Write it down, a few times a minute: a flood must not fill the trail."""
        name = f"hook:{source}" if refusal.status != 404 else "hook:unknown"
        before = self._noted.room(name, asyncio.get_running_loop().time())
        if before is None:
            return
        body = {"status": refusal.status, "unwritten_before": before}
        try:
            await desk.refused(self._ops, name, desk.by(name, refusal.why[:300]), body)
        except LOST as error:
            log.warning("hooks.refusal_not_written", source=name, error=type(error).__name__)


def _json(body: Mapping[str, Any], status: int) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


async def _body(request: web.Request) -> bytes:
    """The body, read no further than it may be long."""
    if (request.content_length or 0) > MOST_BYTES:
        raise RefusedHookError(413, f"A webhook may hold {MOST_BYTES} bytes.")
    found = bytearray()
    try:
        async with asyncio.timeout(_READ_S):
            async for piece in request.content.iter_chunked(8192):
                found += piece
                if len(found) > MOST_BYTES:
                    raise RefusedHookError(413, f"A webhook may hold {MOST_BYTES} bytes.")
    except TimeoutError as error:
        raise RefusedHookError(408, "It took too long to arrive.") from error
    return bytes(found)


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedHookError(400, "The body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise RefusedHookError(400, "The body must be one JSON object.")
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _fields(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts of a brief; an envelope of `type`, `timestamp` and `data` is opened."""
    data = found.get("data")
    return data if isinstance(data, dict) and set(found) <= _ENVELOPE else found
