"""What was known when something was decided: rules, figures with their rows, sources with their age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Db, Json


class Snapshot(Base):
    """One state of knowledge; its id is made of its content, so that equal ones are one row."""

    __tablename__ = "snapshot"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    body: Mapped[Json]
    made_at: Mapped[CreatedAt]


async def keep(db: Db, snapshot_id: str, body: Mapping[str, Any]) -> None:
    """Keep it, once."""
    await db.execute(insert(Snapshot).values(id=snapshot_id, body=dict(body)).on_conflict_do_nothing())


async def of(db: Db, snapshot_id: str) -> dict[str, Any] | None:
    """What a snapshot holds; None when there is none of this id."""
    return (await db.execute(select(Snapshot.body).where(Snapshot.id == snapshot_id))).scalar()
