"""The embedded Valkey: short memory on a private socket, written through to disk, never the only copy."""

from __future__ import annotations

import secrets
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bot import account as accounts
from bot import leftovers
from bot.account import Account
from bot.program import Program


@dataclass(frozen=True)
class Cache:
    """Where one Valkey lives and whose it is."""

    home: Path
    sockets: Path
    account: Account
    server: Path

    @property
    def data(self) -> Path:
        """Where its append-only file is kept."""
        return self.home / "valkey"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def password_file(self) -> Path:
        """Its password, mode 0600."""
        return self.home / "valkey.password"


def url(cache: Cache) -> str:
    """Where the house's short memory is."""
    return f"unix://:{_password(cache)}@{quote(str(cache.socket))}?db=0"


def program(cache: Cache) -> Program:
    """The server as a process of the house."""
    return Program(
        name="valkey",
        argv=(str(cache.server), str(cache.data / "valkey.conf")),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        account=cache.account,
        cwd=cache.home,
        log=cache.home / "valkey.log",
        death_signal=signal.SIGTERM,
        before=lambda: _clear_the_way(cache),
        ready=lambda pid: b"+PONG" in _said(cache),
        answers=lambda: bool(_said(cache)),
    )


def ensure(cache: Cache) -> None:
    """Its directory and its password."""
    accounts.make_private(cache.data, cache.account)
    if not cache.password_file.exists():
        accounts.write_private(cache.password_file, secrets.token_urlsafe(24))


def _clear_the_way(cache: Cache) -> Mapping[str, str]:
    """End a leftover, then write the configuration: a password on the command line would be everybody's to read."""
    leftovers.end(cache.data, signal.SIGTERM)
    cache.socket.unlink(missing_ok=True)
    lines = (
        "port 0",
        f"unixsocket {_quoted(cache.socket)}",
        "unixsocketperm 700",
        f"dir {_quoted(cache.data)}",
        f"requirepass {_password(cache)}",
        "appendonly yes",
        'save ""',
        "maxmemory 128mb",
        "maxmemory-policy noeviction",
        "loglevel warning",
        "databases 16",
        "daemonize no",
    )
    accounts.write_private(cache.data / "valkey.conf", "\n".join(lines) + "\n", cache.account)
    return {}


def _said(cache: Cache) -> bytes:
    """What it says to a PING within a second; nothing while it hangs, or is away."""
    said = b""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        line.connect(str(cache.socket))
        line.sendall(f"AUTH {_password(cache)}\r\nPING\r\nQUIT\r\n".encode("ascii"))
        while b"+PONG" not in said and (more := line.recv(256)):
            said += more
    return said


def _password(cache: Cache) -> str:
    return cache.password_file.read_text(encoding="ascii").strip()


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
