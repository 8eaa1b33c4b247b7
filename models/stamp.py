"""A stamp on what is stored: another one after every reading of a source, filled window of history and ended slot."""

from __future__ import annotations

from sqlalchemy import text

from models.base import Db

_STAMP = text("""
select concat_ws('/', current_database(), pg_postmaster_start_time(),
  (select max(last_try_at) from connector_state),
  (select max(done_at) from history_window),
  (select max(ended_at) from slot where planned_at > clock_timestamp() - interval '1 day'))
""")


async def now(db: Db) -> str:
    """The stamp on what is stored now; the same as long as no job has written anything."""
    return str((await db.execute(_STAMP)).scalar())
