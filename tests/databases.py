"""Databases of one's own on the session's server: the migrations make one, every other is a copy of it."""

from __future__ import annotations

import psycopg
from sqlalchemy.engine import make_url

from bot import schema

_LEAVE = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and backend_type = 'client backend'"


def fresh_database(url: str, name: str) -> str:
    """A new database with every table of the house and the engine's own; its URL."""
    made = template(url)
    with _administering(url) as connection:
        drop(connection, name)
        connection.execute(f'create database "{name}" template "{made}"'.encode())
    return _named(url, name)


def drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database with whoever is in it; the server sends its own autovacuum away, which `with (force)` may not."""
    connection.execute(_LEAVE, [name])
    connection.execute(f'drop database if exists "{name}"'.encode())


def template(url: str) -> str:
    """The name of a database at schema head on this server, made by the migrations when it is first asked for."""
    name = "house_template"
    with _administering(url) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(f"create database {name}".encode())
            schema.upgrade(_named(url, name))
    return name


def _administering(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
