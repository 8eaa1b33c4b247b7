"""The Procfile, read: the one list of the house's processes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from domain.kernel.errors import RefusedError

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


def read(path: Path) -> dict[str, tuple[str, ...]]:
    """Name -> command line, in the order of the file; RefusedError names a line that is not one."""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None or match[1] in found:
            raise RefusedError(f"{path}, line {number}: expected `name: command` with a name used once.")
        found[match[1]] = tuple(shlex.split(match[2]))
    return found
