"""The embedded PostgreSQL 18: a cluster of our own, a private socket, no listener, and a sure end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from bot import account as accounts
from bot import leftovers
from bot.account import Account
from bot.program import Program, command
from domain.kernel.errors import RefusedError

_MAJOR = "18"
_DATABASE = "brain"  # also its owner: no superuser, so what the house runs as cannot read files or start programs
# Enough for one small server next to everything else of the house; a bigger machine has its own DATABASE_URL.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "150",
    "shared_buffers": "48MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "max_parallel_workers_per_gather": "1",
    "io_method": "sync",  # three io workers and a replication launcher would only cost memory here
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # Errors go to whoever asked; repeated here they would fill the disk with other people's data.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
}


_HOSTS = "# Only over the private socket, and only with a password.\nlocal all all scram-sha-256\n"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # none of our secrets
_PROTOCOL = 3 << 16  # version 3.0, as a client names it first


@dataclass(frozen=True)
class Cluster:
    """Where one PostgreSQL lives and whose it is."""

    home: Path
    sockets: Path
    account: Account
    install: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        """The data directory of the server."""
        return self.home / "postgres"

    @property
    def password_file(self) -> Path:
        """The owner's password, mode 0600."""
        return self.home / "postgres.password"


def url(cluster: Cluster) -> str:
    """Where the application's database is."""
    try:
        password = cluster.password_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise RefusedError(
            f"{cluster.password_file} is missing; restore it, or move {cluster.data} away to begin with an empty one."
        ) from None
    return f"postgresql+psycopg://{_DATABASE}:{password}@/{_DATABASE}?host={quote(str(cluster.sockets), safe='')}"


def program(cluster: Cluster) -> Program:
    """The server as a process of the house."""
    sockets = '"' + str(cluster.sockets).replace('"', '""') + '"'
    settings = {
        **_SETTINGS,
        "unix_socket_directories": sockets,
        "extension_control_path": f"{_trust_vector(cluster)}:$system",
        "fsync": "on" if cluster.durable else "off",
    }
    pairs = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        argv=(str(cluster.install / "bin" / "postgres"), "-D", str(cluster.data), *pairs),
        env=_ENVIRONMENT,
        account=cluster.account,
        cwd=cluster.home,
        log=cluster.home / "postgres.log",
        stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave by itself
        death_signal=signal.SIGINT,
        stop_for=20.0,
        before=lambda: _clear_the_way(cluster),
        ready=lambda pid: _is_ready(cluster, pid),
        answers=lambda: _answers(cluster),
    )


def ensure(cluster: Cluster) -> None:
    """Create the cluster unless it exists; one of another major version is refused."""
    fresh = cluster.home / "postgres.new"
    if cluster.data.exists():
        _refuse_foreign(cluster)
        return
    leftovers.end(fresh, signal.SIGKILL)
    shutil.rmtree(fresh, ignore_errors=True)
    # initdb insists on an account the password file names; for root it gets one for the second it runs, and
    # nothing secret: the password reaches the cluster as a verifier, and the server starts only under its own account.
    maker = accounts.with_name()
    accounts.make_private(fresh, maker)
    password = secrets.token_urlsafe(24)
    _initialise(cluster, fresh, maker, password)
    accounts.own_tree(fresh, cluster.account)
    accounts.write_private(fresh / "pg_hba.conf", _HOSTS, cluster.account)
    accounts.write_private(cluster.password_file, password)
    fresh.rename(cluster.data)


def _initialise(cluster: Cluster, fresh: Path, maker: Account, password: str) -> None:
    """initdb, the owner and the database, in one process after the other; nothing listens while this happens."""
    tools = cluster.install / "bin"
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    sync = () if cluster.durable else ("--no-sync",)
    tool = (str(tools / "initdb"), "-D", str(fresh), "-U", "postgres", "-A", "trust", "--no-instructions")
    _run((*tool, *locale, *sync), fresh, maker)
    words = (
        f"CREATE ROLE {_DATABASE} LOGIN CREATEDB CREATEROLE PASSWORD '{_verifier(password)}'\n"
        f"CREATE DATABASE {_DATABASE} OWNER {_DATABASE}\n"
    )
    fsync = "fsync=on" if cluster.durable else "fsync=off"
    single = ("--single", "-D", str(fresh), "-c", "exit_on_error=true", "-c", fsync, "postgres")
    _run((str(tools / "postgres"), *single), fresh, maker, words)


def _run(argv: tuple[str, ...], folder: Path, maker: Account, words: str = "") -> None:
    """Run one tool of PostgreSQL to its end; a failure is refused with the tool's own last line."""
    tool = Program(Path(argv[0]).name, argv, account=maker)
    answer = subprocess.run(
        command(tool, accounts.alias()),
        input=words.encode(),
        cwd=folder,
        env=_ENVIRONMENT,
        capture_output=True,
        check=False,
        timeout=300,
    )
    if answer.returncode != 0:
        said = (answer.stdout + answer.stderr).decode(errors="replace").strip().splitlines() or ["no word"]
        raise RefusedError(f"{tool.name} cannot create the database in {folder.parent}: {said[-1]}")


def _verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5803), so that the password itself never enters SQL or a log."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, rounds)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored = hashlib.sha256(client).digest()
    salt64, stored64, server64 = (base64.b64encode(part).decode("ascii") for part in (salt, stored, server))
    return f"SCRAM-SHA-256${rounds}:{salt64}${stored64}:{server64}"


def _refuse_foreign(cluster: Cluster) -> None:
    version = cluster.data / "PG_VERSION"
    found = version.read_text(encoding="ascii").strip() if version.exists() else "unknown"
    if found != _MAJOR:
        raise RefusedError(
            f"{cluster.data} holds PostgreSQL {found}, this house runs {_MAJOR}; dump it with the release that wrote "
            "it and restore it here, or set DATABASE_URL."
        )


def _trust_vector(cluster: Cluster) -> str:
    """A control file that lets the owner, who is no superuser, create pgvector; the wheel's own does not."""
    shipped = cluster.install / "share" / "postgresql" / "extension"
    folder = cluster.home / "extensions" / "extension"
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder.parent, folder):
        place.chmod(0o755)
    directory = str(shipped).replace("'", "''")
    control = (shipped / "vector.control").read_text(encoding="utf-8")
    path = folder / "vector.control"
    path.write_text(f"{control}trusted = true\ndirectory = '{directory}'\n", encoding="utf-8")
    path.chmod(0o644)
    return str(folder.parent)


def _clear_the_way(cluster: Cluster) -> Mapping[str, str]:
    """End what a killed predecessor left, and make PostgreSQL look through a pid file that names somebody else."""
    leftovers.end(cluster.data, signal.SIGINT)
    for name in os.listdir(cluster.sockets):
        if name.startswith(".s.PGSQL"):
            (cluster.sockets / name).unlink()
    pid = _pid_file(cluster)[0]
    # No server works in our directory any more, so a live process with this id is a stranger or a zombie.
    # PostgreSQL takes its own grandparent for harmless, and names it by this variable.
    return {"PG_GRANDPARENT_PID": pid} if pid.isdigit() and psutil.pid_exists(int(pid)) else {}


def _is_ready(cluster: Cluster, pid: int) -> bool:
    return _pid_file(cluster)[0] == str(pid) and _state(cluster) == "ready"


def _answers(cluster: Cluster) -> bool:
    """Whether it answers a client, be it with "not yet" or "too many": a server that hangs says nothing.

    One that was told to end, and waits for its clients to leave, answers nobody any more.
    """
    if _state(cluster) == "stopping":
        return False
    words = f"user\0{_DATABASE}\0database\0{_DATABASE}\0\0".encode("ascii")
    with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        line.connect(str(cluster.sockets / ".s.PGSQL.5432"))
        line.sendall(struct.pack("!ii", 8 + len(words), _PROTOCOL) + words)
        return line.recv(1024)[:1] in (b"R", b"E")
    return False


def _state(cluster: Cluster) -> str:
    """What the server says of itself: starting, ready or stopping; empty while there is none."""
    return "".join(_pid_file(cluster)[7:8]).strip()


def _pid_file(cluster: Cluster) -> list[str]:
    try:
        return (cluster.data / "postmaster.pid").read_text(encoding="utf-8").splitlines() or [""]
    except FileNotFoundError:
        return [""]
