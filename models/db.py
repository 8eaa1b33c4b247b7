"""The Postgres door: an engine with bounded waits, and one transaction per unit of work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.base import Db

# Every wait is bounded: a half-open connection must fail in seconds, not in minutes.
_CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "operations-brain",
    "options": "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s -c timezone=UTC",
}

UNREADY = (DBAPIError,)
"""What a question raises while the server is starting or its tables are not there yet."""


class Database:
    """The house's PostgreSQL."""

    def __init__(self, url: str, *, pool: int = 4, name: str = "operations-brain") -> None:
        """Open lazily; `url` is `postgresql+psycopg://...`, `pool` the largest number of connections."""
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=2,
            pool_pre_ping=True,
            pool_recycle=1800,
            pool_timeout=10,
            connect_args={**_CONNECT, "application_name": name},
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Db]:
        """One transaction: commits at the end, rolls back on an error."""
        async with self.engine.begin() as db:
            yield db

    async def ping(self) -> None:
        """Ask the database for one row; raises what the driver raises."""
        async with self.engine.connect() as db:
            await db.execute(text("select 1"))

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
