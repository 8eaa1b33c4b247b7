"""What the database server says of itself: its version, and whether it keeps what it has promised to keep."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from models.base import Db

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings that must not be off, or an outage of power may lose what was acknowledged."""


@dataclass(frozen=True)
class Server:
    """The version as a number such as 180001, and the settings of DURABLE that are off."""

    version: int
    off: tuple[str, ...]


async def look(db: Db) -> Server:
    """Ask the server."""
    row = (await db.execute(_ASKED)).one()
    return Server(row.version, tuple(name for name in DURABLE if getattr(row, name) == "off"))


_ASKED = text("""
select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit
""")
