"""The database's schema version: brought to head by the release, required by everything else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, pool, text
from sqlalchemy.exc import OperationalError

from bot import ports
from bot.settings import ROOT
from domain.kernel.errors import RefusedError, TransientError
from models.db import ROLE

_REFUSED_BY_SERVER = ("authentication failed", "does not exist", "no pg_hba.conf entry", "is not permitted to log in")

_POWERS = text("""
select rolsuper, rolreplication, rolbypassrls, pg_has_role(oid, 'pg_execute_server_program', 'member') as programs,
  pg_has_role(oid, 'pg_write_server_files', 'member') or pg_has_role(oid, 'pg_read_server_files', 'member') as files
from pg_roles where rolname = coalesce(cast(:role as name), current_user)
""")
_MIGHTY = {
    "rolsuper": "is a superuser",
    "rolreplication": "may copy every database of the server",
    "rolbypassrls": "may read past every row's protection",
    "programs": "may start programs on the server",
    "files": "may read or write files of the server",
}
_WITHIN = 60.0  # seconds: it may just be recovering from a crash
log = structlog.get_logger()


def _config(url: str) -> Config:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def head() -> str:
    """The newest revision in alembic/versions."""
    return _versions().get_current_head() or ""


def _versions() -> ScriptDirectory:
    return ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))


def current(url: str) -> str | None:
    """The revision the database is at, None for an empty one.

    RefusedError when the server does not let us in, TransientError when it does not answer, which may pass.
    """
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def powers(url: str, role: str | None = None) -> tuple[str, ...]:
    """What a role, by default our own, may do that no house needs, each as the end of a sentence; raises as above."""
    with _connected(url) as connection:
        row = connection.execute(_POWERS, {"role": role}).one()._asdict()
    return tuple(told for name, told in _MIGHTY.items() if row[name])


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise _unreachable(str(error.orig)) from error
    finally:
        engine.dispose()


def _unreachable(said: str) -> RefusedError | TransientError:
    first = (said.strip().splitlines() or ["no word"])[0]
    if any(words in said for words in _REFUSED_BY_SERVER):
        return RefusedError(f"The database refuses us ({first}); correct DATABASE_URL.")
    return TransientError(f"The database does not answer ({first}); start it, or correct DATABASE_URL.")


def await_answer(ask: Callable[[str], None], url: str) -> None:
    """Ask the database at `url`; one that does not answer is waited for. TransientError when that was in vain."""
    began, told = time.monotonic(), False
    while True:
        try:
            return ask(url)
        except TransientError as error:
            if time.monotonic() - began > _WITHIN:
                raise
            if not told:
                log.warning("the database is waited for", seconds=_WITHIN, why=error.detail)
            told = True
            time.sleep(0.2)


def refuse_no_address(url: str) -> None:
    """RefusedError when DATABASE_URL cannot be read, or names a port or a machine that cannot be."""
    try:
        found = make_url(url)
    except ValueError as error:  # its words repeat a part of the address, which may be the password
        raise RefusedError(
            "DATABASE_URL is not an address such as postgresql://user:password@host:5432/name; correct it."
        ) from error
    if found.port is not None:
        ports.refuse_none("The port in DATABASE_URL", found.port)
    if found.host and not any(_is_known(host) for host in found.host.split(",")):
        raise RefusedError(f"DATABASE_URL names the machine {found.host}, which nobody knows; correct it.")


def _is_known(host: str) -> bool:
    """Whether the name stands for a machine; yes while nobody can say that it does not."""
    try:
        socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        return error.errno not in (socket.EAI_NONAME, socket.EAI_NODATA)
    except UnicodeError:  # longer than any name
        return False
    return True


def require_head(url: str) -> None:
    """Refuse to run on tables of another version."""
    found, wanted = current(url), head()
    if found != wanted:
        _refuse_unknown(found)
        have = found or "empty"
        raise RefusedError(f"The database is at schema {have}, this code needs {wanted}; run: alembic upgrade head")


def require_known(url: str) -> None:
    """Refuse a database that a version of this program has made which is unknown here."""
    _refuse_unknown(current(url))


def filled(url: str) -> bool:
    """Whether the database holds any table."""
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            return any(inspect(connection).get_table_names(schema=name) for name in ("public", "dbos"))
    finally:
        engine.dispose()


def refuse_newer(revision: str) -> None:
    """Refuse a backup whose schema this program does not know."""
    _refuse_unknown(revision)


def _refuse_unknown(found: str | None) -> None:
    known = {script.revision for script in _versions().walk_revisions()}
    if found and found not in known:
        raise RefusedError(
            f"The database was made by another version of this program (schema {found} is unknown here); "
            "use that version, or restore a backup made by this one."
        )


_ADMITTED = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{ROLE}') then create role {ROLE} nologin; end if;
end $$;
grant {ROLE} to current_user;
"""
_FROM_NOW_ON = f"""
alter default privileges in schema public grant select, insert, update, delete on tables to {ROLE};
alter default privileges in schema public grant usage, select on sequences to {ROLE};
"""


def admit(url: str, *, from_now_on: bool = False) -> None:
    """Make the role the house works as, ahead of a restore; behind it, let that role have the tables to come.

    In this order: what a restored table grants it must not be widened, or it could change the trail.
    """
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 5})
    with engine.begin() as connection:
        connection.exec_driver_sql(_FROM_NOW_ON if from_now_on else _ADMITTED)
    engine.dispose()


def upgrade(url: str) -> None:
    """Bring the database to head; RefusedError when a newer program has been here."""
    require_known(url)
    command.upgrade(_config(url), "head")
