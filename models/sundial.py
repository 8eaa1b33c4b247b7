"""The database's own clock, by which deadlines are judged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from models.base import Db


async def now(db: Db) -> datetime:
    """What time it is at the database, aware UTC."""
    found: datetime = (await db.execute(select(func.clock_timestamp()))).scalar_one()
    return found
