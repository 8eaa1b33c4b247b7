"""The way out: takes the next row of every lane, delivers it, and writes down what became of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import structlog

from bot.slack_post import RESTORED_LATE, Poster, TroubleError
from bot.slack_verdict import Verdict
from domain.kernel import card as cards
from domain.kernel import point
from domain.kernel.card import Card, Context, Line, Lines, Moment
from models import outbox_sending as sending
from models.base import Db
from models.db import Database
from models.outbox import Draft, Row
from models.outbox_sending import Missed, Placed
from models.wire import LOST

POLL_S = 10.0
AT_ONCE = 16
LONGEST_WAIT_S = 60.0
CLOSED_WAIT_S = 30.0
DATABASE_WAIT_S = 1.0
BACKLOG_AFTER_S = 900.0
BACKLOG_FROM = 5
MOST_TOLD = 30
_NAMED = {"approval": "approval_posted", "escalation": "sent_primary"}
"""What the point between Slack and the row is called for cards that wait for a person."""

log = structlog.get_logger()


class Sender:
    """Sends while `leads` is set; woken by `bell`, and every ten seconds in case a bell was missed."""

    def __init__(self, database: Database, poster: Poster, chance: random.Random) -> None:
        self._database = database
        self._poster = poster
        self._chance = chance
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Event()
        self._room.set()
        self.bell = asyncio.Event()
        self.leads = asyncio.Event()
        self.closed: str | None = None
        self._refused = False
        self.delivered = 0

    async def run(self) -> None:
        """Deliver for as long as the process lives; without a database posts wait."""
        while True:
            await self.leads.wait()
            await self._room.wait()
            try:
                seconds = await self._pump()
            except LOST as error:
                log.warning("slack.outbox_unreadable", error=type(error).__name__)
                seconds = 2.0
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.bell.wait()
            self.bell.clear()

    async def adopt(self) -> None:
        """What the last sender left half done has an unknown outcome; call it before the first row is sent."""
        async with self._database.begin() as db:
            left = await sending.adrift(db)
        if left:
            log.warning("slack.outbox_adrift", rows=left)

    async def _pump(self) -> float:
        """Start what may be sent now; the seconds until something else may be."""
        async with self._database.begin() as db:
            rows = await sending.heads(db, busy=self._busy.keys(), most=AT_ONCE - len(self._busy))
            later = await sending.next_in(db)
        for row in rows:
            task = asyncio.create_task(self._deliver(row), name=f"slack-out-{row.id}")
            self._busy[row.draft.lane] = task
            task.add_done_callback(partial(self._free, row.draft.lane))
        if len(self._busy) >= AT_ONCE:
            self._room.clear()
        return min(POLL_S, later) if later is not None else POLL_S

    def _free(self, lane: str, task: asyncio.Task[None]) -> None:
        self._busy.pop(lane, None)
        self._room.set()
        self.bell.set()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("slack.outbox_broke", lane=lane, exc_info=error)

    async def _deliver(self, row: Row) -> None:
        try:
            await self._try(row)
        except LOST as error:  # the row says `sending` and would stand in front of its lane until the next start
            word = f"database: {type(error).__name__}"
            log.warning("slack.outbox_unreadable", lane=row.draft.lane, error=word)
            await self._settle(lambda db: sending.doubt(db, row, seconds=DATABASE_WAIT_S, error=word))

    async def _try(self, row: Row) -> None:
        if await self._caught_up(row):
            return
        async with self._database.begin() as db:
            if not await sending.begin(db, row):
                return
        try:
            placed = await self._poster.deliver(_late(row), lambda number, so_far: self._noted(row, number, so_far))
        except TroubleError as trouble:
            await self._settle(self._failed(row, trouble))
            return
        except LOST:
            raise
        except Exception as error:  # what cannot even be drawn must not block those behind it
            log.exception("slack.not_drawn", key=row.draft.key)
            word = f"broke: {type(error).__name__}"
            await self._settle(lambda db: sending.failed(db, row, word))
            return
        self.delivered += 1
        self.closed = None
        if row.draft.target == "post":
            point.reach(_NAMED.get(row.draft.key.partition(":")[0], "post_sent"))
        await self._settle(lambda db: sending.sent(db, row, placed))

    def shut(self, verdict: Verdict | None) -> None:
        """What a try of the token itself said: it is refused, or works again; that Slack is away says neither."""
        if verdict is None and self._refused:
            self.closed, self._refused = None, False
            self.bell.set()
        elif verdict is not None and verdict.meaning == "closed":
            self.closed, self._refused = verdict.word, True

    async def _noted(self, row: Row, number: int, placed: Placed) -> None:
        await self._settle(lambda db: sending.part(db, row, number, placed))

    def _failed(self, row: Row, trouble: TroubleError) -> Callable[[Db], Awaitable[None]]:
        """What a failed try means for its row."""
        verdict = trouble.verdict
        if verdict.word == RESTORED_LATE:
            return lambda db: sending.too_late(db, row)
        if verdict.meaning in ("never", "simpler"):
            log.error("slack.not_delivered", key=row.draft.key, channel=row.draft.channel, error=verdict.word)
            return lambda db: sending.failed(db, row, verdict.word)
        seconds = verdict.seconds if verdict.seconds is not None else self._back_off(row.attempts)
        if verdict.meaning == "closed":
            self.closed, seconds = verdict.word, CLOSED_WAIT_S
        doubt = trouble.ambiguous or row.state == "ambiguous"
        log.warning("slack.try_again", key=row.draft.key, error=verdict.word, seconds=round(seconds, 1), unknown=doubt)
        return lambda db: sending.again(db, row, seconds=seconds, error=verdict.word, ambiguous=doubt)

    def _back_off(self, attempts: int) -> float:
        ceiling: float = min(LONGEST_WAIT_S, 2.0 ** min(attempts, 6))
        return self._chance.uniform(ceiling / 2, ceiling)

    async def _settle(self, write: Callable[[Db], Awaitable[None]]) -> None:
        """Write down how a try ended; while the database is away the knowledge waits here."""
        pause = 0.5
        while True:
            try:
                async with self._database.begin() as db:
                    await write(db)
            except LOST as error:
                log.warning("slack.outcome_not_written", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(10.0, pause * 2)
            else:
                return

    # After a long outage

    async def _caught_up(self, row: Row) -> bool:
        """Many posts that waited long become one: the newest of each kind is sent, the rest is told in a list.

        That is done when Slack answers again, so that an outage of hours ends in one list and not in several.
        """
        if row.age < BACKLOG_AFTER_S or row.draft.target != "post" or row.draft.key.startswith("catchup:"):
            return False
        async with self._database.begin() as db:
            if len(await sending.missed(db, row.draft.lane)) < BACKLOG_FROM:
                return False
        if not await self._poster.answers():
            return False
        async with self._database.begin() as db:
            old = await sending.missed(db, row.draft.lane)
            await sending.collapse(db, old, _catch_up(row, old))
        log.warning("slack.caught_up", lane=row.draft.lane, posts=len(old))
        return True

    async def stop(self, seconds: float) -> None:
        """Begin nothing more; let what is on its way arrive, within a bound."""
        self.leads.clear()
        if self._busy:
            await asyncio.wait(list(self._busy.values()), timeout=seconds)
        for task in list(self._busy.values()):
            task.cancel()


def _late(row: Row) -> Row:
    """The row, and on its card that the second road was sooner."""
    if row.told_at is None or row.draft.target != "post":
        return row
    card = cards.from_json(row.draft.card)
    note = Context(("The second road told this before, at", Moment(row.told_at)))
    return replace(row, draft=replace(row.draft, card=cards.to_json(replace(card, parts=(*card.parts, note)))))


def _line(one: Missed) -> Line:
    card = cards.from_json(one.card)
    if one.told_at is None:
        return Line("off", card.title, card.conclusion)
    return Line("off", card.title, f"{card.conclusion} Told by the second road", Moment(one.told_at))


def _catch_up(row: Row, old: list[Missed]) -> Draft:
    lines = tuple(_line(one) for one in old[-MOST_TOLD:])
    more = len(old) - len(lines)
    conclusion = f"Slack could not be reached for a while; {len(old)} messages waited and are told here in short."
    card = Card("What you missed", conclusion, (Lines(lines, heading=f"and {more} older ones" if more else ""),))
    key = f"catchup:{row.draft.lane}:{old[0].id}"
    return Draft(
        key=key,
        target="post",
        card=cards.to_json(card),
        lane=row.draft.lane,
        channel=row.draft.channel or row.draft.lane,
    )
