"""A backup is private, whole, proven before an old one goes, and holds no secret of the environment."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psycopg
import pytest

from bot import archive, backup, settings
from bot.backup import Request
from bot.stores import Stores
from domain.kernel.errors import OpsError, RefusedError
from tests.jobs.parts import fresh_database

CANARY = "shpat_0123canary4567"


@pytest.fixture
def asked(stores: Stores, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    """A request to back up a fresh database of the session's server."""
    monkeypatch.setenv("DATABASE_URL", fresh_database(stores.database_url, "backed_up"))
    monkeypatch.setenv("REDIS_URL", stores.redis_url or "")
    monkeypatch.setenv("OPS_DATA_DIR", str(folder / "var"))
    monkeypatch.setenv("SHOPIFY_TOKEN", CANARY)
    return Request(settings.settings(), folder / "backups")


def test_a_backup_is_private_whole_and_noted_and_holds_no_secret(asked: Request, tmp_path: Path) -> None:
    said = backup.run(asked.folder, None)
    (path,) = backup.kept(asked.folder)
    assert str(path) in said
    assert "MB in " in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(asked.folder.stat().st_mode) == 0o700
    assert archive.prove(path).schema
    archive.unpack(path, tmp_path)
    assert (tmp_path / archive.POLICY).read_bytes() == asked.found.ops_policy.read_bytes()
    told = archive.tool("pg_restore", "--file=-", str(tmp_path / archive.DATABASE)) + archive.read(path).version
    assert "create table public.trail" in told.lower()
    assert CANARY not in told
    url = str(asked.found.database_url).replace("+psycopg", "")
    with psycopg.connect(url) as db:
        assert db.execute("select place, bytes from backup").fetchall() == [(str(path), path.stat().st_size)]


def test_old_backups_go_only_once_a_new_one_is_proven(asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.folder.mkdir(mode=0o700)
    old = [asked.folder / f"operations-brain-2026010{day}T000000Z.tar" for day in (1, 2, 3)]
    for one in old:
        one.write_bytes(b"old")
    killed = asked.folder / ".making-long-ago"
    killed.mkdir()
    os.utime(killed, (0, 0))
    stranger = asked.folder / "notes.txt"
    stranger.write_text("mine")
    monkeypatch.setenv("DATABASE_URL", f"{asked.found.database_url}_that_is_not_there")
    with pytest.raises(OpsError):
        backup.make(Request(asked.found, asked.folder, keep=1))
    assert sorted(asked.folder.iterdir()) == sorted([*old, stranger])
    monkeypatch.setenv("DATABASE_URL", str(asked.found.database_url))
    made = backup.make(Request(asked.found, asked.folder, keep=2))
    assert backup.kept(asked.folder) == [old[-1], Path(made.place)]
    assert stranger.exists()


def test_a_damaged_or_foreign_file_is_no_backup(asked: Request) -> None:
    path = Path(backup.make(asked).place)
    whole = path.read_bytes()
    half = len(whole) // 2
    path.write_bytes(whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :])
    with pytest.raises(RefusedError, match="damaged"):
        archive.prove(path)
    path.write_bytes(whole[:half])
    with pytest.raises(RefusedError, match="damaged"):
        archive.prove(path)
    path.write_bytes(b"not a tar")
    with pytest.raises(RefusedError, match="no backup"):
        archive.read(path)
    with pytest.raises(RefusedError, match="There is no backup"):
        archive.read(path.with_name("nowhere.tar"))


def test_a_folder_that_others_may_write_into_takes_no_backup(asked: Request) -> None:
    asked.folder.mkdir()
    asked.folder.chmod(0o777)
    with pytest.raises(RefusedError, match="go-w"):
        backup.make(asked)
