"""Secrets from files: NAME_FILE names one, systemd's credentials directory holds others, each named as its variable."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from domain.kernel.errors import RefusedError

DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Where systemd's LoadCredential puts them; set by systemd."""
OURS = ("SLACK_", "OPS_", "DATABASE_URL", "REDIS_URL", "SHOPIFY_", "SHIPBOB_", "META_", "HUBSPOT_")
"""How the name of a variable of ours begins: other programs keep files behind NAME_FILE as well."""
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")

Mark = tuple[tuple[str, int, int, int, int], ...]
"""By what a change of one of the files is known: its path, number, rights, length and time."""


def paths(environment: Mapping[str, str]) -> dict[str, Path]:
    """Every secret that a file holds, by the name of its variable."""
    folder = environment.get(DIRECTORY)
    listed = sorted(Path(folder).iterdir()) if folder and Path(folder).is_dir() else []
    found = {one.name: one for one in listed if _NAME.fullmatch(one.name) and one.name.startswith(OURS)}
    for name, path in environment.items():
        if name.startswith(OURS) and name.endswith("_FILE") and path:
            found[name.removesuffix("_FILE")] = Path(path)
    return found


def load(environment: MutableMapping[str, str]) -> None:
    """Put what the files hold into the environment, over what it says; RefusedError names one that cannot be read.

    The others are there all the same: an alarm goes out with them.
    """
    wrong: RefusedError | None = None
    for name, path in paths(environment).items():
        try:
            environment[name] = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            wrong = RefusedError(f"{path}, which holds {name}, cannot be read ({why}); correct {name}_FILE.")
    if wrong:
        raise wrong


def mark(environment: Mapping[str, str]) -> Mark:
    """What tells whether one of the files was changed."""
    found = []
    for path in paths(environment).values():
        try:
            about = path.stat()
        except OSError:  # it is just being replaced
            found.append((str(path), 0, 0, 0, 0))
        else:
            found.append((str(path), about.st_ino, about.st_mode, about.st_size, about.st_mtime_ns))
    return tuple(found)


def exposed(environment: Mapping[str, str]) -> list[Path]:
    """The files that somebody else than we, root and systemd may read or has made."""
    folder = environment.get(DIRECTORY)
    return [one for one in paths(environment).values() if _is_exposed(one, kept=str(one.parent) == folder)]


def _is_exposed(path: Path, *, kept: bool) -> bool:
    """`kept` by systemd: it lends a file to its service by an access list, which shows as rights of the group."""
    about = path.stat()
    others = stat.S_IRWXO if kept else stat.S_IRWXO | stat.S_IRWXG
    return about.st_uid not in (0, os.geteuid()) or bool(stat.S_IMODE(about.st_mode) & others)
