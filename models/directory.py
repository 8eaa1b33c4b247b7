"""Channels and people of the Slack team, as last read from Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db

_NOW = func.clock_timestamp()


class Channel(Base):
    """A conversation the bot may post to."""

    __tablename__ = "channel"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    is_member: Mapped[bool]
    is_archived: Mapped[bool]
    is_shared_outside: Mapped[bool]
    checked_at: Mapped[CreatedAt]


class Person(Base):
    """A user of the team, without any personal data but the handle; `mail` is a digest, not an address."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(index=True)
    team_id: Mapped[str]
    stranger: Mapped[str]
    mail: Mapped[str] = mapped_column(server_default="")
    checked_at: Mapped[CreatedAt]


@dataclass(frozen=True, slots=True)
class Place:
    """One channel: whether the bot is in it, and whether another company can read it."""

    id: str
    name: str
    is_member: bool
    is_archived: bool
    is_shared_outside: bool


@dataclass(frozen=True, slots=True)
class Who:
    """One person; `stranger` says why nothing is answered to them (`guest`, `bot`, ...), empty for a member.

    `mail` is a digest that two accounts of one mailbox share, empty where Slack tells no address.
    """

    id: str
    handle: str
    team_id: str
    stranger: str
    mail: str = ""


async def keep_channels(db: Db, places: Sequence[Place]) -> None:
    """Remember channels as just read."""
    await _keep(db, Channel, [asdict(place) for place in places])


async def keep_people(db: Db, people: Sequence[Who]) -> None:
    """Remember people as just read."""
    await _keep(db, Person, [asdict(who) for who in people])


async def _keep(db: Db, table: type[Channel | Person], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    fresh = insert(table)
    changes = {name: fresh.excluded[name] for name in rows[0] if name != "id"} | {"checked_at": _NOW}
    await db.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=changes), rows)


async def channel(db: Db, said: str) -> Place | None:
    """A channel by id, or by name with or without its number sign; one the bot is in first."""
    wanted = or_(Channel.id == said, Channel.name == said.removeprefix("#"))
    asked = select(Channel).where(wanted).order_by(Channel.is_archived, Channel.is_member.desc(), Channel.id).limit(1)
    row = (await db.execute(asked)).first()
    return Place(row.id, row.name, row.is_member, row.is_archived, row.is_shared_outside) if row else None


async def channels(db: Db, names: Sequence[str]) -> dict[str, Place]:
    """Channels by name, as far as they are known."""
    found = {name: await channel(db, name) for name in names}
    return {name: place for name, place in found.items() if place is not None}


def _who(row: Any) -> Who:
    return Who(row.id, row.handle, row.team_id, row.stranger, row.mail)


async def person(db: Db, user_id: str, *, fresh_for: float | None = None) -> Who | None:
    """A person by id; None when unknown, or when not checked within the last `fresh_for` seconds."""
    asked = select(Person).where(Person.id == user_id)
    if fresh_for is not None:
        asked = asked.where(Person.checked_at > _NOW - func.make_interval(0, 0, 0, 0, 0, 0, fresh_for))
    row = (await db.execute(asked)).first()
    return _who(row) if row else None


async def person_named(db: Db, handle: str) -> Who | None:
    """A person by handle, with or without its at sign; one who may be answered first."""
    asked = select(Person).where(Person.handle == handle.removeprefix("@")).order_by(Person.stranger, Person.id)
    row = (await db.execute(asked.limit(1))).first()
    return _who(row) if row else None


async def member(db: Db, said: str) -> Who | None:
    """A full member of the team by handle or id; None when there is none."""
    found = await person_named(db, said) or await person(db, said)
    return found if found is not None and not found.stranger else None


async def checked_at(db: Db) -> datetime | None:
    """When the channels were last read."""
    found: datetime | None = (await db.execute(select(func.max(Channel.checked_at)))).scalar()
    return found
