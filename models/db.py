"""The Postgres door: an engine with bounded waits, and one transaction per unit of work."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import event, text
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from models.base import Db

ROLE = "operations_brain_app"
"""What the house works as, made by the migrations: it cannot change or delete what the trail says."""

# Every wait is bounded: a half-open connection must fail in seconds, not in minutes.
_CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "operations-brain",
    "options": "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s -c timezone=UTC "
    f"-c role={ROLE}",
}

UNREADY = (DBAPIError,)
"""What a question raises while the server is starting or its tables are not there yet."""
_TRUSTED_S = 1.0
"""A connection that rested for longer is tried before it is used; transactions in close order save the trip."""


class Database:
    """The house's PostgreSQL."""

    def __init__(self, url: str, *, pool: int = 4, name: str = "operations-brain") -> None:
        """Open lazily; `url` is `postgresql+psycopg://...`, `pool` the largest number of connections."""
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=2,
            pool_recycle=1800,
            pool_timeout=10,
            connect_args={**_CONNECT, "application_name": name},
        )
        event.listen(self.engine.sync_engine, "checkin", _rests)
        event.listen(self.engine.sync_engine, "checkout", partial(_tried, self.engine.dialect))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Db]:
        """One transaction: commits at the end, rolls back on an error."""
        async with self.engine.begin() as db:
            yield db

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Db]:
        """For statements that each commit by themselves: two trips to the server less than a transaction of one."""
        async with self.engine.connect() as db:
            yield await db.execution_options(isolation_level="AUTOCOMMIT")

    async def ping(self) -> None:
        """Ask the database for one row; raises what the driver raises."""
        async with self.engine.connect() as db:
            await db.execute(text("select 1"))

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def _rests(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _tried(dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _holder: object) -> None:
    """Have the whole pool renewed when a rested connection does not answer, as after a restart of the server."""
    since = record.info.get("rests_since")
    if since is None or time.monotonic() - since < _TRUSTED_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError("a rested connection does not answer") from error
