"""Receipts: what the second road and the file answered about an alarm, and the alarms that are still to go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db

SECOND = "second"
FILE = "file"


class Receipt(Base):
    """One answer of one road: `begun` is a try whose end nobody knows; `address` is a place in the list and a kind."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("road in ('second', 'file')", name="road"),
        CheckConstraint("state in ('begun', 'accepted', 'refused')", name="state"),
        Index(
            "uq_receipt_accepted", "key", "road", "address", unique=True, postgresql_where=text("state = 'accepted'")
        ),
        Index("ix_receipt_key", "key"),
        Index("ix_receipt_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str]
    road: Mapped[str] = mapped_column(String(6))
    address: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(String(8))
    said: Mapped[str] = mapped_column(server_default="")
    at: Mapped[CreatedAt]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one send to one address; `said` are the words of whoever answered."""

    address: str
    accepted: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """An alarm Slack has not answered in time: its card as JSON text, Slack's last word, and tries of unknown end."""

    key: str
    card: str
    error: str
    unknown: int


_ACCEPTED = "exists (select from receipt r where r.key = o.key and r.road = 'second' and r.state = 'accepted')"
_UNKNOWN = "(select count(*) from receipt r where r.key = o.key and r.state = 'begun')"
_DUE = f"""
select o.key, o.card, coalesce(o.error, ''), {_UNKNOWN} from outbox o
where o.critical and o.state not in ('sent', 'collapsed') and o.target in ('post', 'update')
  and o.created_at > clock_timestamp() - interval '1 day'
  and coalesce(o.second_at, case o.state when 'failed' then o.created_at
    else o.created_at + make_interval(secs => :after) end) <= clock_timestamp()
  and not {_ACCEPTED} and {_UNKNOWN} < :most
  and not (starts_with(o.key, :once) and exists (select from receipt r where r.key = o.key and r.road = 'file'))
order by o.id limit 100 for update of o skip locked
"""  # noqa: S608  constants of this file


async def due(db: Db, *, after: float, most: int, once: str) -> list[Due]:
    """Alarms of a day that waited `after` seconds, or that Slack refused for good; held until the transaction ends.

    What was tried `most` times without anybody knowing how it ended is left out, and what stands in the file if its key
    begins with `once`.
    """
    return [Due(*row) for row in await db.execute(text(_DUE), {"after": after, "most": most, "once": once})]


_BEGIN = """
update outbox set second_at = clock_timestamp() + make_interval(secs => :again) where key = any(:keys)
"""


async def begin(db: Db, keys: Sequence[str], *, again: float) -> dict[str, int]:
    """Note that these are being sent, before they are; each note by key. Who dies is followed after `again` seconds."""
    await db.execute(text(_BEGIN), {"keys": list(keys), "again": again})
    noted = insert(Receipt).returning(Receipt.key, Receipt.id)
    rows = [{"key": key, "road": SECOND, "state": "begun"} for key in keys]
    return {row[0]: row[1] for row in await db.execute(noted, rows)}


_LATER = """
update outbox set second_at = clock_timestamp()
  + greatest(make_interval(secs => :least), least(make_interval(secs => :most), (clock_timestamp() - created_at) / 2))
where key = any(:keys)
"""


async def settle(
    db: Db, begun: dict[str, int], keys: Sequence[str], told: Sequence[Told], pause: tuple[float, float]
) -> None:
    """How a send ended, for each address, in place of the notes that it began.

    What nobody accepted waits for half its age, within so many seconds at least and at most.
    """
    await db.execute(delete(Receipt).where(Receipt.id.in_([begun[key] for key in keys])))
    rows = [_row(key, SECOND, one) for key in keys for one in told]
    if rows:
        await db.execute(insert(Receipt).on_conflict_do_nothing(), rows)  # another may have told it meanwhile
    if not any(one.accepted for one in told):
        await db.execute(text(_LATER), {"keys": list(keys), "least": pause[0], "most": pause[1]})


def _row(key: str, road: str, one: Told) -> dict[str, Any]:
    state = "accepted" if one.accepted else "refused"
    return {"key": key, "road": road, "address": one.address, "state": state, "said": one.said}


async def unfiled(db: Db, keys: Sequence[str]) -> set[str]:
    """Those of these alarms that do not stand in the file yet."""
    known = select(Receipt.key).where(Receipt.key.in_(list(keys)), Receipt.road == FILE)
    return set(keys) - set((await db.execute(known)).scalars())


async def filed(db: Db, key: str) -> None:
    """Note that an alarm stands in the file."""
    await db.execute(insert(Receipt).values(_row(key, FILE, Told("", accepted=True))))


@dataclass(frozen=True, slots=True)
class Road:
    """The second road as it was last: what each address answered, and the sends whose end nobody knows."""

    last: tuple[Told, ...] = ()
    at: datetime | None = None
    lost: int = 0


_LAST = """
select distinct on (address) address, state = 'accepted', said, at from receipt
where road = 'second' and state <> 'begun' order by address, at desc, id desc
"""
_LOST = f"""
select count(*) from receipt o
where o.state = 'begun' and o.at < clock_timestamp() - interval '5 minutes' and not {_ACCEPTED}
"""  # noqa: S608  constants of this file


async def road(db: Db) -> Road:
    """How the second road stands."""
    rows = (await db.execute(text(_LAST))).all()
    lost = int((await db.execute(text(_LOST))).scalar_one())
    return Road(tuple(Told(*row[:3]) for row in rows), max((row[3] for row in rows), default=None), lost)


@dataclass(frozen=True, slots=True)
class Answer:
    """One receipt as it is shown."""

    road: str
    address: str
    state: str
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: since when, what became of it in Slack (`state` and `error`), and every receipt, oldest first."""

    key: str
    card: str
    said_at: datetime
    state: str
    error: str
    answers: tuple[Answer, ...] = ()

    @property
    def told(self) -> bool:
        """Whether a person had it by one of the roads."""
        second = any(one.road == SECOND and one.state == "accepted" for one in self.answers)
        return second or self.state in ("sent", "collapsed")

    @property
    def told_at(self) -> datetime | None:
        """When the first road took it."""
        return min((one.at for one in self.answers if one.road != FILE and one.state == "accepted"), default=None)


_ALARMS = """
select o.key, o.card, o.created_at, o.state, coalesce(o.error, ''), o.delivered_at, coalesce(o.ts, '') as ts
from outbox o where o.critical and (cast(:key as text) is null or o.key = :key) order by o.id desc limit :most
"""


async def alarms(db: Db, *, key: str | None = None, most: int = 50) -> list[Alarm]:
    """The newest alarms with their receipts, or the one of a key; what Slack took is a receipt too."""
    rows = (await db.execute(text(_ALARMS), {"key": key, "most": most})).all()
    found = await _answers(db, [row[0] for row in rows])
    for row in rows:
        if row.delivered_at:
            found.setdefault(row[0], []).append(Answer("slack", "", "accepted", f"ts {row.ts}", row.delivered_at))
    return [Alarm(row[0], row[1], row[2], row[3], row[4], tuple(found.get(row[0], ()))) for row in rows]


async def _answers(db: Db, keys: Sequence[str]) -> dict[str, list[Answer]]:
    asked = select(Receipt.key, Receipt.road, Receipt.address, Receipt.state, Receipt.said, Receipt.at)
    found: dict[str, list[Answer]] = {}
    for row in await db.execute(asked.where(Receipt.key.in_(list(keys))).order_by(Receipt.id)):
        found.setdefault(row[0], []).append(Answer(*row[1:]))
    return found


async def forget(db: Db, *, days: int) -> int:
    """Delete receipts older than that; how many."""
    old = Receipt.at < func.clock_timestamp() - func.make_interval(0, 0, 0, days)
    return int((await db.execute(delete(Receipt).where(old))).rowcount)
