"""The Postgres door: a connection that died while it rested costs nobody a transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.engine.interfaces import DBAPIConnection

from models import db as doors
from models.db import Database

_BACKEND = text("select pg_backend_pid()")
_HANG_UP = text(
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and application_name = :n"
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
            await db.execute(text("set local role none"))
            await db.execute(_HANG_UP, {"n": "resting"})
        assert await _pid(database) != before
    finally:
        await database.close()
        await other.close()


@pytest.mark.parametrize(("trusted", "tries"), [(60.0, 0), (0.0, 1)], ids=["in close order", "after a rest"])
async def test_only_a_connection_that_rested_is_tried_before_it_is_used(
    database_url: str, monkeypatch: pytest.MonkeyPatch, trusted: float, tries: int
) -> None:
    monkeypatch.setattr(doors, "_TRUSTED_S", trusted)
    database, tried = Database(database_url, pool=1), []
    dialect = database.engine.dialect
    ping = dialect.do_ping

    def counted(connection: DBAPIConnection) -> bool:
        tried.append(connection)
        return ping(connection)

    monkeypatch.setattr(dialect, "do_ping", counted)
    try:
        assert await _pid(database) == await _pid(database)
        assert len(tried) == tries
    finally:
        await database.close()
