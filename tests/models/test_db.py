"""The Postgres door: a connection that died while it rested costs nobody a transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from models import db as doors
from models.db import Database

_BACKEND = text("select pg_backend_pid()")
_HANG_UP = text(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = :n"
)


async def _pid(database: Database) -> int:
    async with database.begin() as db:
        return int((await db.execute(_BACKEND)).scalar_one())


async def test_a_rested_connection_that_the_server_dropped_is_replaced_unnoticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "_TRUSTED_S", 0.0)
    database, other = Database(database_url, pool=1, name="resting"), Database(database_url, pool=1)
    try:
        before = await _pid(database)
        async with other.begin() as db:
            await db.execute(_HANG_UP, {"n": "resting"})
        assert await _pid(database) != before
    finally:
        await database.close()
        await other.close()


async def test_transactions_in_close_order_use_the_same_connection_untried(database_url: str) -> None:
    database = Database(database_url, pool=1)
    try:
        assert await _pid(database) == await _pid(database)
    finally:
        await database.close()
