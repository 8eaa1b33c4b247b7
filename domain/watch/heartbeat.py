"""A heartbeat that travels the whole way: database, worker, outbox, Slack; and what outsiders are told of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel import outbox, vendor_guard
from domain.kernel.card import Card, Context, Moment
from domain.kernel.errors import OpsError, RefusedError
from domain.kernel.ports import Ops
from domain.kernel.vendor import Call, Door
from domain.kernel.vendor_auth import Header
from domain.kernel.vendor_errors import ForbiddenAddressError
from models import outbox as rows
from models import sundial
from models.base import Db
from models.outbox import HEARTBEAT

PING_URL = "OPS_PING_URL"
OVERDUE = timedelta(minutes=11)
"""Two heartbeats are missing."""
_PING_WITHIN = 10.0  # seconds
_GONE = ("message_not_found", "channel_not_found", "parent_not_posted", "parent_has_no_place")
"""What Slack, or we, say of a message that is not there any more."""


@dataclass(frozen=True)
class Standing:
    """Where the message stands in Slack, and when Slack last took it; `at` None while it never did."""

    channel: str | None
    ts: str | None
    at: datetime | None


def card(at: datetime) -> Card:
    """The one message; `at` is when a worker wrote it, which whoever reads the message finds in it."""
    note = Context(("Last beat ", Moment(at)))
    said = "Rewritten every five minutes: when it is older than eleven, something between me and Slack stands still."
    return Card("The house's heartbeat", said, (note,))


async def beat(ops: Ops) -> bool:
    """Rewrite the message, or post it where there is none; False when Slack has taken none for too long."""
    async with ops.db.begin() as db:
        before, now = (await standing(db)).at, await sundial.now(db)
        if await _lost(db):
            await rows.anew(db, HEARTBEAT)
        told = card(now)
        if not await outbox.update(db, key=HEARTBEAT, card=told):
            await outbox.say(db, channel=ops.policy.channels.escalations, card=told, key=HEARTBEAT)
    return before is None or now - before < OVERDUE


async def _lost(db: Db) -> bool:
    """Whether the message is not there to be rewritten: somebody took it away, or it never came to stand.

    One that stands and may not be rewritten is not posted again and again: whoever waits for it tells.
    """
    post, update = await rows.delivery(db, HEARTBEAT), await rows.delivery(db, f"update:{HEARTBEAT}")
    gone = update is not None and update.state == "failed" and update.error in _GONE
    return gone or (post is not None and post.state == "collapsed")


async def standing(db: Db) -> Standing:
    """Where the message stands."""
    post, update = await rows.delivery(db, HEARTBEAT), await rows.delivery(db, f"update:{HEARTBEAT}")
    taken = [one.delivered_at for one in (post, update) if one is not None and one.delivered_at is not None]
    if post is None:
        return Standing(None, None, None)
    return Standing(post.channel_id, post.ts, max(taken, default=None))


def refuse_wrong(address: str | None) -> None:
    """RefusedError when OPS_PING_URL is set and can never be called."""
    if not address:
        return
    try:
        vendor_guard.check(address, address, frozenset())
    except ForbiddenAddressError as error:
        raise RefusedError(f"{PING_URL} must be an https address, or one of this machine.") from error


async def ping(ops: Ops, what: str = "") -> str:
    """Call OPS_PING_URL (`what`: `/start`, `/fail`, or nothing for a success); why it was not taken, if it was not.

    Whoever waits there raises the alarm when this fails, so it is no failure of ours.
    """
    address = ops.secrets.get(PING_URL)
    if not address:
        return ""
    door = Door("ping", address, Header(PING_URL))
    try:
        async with asyncio.timeout(_PING_WITHIN):
            async for _ in ops.http.lines(door, Call(what, known=False)):
                pass
    except OpsError as error:
        return error.detail
    except TimeoutError:
        return f"no answer within {_PING_WITHIN:.0f} s."
    return ""
