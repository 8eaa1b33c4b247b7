"""Databases of one's own for a test module: empty at schema head, or holding the real shop with its metrics."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
from sqlalchemy import make_url

from bot.stores import Stores
from models import metric
from models.db import Database
from models.metric import Scope
from tests import databases
from tests.models import order_shop

STRETCHES = (
    (date(2010, 11, 1), date(2011, 1, 31)),  # a Christmas, and OR-2 of the known incidents
    (date(2011, 9, 6), date(2011, 9, 20)),  # OR-4
    (date(2011, 11, 24), date(2011, 12, 9)),  # OR-1, and the end of the data
)
AT = datetime(2011, 12, 10, 6, 0, tzinfo=UTC)
ZONE = "Europe/London"
_SHOP = "shop_template"


def days(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def copy(stores: Stores, template: str, name: str) -> tuple[Database, str]:
    """A new copy of a database on the session's server: its pool, and its URL for psycopg."""
    with psycopg.connect(stores.libpq_url, autocommit=True) as admin:
        databases.drop(admin, name)
        admin.execute(f"create database {name} template {template}".encode())
    url = make_url(stores.database_url).set(database=name).render_as_string(hide_password=False)
    return Database(url), url.replace("postgresql+psycopg://", "postgresql://", 1)


async def shop(stores: Stores, house_template: str, name: str) -> Database:
    """A copy of the shop in three stretches, orders with their metrics; loaded once per session."""
    with psycopg.connect(stores.libpq_url) as admin:
        known = admin.execute("select 1 from pg_database where datname = %s", (_SHOP,)).fetchone()
    if not known:
        await _load(stores, house_template)
    return copy(stores, _SHOP, name)[0]


async def _load(stores: Stores, house_template: str) -> None:
    loading, url = copy(stores, house_template, "shop_loading")
    every = [days(first, last) for first, last in STRETCHES]
    order_shop.load(url, [day for stretch in every for day in stretch])
    for stretch in reversed(every):
        async with loading.begin() as db:
            await metric.refresh(db, days=stretch, kinds={"orders"}, zone=ZONE, at=AT, scope=Scope(loading=True))
    await loading.close()
    with psycopg.connect(stores.libpq_url, autocommit=True) as admin:
        admin.execute(f"alter database shop_loading rename to {_SHOP}".encode())
