"""A connection that stays open: it holds advisory locks while this process lives, and hears NOTIFY."""

from __future__ import annotations

from psycopg import AsyncConnection, Error
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, SQLAlchemyError

from models.db import Database

INBOX = 0x0B01
"""Kind of the lock that says: the process with this number lives."""
OUTBOX = 0x0B02
"""Kind of the lock that says: this process is the one that sends."""

LOST: tuple[type[Exception], ...] = (SQLAlchemyError, Error, OSError, TimeoutError)
"""What any use of the database may raise when it is gone, slow or read-only."""
UnwritableError = DataError
"""A value the database cannot hold."""


class Wire:
    """One session of the database, outside of the pool."""

    def __init__(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        """Use `open` instead."""
        self._connection = connection

    @classmethod
    async def open(cls, database: Database, *, name: str) -> Wire:
        """Connect; `name` is what the database shows. Raises what LOST names."""
        address = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return cls(
            await AsyncConnection.connect(
                address,
                autocommit=True,
                connect_timeout=5,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
                tcp_user_timeout=15_000,
                application_name=name,
            )
        )

    @property
    def closed(self) -> bool:
        """Whether the connection is known to be gone."""
        return self._connection.closed

    async def lock(self, kind: int, number: int) -> bool:
        """Hold a lock until this connection ends; False when another process holds it."""
        found = await self._connection.execute("select pg_try_advisory_lock(%s, %s)", (kind, number))
        row = await found.fetchone()
        return bool(row and row[0])

    async def listen(self, channel: str) -> None:
        """Hear what is sent to `channel` from now on."""
        await self._connection.execute(f'listen "{channel}"'.encode())

    async def wait(self, seconds: float) -> bool:
        """Whether the bell rang within `seconds`."""
        return bool(await self.heard(seconds))

    async def heard(self, seconds: float) -> list[str]:
        """What the bell said when it rang first within `seconds`; it may have rung several times at once."""
        return [bell.payload async for bell in self._connection.notifies(timeout=seconds, stop_after=1)]

    async def close(self) -> None:
        """Hang up; the locks go with it."""
        await self._connection.close()
