"""What is to be said in Slack: one row per message, update, answer or home page, until it is delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import BigInteger, Identity, Index, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db
from models.directory import Channel

Target = Literal["post", "update", "answer", "whisper", "home"]
State = Literal["queued", "sending", "ambiguous", "sent", "failed", "collapsed", "withheld"]
"""`withheld` is a drill: Slack is never asked for it."""
BELL = "outbox"
"""The channel of NOTIFY that wakes the sender."""
OPEN = ("queued", "sending", "ambiguous")
CANARY = "canary"
"""The key of the message by which the bot listens to itself: it is rewritten for as long as the house stands."""
HEARTBEAT = "heartbeat"
"""The key of the message that shows from outside that the whole way to Slack works; rewritten like the other."""


class Outbox(Base):
    """`lane` keeps the order (a channel, one answer, one home); `revision` rises when the content is replaced.

    What is `critical` goes over the second road when Slack does not answer in time; not before `second_at`, if given.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "lane", "id", postgresql_where=text("state in ('queued', 'sending', 'ambiguous')")),
        Index("ix_outbox_thread", "channel_id", "thread_ts", "created_at"),
        Index("ix_outbox_created_at", "created_at"),
        Index(
            "ix_outbox_alarm", "created_at", postgresql_where=text("critical and state not in ('sent', 'collapsed')")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    target: Mapped[str]
    lane: Mapped[str]
    card: Mapped[str]
    channel: Mapped[str | None]
    user_id: Mapped[str | None]
    thread_key: Mapped[str | None]
    thread_ts: Mapped[str | None]
    department: Mapped[str | None]
    broadcast: Mapped[bool] = mapped_column(server_default=text("false"))
    share: Mapped[bool] = mapped_column(server_default=text("false"))
    response_url: Mapped[str | None]
    critical: Mapped[bool] = mapped_column(server_default=text("false"))
    second_at: Mapped[At | None]
    state: Mapped[str] = mapped_column(server_default="queued")
    revision: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    parts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[At | None]
    tried_at: Mapped[At | None]
    channel_id: Mapped[str | None]
    ts: Mapped[str | None]
    rung: Mapped[str | None]
    error: Mapped[str | None]
    digest: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    delivered_at: Mapped[At | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is handed in. `card` is JSON text; `channel` is a name or id, `thread_key` the key of the parent post."""

    key: str
    target: Target
    card: str
    lane: str
    channel: str | None = None
    user_id: str | None = None
    thread_key: str | None = None
    thread_ts: str | None = None
    department: str | None = None
    broadcast: bool = False
    share: bool = False
    response_url: str | None = None
    digest: str | None = None
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row to deliver; `age` is in seconds, and what begins with `parent` belongs to the post above.

    `told_at` is when the second road took it.
    """

    id: int
    draft: Draft
    state: State
    revision: int
    attempts: int
    parts: int
    ts: str | None
    channel_id: str | None
    rung: str | None
    age: float
    tried_at: datetime | None
    parent_state: State | None
    parent_ts: str | None
    parent_channel: str | None
    parent_thread: str | None
    restored_from: datetime | None = None
    """The moment of the backup this house was restored from: Slack may have the message all the same."""
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message; `rung` says which form Slack took."""

    state: State
    ts: str | None
    channel_id: str | None
    rung: str | None
    error: str | None
    delivered_at: datetime | None


def _columns(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Draft.__slots__}


async def add(db: Db, draft: Draft) -> bool:
    """Queue a message and ring the bell at commit; False when its key was there before."""
    row = _columns(draft)
    if draft.target == "post" and draft.channel:
        done = await db.execute(_ADD_POST, row | {"named": draft.channel.removeprefix("#")})
    else:
        done = await db.execute(_ADD, row)
    return done.first() is not None


def _adding(lane: Any) -> Any:
    """Built once: to say something is the most frequent statement of the house."""
    values = {name: bindparam(name) for name in Draft.__slots__} | {"lane": lane}
    return insert(Outbox).values(values).on_conflict_do_nothing().returning(Outbox.id, func.pg_notify(BELL, ""))


_KNOWN = select(Channel.id).where(Channel.name == bindparam("named"), Channel.is_archived.is_(False)).limit(1)
_ADD = _adding(bindparam("lane"))
_ADD_POST = _adding(func.coalesce(_KNOWN.scalar_subquery(), bindparam("lane")))


async def revise(db: Db, key: str, card: str) -> bool:
    """Give a message new content: in place while nobody has seen it, else as an update behind it; False when unknown.

    Several updates that wait become the last one. What has no place in a channel has none to update: it is said anew.
    What was told among others has no message of its own, so that there is nothing to update.
    """
    unseen = (Outbox.key == key) & (Outbox.state == "queued") & (Outbox.attempts == 0)
    fresh = {"card": card, "revision": Outbox.revision + 1}
    done = await db.execute(update(Outbox).where(unseen).values(fresh).returning(Outbox.id))
    if done.first() is None:
        parent = (await db.execute(select(Outbox.__table__).where(Outbox.key == key))).first()
        if parent is None:
            return False
        if parent.state == "collapsed":
            return True
        if parent.target in ("answer", "whisper") or (parent.state in ("sent", "failed") and parent.ts is None):
            reopened = {"state": "queued", "attempts": 0, "parts": 0, "not_before": None}
            await db.execute(update(Outbox).where(Outbox.key == key).values(fresh | reopened))
        else:
            await put(db, _behind(parent, card))
    await ring(db)
    return True


def _behind(parent: Any, card: str) -> Draft:
    """An update of a post, which goes to the person it answers when the post is gone; no post waits before it."""
    return Draft(
        key=f"update:{parent.key}",
        target="update",
        card=card,
        lane=f"update:{parent.key}",
        channel=parent.channel,
        user_id=parent.user_id,
        thread_key=parent.key,
        thread_ts=parent.thread_ts,
    )


async def put(db: Db, draft: Draft, *, opened: bool = False) -> None:
    """Queue the newest content under a key that may be written again and again; `opened` marks a person's visit."""
    row = _columns(draft)
    changes: dict[str, Any] = {
        "card": draft.card, "digest": draft.digest, "revision": Outbox.revision + 1, "state": "queued",
        "attempts": 0, "parts": 0, "not_before": None, "error": None,
    }  # fmt: skip
    if opened:
        changes["created_at"] = func.clock_timestamp()
    await db.execute(insert(Outbox).values(row).on_conflict_do_update(index_elements=["key"], set_=changes))
    await ring(db)


async def at_once(db: Db, key: str) -> None:
    """Let an alarm go over the second road without waiting for Slack."""
    await db.execute(update(Outbox).where(Outbox.key == key).values(second_at=func.clock_timestamp()))


async def urgent(db: Db, key: str, *, seconds: float) -> None:
    """What waits of a message, or of its update, is critical from now on: Slack has so many seconds to take it."""
    waits = Outbox.key.in_((key, f"update:{key}")) & Outbox.state.in_(OPEN)
    later = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    await db.execute(update(Outbox).where(waits).values(critical=True, second_at=later))


async def withhold(db: Db, key: str) -> None:
    """Keep what was just queued from Slack, for a drill."""
    await db.execute(update(Outbox).where(Outbox.key == key, Outbox.state == "queued").values(state="withheld"))


async def ring(db: Db) -> None:
    """Wake the sender when this transaction commits."""
    await db.execute(text("select pg_notify(:bell, '')"), {"bell": BELL})


async def delivery(db: Db, key: str) -> Delivery | None:
    """What became of the message with this key."""
    columns = (Outbox.state, Outbox.ts, Outbox.channel_id, Outbox.rung, Outbox.error, Outbox.delivered_at)
    row = (await db.execute(select(*columns).where(Outbox.key == key))).first()
    return Delivery(cast("State", row.state), *row[1:]) if row else None


async def said(db: Db, key: str) -> str | None:
    """The card of a message that Slack has taken, None while it has not."""
    found = await db.execute(select(Outbox.card).where(Outbox.key == key, Outbox.state == "sent"))
    return found.scalar()


async def last_taken(db: Db, beginning: str) -> tuple[str, datetime] | None:
    """The rest of the key and the time of the newest post whose key begins so and which Slack has taken."""
    mine = (Outbox.target == "post") & Outbox.thread_key.is_(None) & Outbox.delivered_at.is_not(None)
    newest = select(Outbox.key, Outbox.delivered_at).where(mine, Outbox.key.startswith(beginning, autoescape=True))
    row = (await db.execute(newest.order_by(Outbox.id.desc()).limit(1))).first()
    return (row.key.removeprefix(beginning), row.delivered_at) if row else None


async def says(db: Db, key: str, card: str) -> bool:
    """Whether the row of this key holds this card."""
    return (await db.execute(select(Outbox.id).where(Outbox.key == key, Outbox.card == card))).first() is not None


async def replies(db: Db, channel: str, thread_ts: str, *, hours: float = 1.0) -> int:
    """How often the bot answered somebody in one thread lately; what it said of its own accord does not count."""
    since = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, hours * 3600)
    here = or_(Outbox.channel == channel, Outbox.channel_id == channel)
    mine = (Outbox.target == "post") & (Outbox.thread_ts == thread_ts) & (Outbox.created_at > since)
    found = await db.execute(select(func.count()).where(here, mine, Outbox.share))
    return int(found.scalar_one())


async def homes(db: Db, *, hours: float) -> dict[str, str | None]:
    """Who looked at the home page lately, and the digest of what they were shown."""
    since = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, hours * 3600)
    found = await db.execute(
        select(Outbox.user_id, Outbox.digest).where(Outbox.target == "home", Outbox.created_at > since)
    )
    return {row.user_id: row.digest for row in found if row.user_id}


@dataclass(frozen=True, slots=True)
class Mail:
    """How the outbox stands: what waits, what nobody took, and the last complaint."""

    waiting: int
    oldest_at: datetime | None
    failed: int
    last_error: str | None
    last_delivered_at: datetime | None


async def standing(db: Db, *, hours: float = 24.0) -> Mail:
    """What waits now, and what failed within the last `hours`."""
    since = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, hours * 3600)
    open_ = select(func.count(), func.min(Outbox.created_at)).where(Outbox.state.in_(OPEN))
    waiting = (await db.execute(open_)).one()
    lost = (Outbox.state == "failed") & (Outbox.created_at > since)
    failed = int((await db.execute(select(func.count()).where(lost))).scalar_one())
    why = (await db.execute(select(Outbox.error).where(lost).order_by(Outbox.id.desc()).limit(1))).scalar()
    last = (await db.execute(select(func.max(Outbox.delivered_at)).where(Outbox.target == "post"))).scalar()
    return Mail(int(waiting[0]), waiting[1], failed, why, last)


async def anew(db: Db, key: str) -> None:
    """Forget a message and its update, so that it is posted again: it is gone from Slack, or never came there."""
    await db.execute(Outbox.__table__.delete().where(Outbox.key.in_((key, f"update:{key}"))))  # type: ignore[attr-defined]


async def prune(db: Db, *, days: int) -> int:
    """Forget what was settled more than `days` ago, but for the messages that are still rewritten; how many rows."""
    old = Outbox.created_at < func.clock_timestamp() - func.make_interval(0, 0, 0, days)
    kept = Outbox.key.in_((CANARY, HEARTBEAT)) & (Outbox.state == "sent")
    done = await db.execute(Outbox.__table__.delete().where(old, Outbox.state.not_in(OPEN), ~kept))  # type: ignore[attr-defined]
    return int(done.rowcount)
