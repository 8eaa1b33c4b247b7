"""What the database server says of itself: its version, and whether it keeps what it has promised to keep."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from models.base import Db

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings that must not be off, or an outage of power may lose what was acknowledged."""


@dataclass(frozen=True)
class Server:
    """The version as a number such as 180001, the settings of DURABLE that are off, and whether we are its master."""

    version: int
    off: tuple[str, ...]
    superuser: bool


async def look(db: Db) -> Server:
    """Ask the server; `superuser` is about who logged in, not about the role it works as."""
    row = (await db.execute(_ASKED)).one()
    return Server(row.version, tuple(name for name in DURABLE if getattr(row, name) == "off"), row.superuser)


_ASKED = text("""
select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit,
    (select rolsuper from pg_roles where rolname = session_user) as superuser
""")
