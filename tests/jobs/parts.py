"""An Ops on a fresh database of the session's server, with a clock that stands where the test puts it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from jobs import flows
from models import executor, flow, slot
from models.base import Base
from models.cache import Cache
from models.db import Database

KNOWN = (executor, flow, slot)
"""Imported so that their tables are made."""
ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Secrets:
    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = dict(known or {})

    def get(self, name: str) -> str | None:
        return self.known.get(name)


def fresh_database(url: str, name: str, *, engine: bool = True) -> str:
    """A new database with every table the test's modules know, and the engine's own when asked for; its URL."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())
        connection.execute(f'create database "{name}"'.encode())
    found = make_url(url).set(database=name).render_as_string(hide_password=False)
    tables = create_engine(found)
    Base.metadata.create_all(tables)
    tables.dispose()
    if engine:
        flows.migrate(found)
    return found


def policy(**changes: Any) -> Policy:
    shipped = tomllib.loads((ROOT / "bot" / "ops.toml").read_text())
    return Policy.model_validate({**shipped, **changes})


def an_ops(
    url: str, *, clock: Any = None, boot_id: str = "boot-test", cache: Cache | None = None, **changes: Any
) -> Ops:
    """What a deed needs, with the parts a test does not touch left out."""
    database = Database(url)
    return Ops(
        policy=policy(**changes),
        clock=clock or RealClock(),
        db=database,
        cache=cache or Cache(None),
        secrets=Secrets(),
        http=cast("Any", None),
        flows=flows.FlowsClient(url, database.begin),
        departments=(),
        boot_id=boot_id,
    )
