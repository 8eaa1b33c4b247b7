"""Migrations meet the metadata here: the URL comes from the stores, the tables from models/."""

import importlib
import os
import pkgutil
import sys

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


def _released_to() -> str:
    """Where the release finds its database; one it cannot use ends it with a sentence."""
    from bot import schema, settings, stores  # noqa: PLC0415 - only the release asks where the database is
    from domain.kernel.errors import EXIT_REFUSED, OpsError, RefusedError  # noqa: PLC0415

    try:
        url = stores.known(settings.settings().ops_data_dir, os.environ).database_url
        schema.require_known(url)
    except OpsError as error:
        print(error.detail, file=sys.stderr)
        sys.exit(EXIT_REFUSED if isinstance(error, RefusedError) else 1)
    return url


def migrate() -> None:
    """Bring the database to head, alone: an advisory lock keeps two starts apart."""
    engine = create_engine(context.config.attributes.get("url") or _released_to())
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(727001)"))
        connection.execute(text("set lock_timeout = '5s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, include_name=_ours)
        with context.begin_transaction():
            context.run_migrations()
        # The engine's own tables, in a schema of its own.
        flows.migrate(engine.url.render_as_string(hide_password=False))
        connection.execute(text("select pg_advisory_unlock(727001)"))
        connection.commit()
    engine.dispose()


migrate()
