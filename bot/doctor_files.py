"""Whether files and directories are ours alone where they must be; what is too open can be closed by itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bot import account, secret_files, stores
from bot.doctor_scene import Look, Scene
from domain.kernel.errors import RefusedError
from domain.kernel.finding import Finding, bad, ok, unseen

_SECRETS = ("stores.json", "accepted.json", "*.password", "*.env", ".env*")
_CODE = ("bot", "handlers", "jobs", "domain", "models", "alembic", "Procfile", "pyproject.toml")
_OTHERS_WRITE, _OTHERS_AT_ALL = 0o022, 0o077


async def data(scene: Scene) -> Iterable[Finding]:
    """The data directory is ours and closed; for root it may be walked through, as the servers' account must."""
    wide = 0o077 if os.geteuid() else 0o066
    homes = [home for home in scene.homes if home.exists()]
    if not homes:
        return [unseen("files.data", f"{scene.found.ops_data_dir} is not there yet.")]
    if _owner(scene) != os.geteuid():
        return [bad("files.data", f"{homes[0]} belongs to another user.", "Run as that user, as the house does.")]
    return [_closed("files.data", homes, wide) or ok("files.data", f"{homes[-1]} is ours and closed to others.")]


async def secrets(scene: Scene) -> Iterable[Finding]:
    """Nobody else can read a file with a secret in it."""
    places = (*scene.homes, scene.root)
    found = [path for place in places for pattern in _SECRETS for path in place.glob(pattern) if path.is_file()]
    lent = scene.environment.get(secret_files.DIRECTORY)  # by systemd, with rights of its own
    found += [path for path in secret_files.paths(scene.environment).values() if str(path.parent) != lent]
    name = "files.secrets"
    well = ok(name, f"{len(found)} files with secrets are closed to others.")
    return [_owned(name, found, _owner(scene)) or _closed(name, found, _OTHERS_AT_ALL) or well]


async def servers(scene: Scene) -> Iterable[Finding]:
    """The directories of our own servers and of their sockets are closed."""
    name = "files.servers"
    kept = [home / part for home in scene.homes for part in ("postgres", "valkey")]
    found = [path for path in (*kept, *_sockets(scene)) if path.is_dir()]
    if not found:
        return [unseen(name, "No servers of ours keep data here.")]
    owners = {path: path.stat().st_uid for path in found}
    strange = [path for path, uid in owners.items() if uid != _owner(scene) and not account.may_own(uid)]
    if strange:
        return [bad(name, f"{strange[0]} belongs to another user.", "Run as that user, or set OPS_DATA_DIR.")]
    return [_closed(name, found, _OTHERS_AT_ALL) or ok(name, "The servers' data and sockets are closed to others.")]


def _sockets(scene: Scene) -> Iterator[Path]:
    """Where the sockets of our PostgreSQL are, as the running house announced."""
    try:
        url = stores.known(scene.found.ops_data_dir, scene.environment).database_url
    except RefusedError:
        return
    yield from (Path(host) for host in parse_qs(urlsplit(url).query).get("host", ()) if host.startswith("/"))


async def policy(scene: Scene) -> Iterable[Finding]:
    """Only we may change the rules."""
    path, name = scene.found.ops_policy, "files.policy"
    if not path.exists():
        return [unseen(name, f"{path} is not there.")]
    return [
        _owned(name, [path], _owner(scene))
        or _closed(name, [path], _OTHERS_WRITE)
        or ok(name, f"Nobody else may change {path}.")
    ]


async def code(scene: Scene) -> Iterable[Finding]:
    """Whoever may change the code is the house."""
    tops = [scene.root / part for part in _CODE if (scene.root / part).exists()]
    below = (path for top in tops for path in top.rglob("*") if path.suffix == ".py" or path.is_dir())
    found = [*tops, *below]
    name = "files.code"
    return [
        _owned(name, found, _owner(scene))
        or _closed(name, found, 0o002)
        or ok(name, f"Nobody else may change the code below {scene.root}.")
    ]


def _owner(scene: Scene) -> int:
    """Whose house this is: whoever owns the data; before there are any, we."""
    home = scene.found.ops_data_dir
    return home.stat().st_uid if home.exists() else os.geteuid()


def _owned(name: str, paths: Sequence[Path], owner: int) -> Finding | None:
    """A finding when a path belongs neither to the house nor to root; root gives it back."""
    strange = [path for path in paths if path.lstat().st_uid not in (owner, 0)]
    if not strange:
        return None
    text = f"{_named(strange)} to another user."
    repair = partial(_give, tuple(strange), owner) if os.geteuid() == 0 else None
    return bad(name, text, f"chown {owner} {strange[0]}", repair)


def _closed(name: str, paths: Sequence[Path], wide: int) -> Finding | None:
    """A finding when a path has one of the rights in `wide`."""
    open_ = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & wide]
    if not open_:
        return None
    mode = stat.S_IMODE(open_[0].stat().st_mode)
    text = f"{_named(open_, 'is', 'are')} open to others (mode {mode:04o})."
    return bad(name, text, f"chmod {mode & ~wide:04o} {open_[0]}", partial(_close, tuple(open_), wide))


def _named(paths: Sequence[Path], one: str = "belongs", many: str = "belong") -> str:
    more = f" and {len(paths) - 1} more {many}" if paths[1:] else f" {one}"
    return f"{paths[0]}{more}"


def _close(paths: Sequence[Path], wide: int) -> None:
    for path in paths:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~wide)


def _give(paths: Sequence[Path], owner: int) -> None:
    for path in paths:
        os.lchown(path, owner, -1)


LOOKS: tuple[Look, ...] = (data, secrets, servers, policy, code)
