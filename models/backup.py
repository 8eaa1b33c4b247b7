"""The backups that were made of this database: when, how large, and where each was put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Float, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, Db


class Backup(Base):
    """One archive that was read back to its end before this row was written."""

    __tablename__ = "backup"

    place: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[At]
    bytes: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float] = mapped_column(Float)


@dataclass(frozen=True)
class Made:
    """A backup: its path, its moment (UTC), its size in bytes, and how long it took."""

    place: str
    made_at: datetime
    bytes: int
    seconds: float


async def note(db: Db, made: Made) -> None:
    """Write down that a backup was made and proven."""
    row = insert(Backup).values(vars(made))
    await db.execute(row.on_conflict_do_update(index_elements=[Backup.place], set_=vars(made)))


async def latest(db: Db) -> Made | None:
    """The newest one; None when none was ever made."""
    columns = (Backup.place, Backup.made_at, Backup.bytes, Backup.seconds)
    row = (await db.execute(select(*columns).order_by(Backup.made_at.desc()).limit(1))).first()
    return Made(*row) if row else None
