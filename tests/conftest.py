"""What every test may ask for: `stores`, one real PostgreSQL and Valkey, and `vendor_server`, the sandbox's vendors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot import schema
from bot import stores as houses_stores

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the many processes compiles every package again


@pytest.fixture(scope="session")
def stores() -> Iterator[houses_stores.Stores]:
    """An embedded PostgreSQL 18 and Valkey of this session (of this worker under xdist); not fsynced, for speed."""
    folder = Path(tempfile.mkdtemp(prefix="operations-brain-"))
    folder.chmod(0o711)  # as root the servers run under their own account and must be able to walk in
    try:
        with houses_stores.embedded(folder / "var", {}, durable=False) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def vendor_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the sandbox's vendors, a process of their own whose clock stands on a Friday in November."""
    state = tmp_path_factory.mktemp("vendors")
    line = [sys.executable, "-m", "sandbox", "vendors", "--port", "0", "--state", str(state), "--seed", "7"]
    process = subprocess.Popen([*line, "--now", "2026-11-20T11:30:00"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="session")
def house_template(stores: houses_stores.Stores) -> str:
    """The name of a database at schema head, made by the migrations; copies of it are cheap."""
    name = "house_template"
    _administer(stores, f"create database {name}")
    schema.upgrade(_of(stores, name))
    return name


@pytest.fixture(scope="module")
def database_url(stores: houses_stores.Stores, house_template: str, request: pytest.FixtureRequest) -> str:
    """A database of the module's own, at schema head."""
    name = "house_" + "".join(letter if letter.isalnum() else "_" for letter in request.module.__name__)[-50:].lower()
    _administer(
        stores, f"drop database if exists {name} with (force)", f"create database {name} template {house_template}"
    )
    return _of(stores, name)


def _administer(stores: houses_stores.Stores, *statements: str) -> None:
    with psycopg.connect(stores.libpq_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _of(stores: houses_stores.Stores, name: str) -> str:
    return make_url(stores.database_url).set(database=name).render_as_string(hide_password=False)
