"""Postgres and Redis: yours by URL, or embedded."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bot import account as accounts
from bot import binaries, ports, postgres, program, valkey
from bot.account import Account
from bot.program import Program
from domain.kernel.errors import RefusedError, SystemicError

_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_LIMIT = 103  # bytes of a socket's whole path that every system takes
_START_FOR = 600.0  # seconds: a crash recovery after a long night may take its time


@dataclass(frozen=True)
class Stores:
    """Where the state is kept. `redis_url` None: there is no short memory, and the house says so."""

    database_url: str
    redis_url: str | None

    @property
    def libpq_url(self) -> str:
        """The database for psycopg, psql and pg_dump, which know no driver names."""
        return self.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


@dataclass(frozen=True)
class Plan:
    """What is known before anything starts: the URLs, the servers of ours behind them, and where those keep data."""

    stores: Stores
    programs: tuple[Program, ...] = ()
    home: Path | None = None


def given(environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """DATABASE_URL (with the driver's name) and REDIS_URL, or None for each that is not set."""
    database = environment.get("DATABASE_URL") or None
    if database:
        _, mark, rest = database.partition("://")
        if not mark or not database.startswith(("postgres://", "postgresql://", "postgresql+psycopg://")):
            raise RefusedError("DATABASE_URL must begin with postgresql://; unset it to use the embedded PostgreSQL.")
        database = f"postgresql+psycopg://{rest}"
    redis = environment.get("REDIS_URL") or None
    if redis and not redis.startswith(("redis://", "rediss://", "unix://")):
        raise RefusedError(
            "REDIS_URL must begin with redis://, rediss:// or unix://; unset it to use the embedded Valkey."
        )
    if redis and not ports.can_be(redis):
        raise RefusedError("REDIS_URL is not an address such as redis://host:6379/0; correct it, or unset it.")
    return database, redis


def known(data_dir: Path, environment: Mapping[str, str]) -> Stores:
    """The stores of a running house, for every process that did not start them."""
    database, redis = given(environment)
    if database and redis:
        return Stores(database, redis)
    try:
        found = json.loads((data_dir / "stores.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        if database:
            return Stores(database, None)
        raise RefusedError("The stores are not running; start `python -m bot run`, or set DATABASE_URL.") from None
    except PermissionError:
        raise RefusedError(f"{data_dir} belongs to another user; run as that user, or set OPS_DATA_DIR.") from None
    return Stores(database or found["database_url"], redis or found["redis_url"])


@contextmanager
def opened(data_dir: Path, environment: Mapping[str, str], *, durable: bool = True) -> Iterator[Plan]:
    """Take the data directory for ourselves and prepare what must be started; nothing runs yet.

    RefusedError when the directory belongs to another user or another run holds it.
    """
    database, redis = given(environment)
    if database and redis:
        yield Plan(Stores(database, redis))
        return
    home = accounts.make_home(data_dir)
    with held(home):
        yield _prepared(home, database, redis, durable=durable)


def _prepared(home: Path, database: str | None, redis: str | None, *, durable: bool) -> Plan:
    """Everything on disk that the servers need, made unless it is there."""
    programs: list[Program] = []
    try:
        account = _account(home)
        sockets = _sockets(home, account)
        if not database:
            install = binaries.postgres(home, account)
            cluster = postgres.Cluster(home, sockets, account, install, durable)
            postgres.ensure(cluster)
            programs.append(postgres.program(cluster))
            database = postgres.url(cluster)
        if not redis:
            cache = valkey.Cache(home, sockets, account, binaries.valkey(home, account))
            valkey.ensure(cache)
            programs.append(valkey.program(cache))
            redis = valkey.url(cache)
    except OSError as error:
        raise RefusedError(
            f"The stores cannot be prepared in {home} ({error}); set OPS_DATA_DIR, or DATABASE_URL and REDIS_URL."
        ) from error
    return Plan(Stores(database, redis), tuple(programs), home)


@contextmanager
def announced(data_dir: Path, stores: Stores) -> Iterator[None]:
    """Tell the other processes, by a file that only we may read, where the running stores are."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "stores.json"
    accounts.write_private(path, json.dumps(asdict(stores)))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def embedded(data_dir: Path, environment: Mapping[str, str], *, durable: bool = True) -> Iterator[Stores]:
    """The stores, started as far as the environment does not give them, and stopped at the end.

    SystemicError when PostgreSQL does not start; without Valkey the house goes on (`redis_url` None).
    """
    with opened(data_dir, environment, durable=durable) as plan, ExitStack() as stack:
        stores = plan.stores
        for one in plan.programs:
            process = program.start(one)
            stack.callback(program.stop, one, process)
            if program.wait_ready(one, process, _START_FOR):
                continue
            if one.name == "postgres":
                raise SystemicError(f"PostgreSQL does not start: {program.last_words(one)}")
            stores = replace(stores, redis_url=None)
        if plan.programs:
            stack.enter_context(announced(data_dir, stores))
        yield stores


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold the directory; the kernel lets go of it when we die, however we die."""
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, home)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, home: Path) -> None:
    until = time.monotonic() + 1.0  # a run that is just ending may take the place of a new one for a moment
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise RefusedError(f"Another run holds {home}; stop it first, or set OPS_DATA_DIR.") from None
            time.sleep(0.05)


def _account(home: Path) -> Account:
    """Whoever owns the data already; else ourselves, or for root an account of its own."""
    for place in (home / "postgres", home / "valkey"):
        if place.exists():
            found = place.lstat()
            if not accounts.may_own(found.st_uid):
                raise RefusedError(f"{place} belongs to another user; run as that user, or set OPS_DATA_DIR.")
            return Account(found.st_uid, found.st_gid)
    return accounts.for_servers(home)


def _sockets(home: Path, account: Account) -> Path:
    """A private directory for the sockets: in our home, or elsewhere when that path is too long for a socket."""
    name = f"operations-brain-{os.geteuid()}-{accounts.mark(home)}"
    places = [home / "sockets"]
    if os.geteuid() == 0:
        places.append(Path("/run") / name)
    elif runtime := os.environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(runtime) / name)
    places.append(Path(tempfile.gettempdir()) / name)
    places.append(Path("/tmp") / name)  # noqa: S108 - make_private refuses one that somebody else made
    for place in places:
        # libpq takes a comma for the end of a host name.
        if len(os.fsencode(place / _SOCKET_NAME)) > _SOCKET_LIMIT or "," in str(place):
            continue
        if place.parent.is_dir() and accounts.reaches(account, place.parent) and os.access(place.parent, os.W_OK):
            return accounts.make_private(place, account)
    raise RefusedError(f"No private place with a path short enough for a socket beside {home}; set OPS_DATA_DIR.")
