"""Which Slack threads are the bot's business: those below its posts, and those in which it was asked."""

from __future__ import annotations

from models import thread
from models.base import Db


async def join(db: Db, channel_id: str, ts: str) -> None:
    """Take part in a thread from now on: plain replies in it are questions."""
    await thread.own(db, channel_id, ts)


async def ours(db: Db, channel_id: str, ts: str) -> bool:
    """Whether plain replies in this thread are for us."""
    return await thread.owned(db, channel_id, ts)


async def above(db: Db, channel_id: str, ts: str) -> str:
    """The key of our post above this thread; empty when there is none."""
    return await thread.key(db, channel_id, ts) or ""
