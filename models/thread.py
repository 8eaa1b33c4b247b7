"""Slack threads the bot takes part in: those below its own posts, and those in which it was asked."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db


class Thread(Base):
    """`key` is the key of the post above the thread; None when a person began it."""

    __tablename__ = "thread"

    channel_id: Mapped[str] = mapped_column(primary_key=True)
    ts: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str | None]
    department: Mapped[str | None]
    created_at: Mapped[CreatedAt]


async def own(db: Db, channel_id: str, ts: str, *, key: str | None = None, department: str | None = None) -> None:
    """From now on plain replies in this thread are for the bot."""
    row = {"channel_id": channel_id, "ts": ts, "key": key, "department": department}
    await db.execute(insert(Thread).values(row).on_conflict_do_nothing())


async def owned(db: Db, channel_id: str, ts: str) -> bool:
    """Whether plain replies in this thread are for the bot."""
    found = await db.execute(select(Thread.ts).where(Thread.channel_id == channel_id, Thread.ts == ts))
    return found.first() is not None


async def key(db: Db, channel_id: str, ts: str) -> str | None:
    """The key of the post above this thread; None when a person began it or it is none of ours."""
    found = await db.execute(select(Thread.key).where(Thread.channel_id == channel_id, Thread.ts == ts))
    return found.scalar()


async def prune(db: Db, *, days: int) -> int:
    """Leave threads that are older than `days` and of which the outbox holds no message any more; how many."""
    gone = await db.execute(
        text(
            "delete from thread t where created_at < clock_timestamp() - make_interval(days => :days) and not exists "
            "(select from outbox o where o.channel_id = t.channel_id and t.ts in (o.ts, o.thread_ts))"
        ),
        {"days": days},
    )
    return int(gone.rowcount)
