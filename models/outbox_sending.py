"""The sender's side of the outbox: what is next in every lane, and how each try ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Float, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import aliased

from models import thread
from models.base import Db
from models.outbox import OPEN, Draft, Outbox, Row
from models.receipt import SECOND, Receipt
from models.recovery import RESTORED_FROM, STALE

_NOW = func.clock_timestamp()
_PARENT, _SHORT = aliased(Outbox), aliased(Outbox)
_TOLD_IN = "told in "
"""How the error of a post begins that was told among others, before the key of the message that tells it."""


def _seconds(span: Any) -> Any:
    return func.extract("epoch", span).cast(Float)


_READY = or_(Outbox.not_before.is_(None), Outbox.not_before <= _NOW)


def _told_at(key: Any) -> Any:
    """When the second road took an alarm."""
    took = (Receipt.key == key) & (Receipt.road == SECOND) & (Receipt.state == "accepted")
    return select(func.min(Receipt.at)).where(took).scalar_subquery()


def _above(key: Any) -> Any:
    """The key of the message a reply belongs to: what was told among others is answered there."""
    short = (_SHORT.key == key) & (_SHORT.state == "collapsed") & _SHORT.error.startswith(_TOLD_IN)
    return func.coalesce(select(func.substr(_SHORT.error, len(_TOLD_IN) + 1)).where(short).scalar_subquery(), key)


def _first_of_each_lane(busy: Collection[str]) -> Any:
    free = Outbox.state.in_(OPEN) if not busy else Outbox.state.in_(OPEN) & Outbox.lane.not_in(list(busy))
    columns = (Outbox, _READY.label("ready"))
    return select(*columns).where(free).ext(distinct_on(Outbox.lane)).order_by(Outbox.lane, Outbox.id).subquery()


def _row(found: Any) -> Row:
    draft = Draft(**{name: getattr(found, name) for name in Draft.__slots__})
    kept = {one.name: getattr(found, one.name) for one in fields(Row) if one.name != "draft"}
    return Row(draft=draft, **kept)


async def adrift(db: Db) -> int:
    """After a start: whatever was being sent when the last sender died has an unknown outcome; how many."""
    done = await db.execute(update(Outbox).where(Outbox.state == "sending").values(state="ambiguous"))
    return int(done.rowcount)


async def heads(db: Db, *, busy: Collection[str], most: int) -> list[Row]:
    """The first open row of every lane that is not busy, where it may be tried now; at most so many."""
    first = _first_of_each_lane(busy)
    parent = (
        _PARENT.state.label("parent_state"),
        _PARENT.ts.label("parent_ts"),
        _PARENT.channel_id.label("parent_channel"),
        _PARENT.thread_ts.label("parent_thread"),
        _seconds(_NOW - first.c.created_at).label("age"),
        RESTORED_FROM.label("restored_from"),
        _told_at(first.c.key).label("told_at"),
    )
    ready = select(first, *parent).outerjoin(_PARENT, _PARENT.key == _above(first.c.thread_key))
    found = await db.execute(ready.where(first.c.ready, first.c.state != "sending").limit(most))
    return [_row(one) for one in found]


async def next_in(db: Db) -> float | None:
    """The seconds until the next row that was put off may be tried; None when there is none."""
    soonest = select(_seconds(func.min(Outbox.not_before) - _NOW)).where(
        Outbox.state.in_(OPEN), Outbox.not_before > _NOW
    )
    seconds = (await db.execute(soonest)).scalar()
    return None if seconds is None else max(0.0, float(seconds))


async def begin(db: Db, row: Row) -> bool:
    """Note that a try begins, before it does; False when the content was replaced meanwhile.

    `tried_at` stays that of the first try: from there on Slack may have it.
    """
    same = (Outbox.id == row.id) & (Outbox.revision == row.revision) & (Outbox.state == row.state)
    done = await db.execute(
        update(Outbox)
        .where(same)
        .values(state="sending", attempts=Outbox.attempts + 1, tried_at=func.coalesce(Outbox.tried_at, _NOW))
    )
    return int(done.rowcount) == 1


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a message now stands; `ts` of a home is its hash, `owns` says whether a thread begins below it."""

    channel_id: str | None = None
    ts: str | None = None
    rung: str | None = None
    thread_ts: str | None = None
    owns: bool = False


async def part(db: Db, row: Row, number: int, placed: Placed) -> None:
    """The first `number` parts of a long message are out."""
    values = {"parts": number, "ts": placed.ts, "channel_id": placed.channel_id, "rung": placed.rung}
    await db.execute(update(Outbox).where(Outbox.id == row.id).values(**values))


async def sent(db: Db, row: Row, placed: Placed) -> None:
    """It is delivered; when its content was replaced meanwhile it stays queued with the new one."""
    where = {"channel_id": placed.channel_id, "ts": placed.ts, "rung": placed.rung, "error": None}
    thread_ts = func.coalesce(Outbox.thread_ts, placed.thread_ts)
    await db.execute(update(Outbox).where(Outbox.id == row.id).values(delivered_at=_NOW, thread_ts=thread_ts, **where))
    same = (Outbox.id == row.id) & (Outbox.revision == row.revision)
    await db.execute(update(Outbox).where(same).values(state="sent"))
    if placed.owns and placed.channel_id and placed.ts:
        await thread.own(db, placed.channel_id, placed.ts, key=row.draft.key, department=row.draft.department)


async def failed(db: Db, row: Row, error: str) -> None:
    """It will never be delivered, and why."""
    await db.execute(
        update(Outbox).where(Outbox.id == row.id, Outbox.revision == row.revision).values(state="failed", error=error)
    )


async def too_late(db: Db, row: Row) -> None:
    """It waited in a backup, Slack does not have it, and it is too old to be sent."""
    same = (Outbox.id == row.id) & (Outbox.revision == row.revision)
    await db.execute(update(Outbox).where(same).values(state="collapsed", error=STALE))


async def again(db: Db, row: Row, *, seconds: float, error: str, ambiguous: bool) -> None:
    """Try once more after `seconds`; `ambiguous` when Slack may have taken it."""
    later = _NOW + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    state = "ambiguous" if ambiguous else "queued"
    await db.execute(
        update(Outbox)
        .where(Outbox.id == row.id, Outbox.revision == row.revision)
        .values(state=state, not_before=later, error=error)
    )


async def doubt(db: Db, row: Row, *, seconds: float, error: str) -> None:
    """Nobody knows how far a try came: if it began, Slack may have it; look after `seconds`."""
    later = _NOW + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    begun = (Outbox.id == row.id) & (Outbox.revision == row.revision) & (Outbox.state == "sending")
    await db.execute(update(Outbox).where(begun).values(state="ambiguous", not_before=later, error=error))


_BACKLOG = text("""
select id, key, card, split_part(key, ':', 1) as kind, critical,
       (select min(at) from receipt r where r.key = o.key and r.road = 'second' and r.state = 'accepted') as told_at,
       row_number() over (partition by split_part(key, ':', 1) order by id desc) as newest
from outbox o
where lane = :lane and state = 'queued' and target = 'post'
  and thread_key is null and thread_ts is null
order by id
""")


@dataclass(frozen=True, slots=True)
class Missed:
    """A post that waited through an outage and gives way to a newer one of its kind.

    `told_at` is when the second road took it.
    """

    id: int
    key: str
    card: str
    critical: bool
    told_at: datetime | None


async def missed(db: Db, lane: str) -> list[Missed]:
    """The top-level posts of a lane that wait, without the newest of each kind; oldest first."""
    found = await db.execute(_BACKLOG, {"lane": lane})
    return [Missed(row.id, row.key, row.card, row.critical, row.told_at) for row in found if row.newest > 1]


async def collapse(db: Db, rows: Sequence[Missed], draft: Draft) -> None:
    """Put one catch-up message in the place of the first of these posts; they and their threads are not sent."""
    keys = [row.key for row in rows]
    gone = or_(Outbox.key.in_(keys), Outbox.thread_key.in_(keys)) & Outbox.state.in_(OPEN)
    told = {"state": "collapsed", "error": f"{_TOLD_IN}{draft.key}"}
    await db.execute(update(Outbox).where(gone).values(told))
    await db.execute(
        update(Outbox)
        .where(Outbox.id == rows[0].id)
        .values(
            key=draft.key, card=draft.card, department=None, state="queued", attempts=0, parts=0, error=None,
            not_before=None, revision=Outbox.revision + 1, created_at=_NOW, second_at=None,
            critical=any(row.critical and row.told_at is None for row in rows),
        )
    )  # fmt: skip
    copy = {"key": keys[0], "target": "post", "lane": draft.lane, "card": rows[0].card, "critical": rows[0].critical}
    await db.execute(insert(Outbox).values(copy | told))
