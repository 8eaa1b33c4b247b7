"""The unprivileged account that root's servers run under, and the directories it may reach."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from domain.kernel.errors import RefusedError

# systemd's table of user ids leaves 60706..61183 to nobody: no distribution, container or login service hands them out.
_FIRST, _COUNT = 60706, 478


@dataclass(frozen=True)
class Account:
    """A user and group id that a child process takes on."""

    uid: int
    gid: int


def here() -> Account:
    """The account of this process."""
    return Account(os.geteuid(), os.getegid())


def mark(path: Path) -> str:
    """Twelve characters that stand for a path, for names that must be short and never collide."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def for_servers(home: Path) -> Account:
    """Ourselves; or, for root, an id of our own for `home`, which owns nothing else on the machine."""
    if os.geteuid() != 0:
        return here()
    start = int(mark(home), 16) % _COUNT
    for step in range(_COUNT):
        uid = _FIRST + (start + step) % _COUNT
        if not _named(uid):
            return Account(uid, uid)
    raise RefusedError("No free account for the stores; run as an ordinary user, or set DATABASE_URL and REDIS_URL.")


def may_own(uid: int) -> bool:
    """Whether data owned by `uid` are ours to start a server on."""
    euid = os.geteuid()
    return uid == euid if euid else _FIRST <= uid < _FIRST + _COUNT


def with_name() -> Account:
    """An account that the password file names, as initdb demands: ourselves, or for root `nobody` or its like."""
    if os.geteuid() != 0:
        return here()
    names = sorted(pwd.getpwall(), key=lambda entry: (entry.pw_name != "nobody", -entry.pw_uid))
    for entry in names:
        if entry.pw_uid:
            return Account(entry.pw_uid, entry.pw_gid)
    raise RefusedError("The password file names no account but root; add one, or set DATABASE_URL and REDIS_URL.")


def alias() -> int:
    """0; or, when the password file does not know us, an id it knows, to appear as before a program that insists."""
    return 0 if _named(os.geteuid()) else min(pwd.getpwall(), key=lambda entry: entry.pw_name != "nobody").pw_uid


def _named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may walk to `path` through every directory above and including it."""
    if account.uid == os.geteuid():
        return True
    return all(_passes(account, place) for place in (path, *path.parents))


def _passes(account: Account, place: Path) -> bool:
    found = place.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == account.gid else stat.S_IXOTH))


def own_tree(path: Path, account: Account) -> None:
    """Give everything at and below `path` to the account; links are given, never followed."""
    if account == here():
        return
    os.lchown(path, account.uid, account.gid)
    for _, folders, files, at in os.fwalk(path):
        for name in (*folders, *files):
            os.chown(name, account.uid, account.gid, dir_fd=at, follow_symlinks=False)


def make_private(path: Path, account: Account) -> Path:
    """The directory `path`, mode 0700 and the account's own; one that belongs to somebody else is refused."""
    try:
        path.mkdir(mode=0o700)
        if account != here():
            os.lchown(path, account.uid, account.gid)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
            raise RefusedError(f"{path} belongs to somebody else; move it away, or set OPS_DATA_DIR.") from None
        if stat.S_IMODE(found.st_mode) != 0o700:
            path.chmod(0o700)
    return path


def write_private(path: Path, words: str, account: Account | None = None) -> None:
    """A new file, mode 0600 and the account's own, in the place of whatever was there; never seen half written."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    if account is not None and account != here():
        os.lchown(fresh, account.uid, account.gid)
    fresh.replace(path)


def make_home(data_dir: Path, elsewhere: Path = Path("/var/lib")) -> Path:
    """The directory that holds the servers' data: `data_dir`, or for root one below `elsewhere`.

    Root's servers run under another account; when that account cannot walk to `data_dir` (a checkout under
    /root), the data live where it can, and no directory's mode is changed for it.
    RefusedError when the directory belongs to another user or cannot be made.
    """
    try:
        _make_own(data_dir.absolute())
        return _choose(data_dir.resolve(), elsewhere)
    except OSError as error:
        raise RefusedError(f"{error.filename} cannot be used: {error.strerror}; set OPS_DATA_DIR.") from error


def _make_own(data_dir: Path) -> None:
    if not data_dir.exists():
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir()
        data_dir.chmod(0o700 if os.geteuid() else 0o711)
    owner = data_dir.stat().st_uid
    if owner != os.geteuid():
        name = pwd.getpwuid(owner).pw_name if _named(owner) else str(owner)
        raise RefusedError(f"The data directory {data_dir} belongs to user {name}; run as {name}, or set OPS_DATA_DIR.")


def _choose(data_dir: Path, elsewhere: Path) -> Path:
    """Data that exist decide, also after the checkout was moved; else where the servers' account can walk to."""
    pointer = data_dir / "home"
    if os.geteuid() != 0 or (data_dir / "postgres").exists():
        return data_dir
    if pointer.exists():
        return _open_elsewhere(Path(pointer.read_text(encoding="utf-8")))
    place = elsewhere / f"operations-brain-{mark(data_dir)}"
    if not place.exists() and reaches(for_servers(data_dir), data_dir):
        return data_dir
    write_private(pointer, str(place))
    return _open_elsewhere(place)


def _open_elsewhere(place: Path) -> Path:
    """Root's own directory, open to walk through; the data inside it are 0700 again."""
    if not place.exists():
        place.mkdir(parents=True)
        place.chmod(0o711)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
        raise RefusedError(f"{place} is not root's own directory; move it away, or set OPS_DATA_DIR.")
    return place.resolve()
