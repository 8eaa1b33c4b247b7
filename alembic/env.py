"""Migrations meet the metadata here: the URL comes from the stores, the tables from models/."""

import importlib
import os
import pkgutil

from alembic import context
from sqlalchemy import create_engine, text

import models
from jobs import flows
from models.base import Base

for found in pkgutil.iter_modules(models.__path__):
    importlib.import_module(f"models.{found.name}")


def _ours(name: str | None, kind: str, parents: dict) -> bool:
    """Only our own schema: the engine keeps its tables in a schema of its own."""
    return kind != "schema" or name is None


def migrate() -> None:
    """Bring the database to head, alone: an advisory lock keeps two starts apart."""
    url = context.config.attributes.get("url")
    if not url:
        from bot import settings, stores  # only the release asks where the database is

        url = stores.known(settings.settings().ops_data_dir, os.environ).database_url
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(727001)"))
        connection.execute(text("set lock_timeout = '5s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, include_name=_ours)
        with context.begin_transaction():
            context.run_migrations()
        flows.migrate(str(url))  # the engine's own tables, in a schema of its own
        connection.execute(text("select pg_advisory_unlock(727001)"))
        connection.commit()
    engine.dispose()


migrate()
