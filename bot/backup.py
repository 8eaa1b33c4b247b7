"""A backup of the running house: dumped in one snapshot, read back to its end, then old ones go."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot import archive, schema, settings, stores, terminal
from bot.settings import ROOT, Settings
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from models import backup as rows
from models import policy_version
from models.backup import Made

_NAME, _STAMP, _MAKING = "operations-brain-", "%Y%m%dT%H%M%SZ", ".making-"
_LEFT_S = 86_400.0


@dataclass(frozen=True)
class Request:
    """What to back up into which folder, and how many archives stay there (None: all)."""

    found: Settings
    folder: Path
    keep: int | None = None


def run(to: Path | None, keep: int | None) -> str:
    """Back the running house up; a sentence with the path, the size and the seconds."""
    found = settings.settings()
    made = make(Request(found, (to or found.ops_data_dir / "backups").absolute(), keep))
    terminal.within(lambda ops: _noted(ops, made))
    return f"{made.place}: {made.bytes / 1e6:.1f} MB in {made.seconds:.1f} s, read back to its end."


async def _in_force(ops: Ops) -> str:
    """The policy a person accepted; empty before the first."""
    async with ops.db.begin() as db:
        now = await policy_version.standing(db, "in_force")
    return now.body if now else ""


async def _noted(ops: Ops, made: Made) -> None:
    async with ops.db.begin() as db:
        await rows.note(db, made)


def make(asked: Request) -> Made:
    """Make one archive; it has its name only once it is proven, and only then do old ones go.

    RefusedError when the folder cannot be used; SystemicError when PostgreSQL's own program fails.
    """
    began, now = time.monotonic(), datetime.now(UTC)
    running = stores.known(asked.found.ops_data_dir, os.environ)
    path = _folder(asked.folder) / f"{_NAME}{now:{_STAMP}}.tar"
    with tempfile.TemporaryDirectory(dir=asked.folder, prefix=_MAKING) as place:
        parts, fresh = Path(place) / "parts", Path(place) / path.name
        parts.mkdir()
        at = schema.current(running.database_url) or ""
        (parts / archive.POLICY).write_text(terminal.within(_in_force) or settings.read(asked.found.ops_policy))
        archive.dump(running.libpq_url, parts / archive.DATABASE)
        archive.write(fresh, parts, {"made_at": now.isoformat(), "schema": at, **_versions()})
        archive.prove(fresh)
        fresh.replace(path)
    _forget(asked.folder, asked.keep)
    return Made(str(path), now, path.stat().st_size, time.monotonic() - began)


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o022:
            raise RefusedError(f"Others may write into {folder}; take that right away (chmod go-w), or choose another.")
        for left in folder.glob(f"{_MAKING}*"):  # by one that was killed
            if time.time() - left.stat().st_mtime > _LEFT_S:
                shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        raise RefusedError(
            f"Backups cannot be put into {folder} ({error.strerror}); choose another with --to."
        ) from error
    return folder


def _versions() -> dict[str, str]:
    program = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return {"version": program, "postgres": archive.tool("pg_dump", "--version").strip()}


def kept(folder: Path) -> list[Path]:
    """The archives of a folder, oldest first; their names are their moments."""
    return sorted(folder.glob(f"{_NAME}*Z.tar"))


def _forget(folder: Path, keep: int | None) -> None:
    for one in kept(folder)[:-keep] if keep else []:
        one.unlink(missing_ok=True)
