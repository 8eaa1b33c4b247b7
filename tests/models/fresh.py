"""A database of one's own for a test module: created empty, with every table of the house."""

from __future__ import annotations

from dataclasses import replace

import psycopg
from sqlalchemy import make_url

from bot.stores import Stores
from models import connector, fact_market, fact_order, fact_stock, metric, pulse, slot, window  # noqa: F401  the tables
from models.base import Base
from models.db import Database


async def database(stores: Stores, name: str) -> tuple[Database, str]:
    """A new database on the session's server: its pool, and its URL for psycopg."""
    with psycopg.connect(stores.libpq_url, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name}")
        admin.execute(f"create database {name}")
    url = make_url(stores.database_url).set(database=name)
    own = replace(stores, database_url=url.render_as_string(hide_password=False))
    opened = Database(own.database_url)
    async with opened.begin() as db:
        await db.run_sync(Base.metadata.create_all)
    return opened, own.libpq_url
