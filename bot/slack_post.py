"""Delivers one row of the outbox: in the richest form Slack takes, at its pace, by another road when one is shut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from bot.slack_directory import Directory
from bot.slack_verdict import Verdict
from domain.kernel import card as cards
from domain.kernel.card import Context
from domain.kernel.department import Department
from handlers import blocks
from handlers.blocks import Message, Rung
from models.outbox import Row
from models.outbox_sending import Placed

EVENT_TYPE = "operations_brain"
SHARED_CHECK_S = 60.0
"""How old may be what is known of who reads a channel, when something is posted there."""
CLOCKS_APART_S = 600.0
RESTORED_LATE, RESTORED_LATE_S = "restored_too_late", 3600.0
"""After a restore: what waited this long, and is not in Slack, is told in one list instead."""
MOST_ANSWERS = 4
"""A response URL serves five times; one use is kept for a placeholder."""
URL_LIVES_S = 29 * 60.0
_SHUT = frozenset({"channel_not_found", "not_in_channel", "thread_not_found"})
"""Where nothing can be looked up because nothing can be posted there either."""

Body = dict[str, Any]
_FOLDED: Body = {"unfurl_links": False, "unfurl_media": False}
Noted = Callable[[int, Placed], Awaitable[None]]
"""Told after each part of a long message that went out."""


class TroubleError(Exception):
    """A delivery that did not end; `ambiguous` when Slack may have taken it nevertheless."""

    def __init__(self, verdict: Verdict, *, ambiguous: bool = False) -> None:
        super().__init__(verdict.word)
        self.verdict = verdict
        self.ambiguous = ambiguous


def never(word: str) -> TroubleError:
    """This will not be delivered, and why."""
    return TroubleError(Verdict("never", word))


class Bucket:
    """One post a second per channel: the next may go when the last is old enough."""

    def __init__(self, per_second: float) -> None:
        self._space = 1.0 / per_second
        self._next: dict[str, float] = {}

    async def take(self, channel: str) -> None:
        """Wait for this channel's turn."""
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._next.get(channel, 0.0))
        self._next[channel] = at + self._space
        if at > loop.time():
            await asyncio.sleep(at - loop.time())


@dataclass(frozen=True)
class Spot:
    """Where a post goes: a channel id, and the thread in it."""

    channel: str
    thread_ts: str | None = None


class Poster:
    """Knows every road into Slack."""

    def __init__(self, api: AsyncWebClient, pool: aiohttp.ClientSession, directory: Directory, bucket: Bucket) -> None:
        self._api = api
        self._pool = pool
        self._directory = directory
        self._bucket = bucket
        self.voices: Mapping[str, Department] = {}

    async def answers(self) -> bool:
        """Whether Slack takes calls of ours now."""
        try:
            await self._api.auth_test()
        except slack_verdict.FAILED:
            return False
        return True

    async def deliver(self, row: Row, noted: Noted) -> Placed:
        """Deliver what is left of a row; raises TroubleError."""
        if row.draft.target == "home":
            return await self._home(row)
        if row.draft.target == "answer":
            return await self._answer(row)
        if row.draft.target == "whisper":
            return await self._whisper(row)
        try:
            return await self._post(row, noted)
        except TroubleError as trouble:
            if trouble.verdict.meaning != "never" or trouble.verdict.word == RESTORED_LATE or not row.draft.user_id:
                raise
            return await self._whisper(_apart(row))

    # Posts and updates

    async def _post(self, row: Row, noted: Noted) -> Placed:
        spot = await self._spot(row)
        placed = Placed(row.channel_id, row.ts, row.rung) if row.parts else None
        number = row.parts
        if row.draft.target == "post" and (row.state == "ambiguous" or row.restored_from):
            found = await self._lookup(row, spot, _part_key(row, number))
            if found is None and _waited_in_a_backup(row):
                raise never(RESTORED_LATE)
            if found is not None:
                placed = placed or Placed(spot.channel, found, row.rung)
                number += 1
                await noted(number, placed)
        while True:
            messages = blocks.of(cards.from_json(row.draft.card), _rung(placed))
            if number >= len(messages) and placed is not None:
                break
            ts, rung = await self._one(row, spot, placed, number)
            placed = placed or Placed(spot.channel, ts, rung)
            number += 1
            if number < len(blocks.of(cards.from_json(row.draft.card), _rung(placed))):
                await noted(number, placed)
        top = row.draft.target == "post" and spot.thread_ts is None
        return replace(placed, owns=top, thread_ts=spot.thread_ts)

    async def _one(self, row: Row, spot: Spot, first: Placed | None, number: int) -> tuple[str, Rung]:
        """Send one part in the richest form Slack takes; its ts and the form."""
        refused: TroubleError = never("no_form")
        for rung, message in _forms(row, first, number):
            try:
                return await self._send(row, spot, message, (number, first)), rung
            except TroubleError as trouble:
                if trouble.verdict.meaning != "simpler":
                    raise
                refused = trouble
        raise never(refused.verdict.word)

    async def _send(self, row: Row, spot: Spot, message: Message, at: tuple[int, Placed | None]) -> str:
        number, first = at
        body = _content(message)
        if row.draft.target == "update" and number == 0:
            body |= {"channel": spot.channel, "ts": row.parent_ts}
            await self._write("chat.update", body, unknown=False)
            return str(row.parent_ts)
        thread_ts = spot.thread_ts or (first.ts if first is not None else None)
        body |= {"channel": spot.channel, **_FOLDED, **self._voice(row)}
        body["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": _part_key(row, number)}}
        if thread_ts:
            body |= {"thread_ts": thread_ts} | ({"reply_broadcast": True} if row.draft.broadcast else {})
        await self._bucket.take(spot.channel)
        return str((await self._write("chat.postMessage", body))["ts"])

    async def _write(self, method: str, body: Body, *, unknown: bool = True) -> Body:
        """Call Slack; `unknown` says whether an unclear outcome must be looked up before the next try."""
        try:
            return await slack_api.write(self._api, method, body)
        except SlackApiError as error:
            if slack_api.error_of(error) == "missing_scope" and "username" in body:
                plain = {name: value for name, value in body.items() if name not in ("username", "icon_emoji")}
                return await self._write(method, plain, unknown=unknown)
            verdict = slack_verdict.of(error)
            raise TroubleError(verdict, ambiguous=unknown and verdict.meaning == "unknown") from error
        except slack_verdict.FAILED as error:
            verdict = slack_verdict.of(error)
            raise TroubleError(verdict, ambiguous=unknown and verdict.meaning == "unknown") from error

    def _voice(self, row: Row) -> Body:
        department = self.voices.get(row.draft.department or "")
        return {"username": department.name, "icon_emoji": department.icon} if department is not None else {}

    async def _spot(self, row: Row) -> Spot:
        """Where it goes; raises what must be waited for or will never be."""
        if row.draft.thread_key is not None:
            _check_parent(row)
            if row.draft.target == "update":
                return Spot(str(row.parent_channel), row.parent_thread)
        thread_ts = row.parent_ts if row.draft.thread_key is not None else row.draft.thread_ts
        return Spot(await self._channel(row.draft.channel or ""), thread_ts)

    async def _channel(self, said: str) -> str:
        """The id of a channel the company's data may go to."""
        try:
            if said.startswith("@") or (said[:1] in "UW" and said.isalnum() and said.isupper()):
                direct = await self._directory.direct(said)
                if direct is None:
                    raise never("user_not_found")
                return direct
            now = asyncio.get_running_loop().time()
            place = await self._directory.place(said, now, fresh_for=SHARED_CHECK_S)
        except slack_verdict.FAILED as error:
            raise TroubleError(slack_verdict.of(error)) from error
        if place is None:
            raise never("channel_not_found")
        if place.is_shared_outside:
            raise never("shared_with_another_company")
        return place.id

    async def _lookup(self, row: Row, spot: Spot, key: str) -> str | None:
        """The ts of the message with our key, if Slack has it."""
        known = [at.timestamp() for at in (row.tried_at, row.restored_from) if at is not None]
        since = f"{min(known) - CLOCKS_APART_S:.6f}" if known else "0"
        args = {"channel": spot.channel, "oldest": since, "include_all_metadata": "true"}
        thread_ts = spot.thread_ts or (row.ts if row.parts else None)
        method = "conversations.replies" if thread_ts else "conversations.history"
        try:
            items = slack_api.pages(self._api, method, "messages", **args, **({"ts": thread_ts} if thread_ts else {}))
            async for item in items:
                if ((item.get("metadata") or {}).get("event_payload") or {}).get("key") == key:
                    return str(item["ts"])
        except slack_verdict.FAILED as error:
            verdict = slack_verdict.of(error)
            meaning = "unknown" if verdict.meaning == "never" and verdict.word not in _SHUT else verdict.meaning
            raise TroubleError(Verdict(meaning, f"lookup_{verdict.word}", verdict.seconds), ambiguous=True) from error
        return None

    # Answers, whispers, homes

    async def _answer(self, row: Row) -> Placed:
        """Through the response URL; when that takes no more, as a private message in the channel."""
        url, seen = row.draft.response_url, row.ts is not None or row.state == "ambiguous"
        if row.age > URL_LIVES_S or not url:
            return await self._whisper(row)
        try:
            for number, message in enumerate(_few(blocks.of(cards.from_json(row.draft.card)))):
                replaces = number == 0 and seen and row.draft.key.startswith("answer:command:")
                how = {"response_type": "ephemeral", "replace_original": replaces, **_FOLDED}
                await _either(message, partial(self._respond, url, how))
        except TroubleError as trouble:
            if trouble.verdict.meaning != "never":
                raise
            return await self._whisper(row)
        return Placed(ts="private", rung="rich")

    async def _respond(self, url: str, how: Body, said: Body) -> None:
        try:
            async with self._pool.post(url, json=how | said, proxy=self._api.proxy) as answer:
                text = (await answer.text())[:200]
                status, wait = answer.status, answer.headers.get("Retry-After")
        except slack_verdict.FAILED as error:
            raise TroubleError(slack_verdict.of(error), ambiguous=True) from error
        if status == 429:
            raise TroubleError(Verdict("wait", "ratelimited", float(wait or 1)))
        if status >= 500:
            raise TroubleError(Verdict("unknown", f"http_{status}"), ambiguous=True)
        if status != 200:
            word = "simpler" if "invalid_blocks" in text else "never"
            raise TroubleError(Verdict(word, f"response_url_{status}"))  # type: ignore[arg-type]

    async def _whisper(self, row: Row) -> Placed:
        """Only for one person's eyes: in the channel if both are there, else as a direct message."""
        channel, user = row.draft.channel, row.draft.user_id or ""
        messages = blocks.of(cards.from_json(row.draft.card))
        if channel:
            where = {"channel": channel, "user": user}
            where |= {"thread_ts": row.draft.thread_ts} if row.draft.thread_ts else {}
            try:
                for message in messages:
                    await _either(message, partial(self._tell, "chat.postEphemeral", where))
                return Placed(channel, None, "rich")
            except TroubleError as trouble:
                if trouble.verdict.meaning != "never":
                    raise
        direct = await self._channel(user)
        for number, message in enumerate(messages):
            key = _part_key(row, number)
            if row.state == "ambiguous" and await self._lookup(row, Spot(direct), key) is not None:
                continue
            await self._bucket.take(direct)
            metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
            where = _FOLDED | {"channel": direct, "metadata": metadata}
            await _either(message, partial(self._tell, "chat.postMessage", where))
        return Placed(direct, None, "rich")

    async def _tell(self, method: str, where: Body, said: Body) -> None:
        await self._write(method, where | said, unknown=method == "chat.postMessage")

    async def _home(self, row: Row) -> Placed:
        body: Body = {"user_id": row.draft.user_id, "view": json.loads(row.draft.card)}
        try:
            answer = await self._write("views.publish", body | ({"hash": row.ts} if row.ts else {}), unknown=False)
        except TroubleError as trouble:
            if trouble.verdict.word != "hash_conflict":
                raise
            answer = await self._write("views.publish", body, unknown=False)
        return Placed(None, str((answer.get("view") or {}).get("hash") or "") or None, "rich")


async def _either(message: Message, send: Callable[[Body], Awaitable[None]]) -> None:
    """Send a message, or only its words when Slack refuses its form."""
    try:
        await send(_content(message))
    except TroubleError as trouble:
        if trouble.verdict.meaning != "simpler":
            raise
        await send(_content(blocks.simplified(message)))


def _apart(row: Row) -> Row:
    """An answer that the channel does not take, for the person alone."""
    card = cards.from_json(row.draft.card)
    note = Context(("Only you can see this, because Slack does not let me post it where you asked.",))
    told = cards.to_json(replace(card, parts=(*card.parts, note)))
    return replace(row, parts=0, draft=replace(row.draft, card=told))


def _few(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """As many parts as a response URL can carry; that there is more is said."""
    if len(messages) <= MOST_ANSWERS:
        return messages
    return (*messages[: MOST_ANSWERS - 1], Message("There is more than fits into a private answer; ask for less."))


def _waited_in_a_backup(row: Row) -> bool:
    """Whether it was written before the backup this house was restored from, and longer ago than anybody cares for."""
    if row.restored_from is None:
        return False
    return row.age > max(RESTORED_LATE_S, (datetime.now(UTC) - row.restored_from).total_seconds())


def _check_parent(row: Row) -> None:
    if row.parent_state is None or row.parent_state in ("failed", "collapsed"):
        raise never("parent_not_posted")
    if row.parent_state == "sent" and row.parent_ts is None:
        raise never("parent_has_no_place")
    if row.parent_ts is None or row.parent_state != "sent":
        raise TroubleError(Verdict("wait", "parent_not_posted_yet", 0.5))


def _rung(placed: Placed | None) -> Rung:
    rung = placed.rung if placed is not None else None
    return rung if rung in ("rich", "classic", "text") else "rich"  # type: ignore[return-value]


def _forms(row: Row, first: Placed | None, number: int) -> Iterator[tuple[Rung, Message]]:
    """The forms of one part, richest first; later parts keep the form of the first."""
    card = cards.from_json(row.draft.card)
    if first is None or not number:
        yield from ((rung, blocks.of(card, rung)[0]) for rung in blocks.LADDER)
        return
    rung = _rung(first)
    part = blocks.of(card, rung)[number]
    yield rung, part
    yield rung, blocks.simplified(part)


def _part_key(row: Row, number: int) -> str:
    return f"{row.draft.key}+{number}" if number else row.draft.key


def _content(message: Message) -> Body:
    """Blocks with their notification text, or a text that is shown as it is."""
    if message.blocks:
        return {"text": message.text, "blocks": list(message.blocks)}
    return {"text": message.text, "parse": "none", "blocks": []}
