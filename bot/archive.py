"""A backup as one file: the database, the policy, and a manifest whose digests prove both."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot import binaries
from domain.kernel.errors import RefusedError, SystemicError

DATABASE, POLICY, MANIFEST = "database.dump", "policy.toml", "manifest.json"
_FORMAT = 1
_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself: `made_at` in UTC (ISO 8601), the schema's revision, and sha256 by file."""

    made_at: str
    schema: str
    version: str
    postgres: str
    sha256: Mapping[str, str]
    format: int = _FORMAT


def tool(name: str, *arguments: str, url: str = "") -> str:
    """Run one of PostgreSQL's own programs to its end; what it said. SystemicError with its last line.

    The password goes through the environment, which only we and root can read.
    """
    plain, secret = _apart(url)
    line = [str(binaries.tools() / name), *([f"--dbname={plain}"] if url else []), *arguments]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **secret}
    done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise SystemicError(f"{name} failed: {said[-1]}")
    return done.stdout.decode(errors="replace")


def _apart(url: str) -> tuple[str, dict[str, str]]:
    """An address without its password, and the password as libpq's variable."""
    found = urlsplit(url)
    if not found.password:
        return url, {}
    plain = found._replace(netloc=found.netloc.replace(f":{found.password}@", "@", 1)).geturl()
    return plain, {"PGPASSWORD": unquote(found.password)}


def dump(url: str, path: Path) -> None:
    """Dump a database in one snapshot, and read the dump back to its end."""
    tool("pg_dump", "--format=custom", "--lock-wait-timeout=10s", f"--file={path}", url=url)
    tool("pg_restore", "--file=/dev/null", str(path))


def write(path: Path, folder: Path, about: Mapping[str, Any]) -> Manifest:
    """Put the files of `folder` into a new archive at `path`, mode 0600; the manifest it was given."""
    names = [one.name for one in sorted(folder.iterdir())]
    manifest = Manifest(**about, sha256={name: _digest(folder / name) for name in names})
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name in (MANIFEST, *names):
                tar.add(folder / name, name, filter=_nobodys)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _nobodys(found: tarfile.TarInfo) -> tarfile.TarInfo:
    found.uid = found.gid = 0
    found.uname = found.gname = ""
    found.mode = 0o600
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prove(path: Path) -> Manifest:
    """Read an archive back to its end and hold it against its digests; RefusedError when it is not whole."""
    manifest = read(path)
    with tarfile.open(path) as tar:
        for name, digest in manifest.sha256.items():
            if _inside(tar, name) != digest:
                raise RefusedError(f"{path} is damaged: {name} is not what was written; use another backup.")
    return manifest


def _inside(tar: tarfile.TarFile, name: str) -> str:
    told = hashlib.sha256()
    with suppress(KeyError, EOFError, tarfile.TarError):  # cut off: what is there has another digest
        found = tar.extractfile(name)
        while found is not None and (block := found.read(_BLOCK)):
            told.update(block)
    return told.hexdigest()


def read(path: Path) -> Manifest:
    """What an archive says of itself; RefusedError when it is none of ours."""
    try:
        with tarfile.open(path) as tar:
            found = tar.extractfile(MANIFEST)
            said: dict[str, Any] = json.loads(found.read(_BLOCK)) if found else {}
        manifest = Manifest(**said)
    except FileNotFoundError:
        raise RefusedError(f"There is no backup {path}.") from None
    except (OSError, EOFError, tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise RefusedError(f"{path} is no backup of this program, or is damaged.") from error
    if manifest.format != _FORMAT or DATABASE not in manifest.sha256:
        raise RefusedError(f"{path} was made by another version of this program (format {manifest.format}).")
    return manifest


def unpack(path: Path, folder: Path, names: Sequence[str] = (DATABASE, POLICY)) -> None:
    """Copy the named files of an archive into a folder."""
    with tarfile.open(path) as tar:
        for name in names:
            if (found := tar.extractfile(name)) is not None:
                with (folder / name).open("xb") as file:
                    while block := found.read(_BLOCK):
                        file.write(block)
