"""Whether the stores keep what they promised to keep, to us alone, in the shape this code knows."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

import psutil

from bot import leftovers, schema
from bot.doctor_scene import Look, Scene
from domain.kernel.errors import RefusedError, TransientError
from domain.kernel.finding import Finding, bad, ok, refused, unseen, warn
from models import server

OLDEST = 160_000
"""The oldest PostgreSQL that is known to work, as it counts versions."""
_MEMORY = {"maxmemory-policy": "noeviction", "appendonly": "yes"}
_STILL = "No house runs here."


async def database(scene: Scene) -> Iterable[Finding]:
    """The server is new enough and keeps what it acknowledged."""
    if scene.ops is None or not scene.running:
        return [unseen("stores.database", _STILL)]
    async with scene.ops.db.begin() as db:
        found = await server.look(db)
    major = found.version // 10_000
    version = f"PostgreSQL {major} is older than {OLDEST // 10_000}."
    off = f"{', '.join(found.off)} {'is' if len(found.off) == 1 else 'are'} off: what was acknowledged may be lost."
    return [
        bad("stores.version", version, "Move to a newer one.") if found.version < OLDEST else
        ok("stores.version", f"PostgreSQL {major} is new enough."),
        bad("stores.durable", off, "Turn it on in the server's configuration.") if found.off else
        ok("stores.durable", "The database keeps what it acknowledged."),
    ]  # fmt: skip


async def tables(scene: Scene) -> Iterable[Finding]:
    """The tables are those this code was written for."""
    if scene.ops is None or not scene.running:
        return [unseen("stores.schema", _STILL)]
    try:
        await asyncio.to_thread(schema.require_head, scene.ops.db.url)
    except RefusedError as error:
        return [refused("stores.schema", error)]
    except TransientError:
        return [unseen("stores.schema", "The database does not answer.")]
    return [ok("stores.schema", f"The database is at schema {schema.head()}.")]


async def memory(scene: Scene) -> Iterable[Finding]:
    """Redis throws nothing away by itself and writes through to disk."""
    found = await scene.ops.cache.settings(*_MEMORY) if scene.ops else {}
    if not found:
        return [unseen("stores.redis", "Redis does not tell its settings.")]
    wrong = [f"{name} is {found[name]}" for name, wanted in _MEMORY.items() if found.get(name, wanted) != wanted]
    mend = f"Set {' and '.join(f'{name} {wanted}' for name, wanted in _MEMORY.items())}."
    if wrong:
        return [bad("stores.redis", f"Redis may forget: {', '.join(wrong)}.", mend)]
    return [ok("stores.redis", "Redis throws nothing away and writes through to disk.")]


async def listeners(scene: Scene) -> Iterable[Finding]:
    """Our own servers can be reached over their private sockets alone."""
    processes = _servers(scene)
    if not processes:
        return [unseen("stores.listeners", "No servers of ours run here.")]
    ports = sorted(f"{one.name()} on port {port}" for one in processes for port in _ports(one))
    if ports:
        text = f"Everybody on this machine can reach {', '.join(ports)}."
        return [bad("stores.listeners", text, "Start the house anew: it starts them without a port.")]
    return [ok("stores.listeners", "Our servers listen on no port.")]


def _servers(scene: Scene) -> list[psutil.Process]:
    """Our servers themselves, without the many processes that each has for its clients."""
    places = [home / part for home in scene.homes for part in ("postgres", "valkey") if (home / part).is_dir()]
    found = {one.pid: one for place in places for one in leftovers.running_in(place)}
    return [one for one in found.values() if _parent(one) not in found]


def _parent(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.Error:
        return 0


def _ports(process: psutil.Process) -> set[int]:
    try:
        return {one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
    except psutil.Error:
        return set()


async def left(scene: Scene) -> Iterable[Finding]:
    """Nothing of a run that was killed stands about."""
    home, name = scene.found.ops_data_dir, "stores.left"
    if _held(home) or _held(scene.homes[-1]):
        return [ok(name, "The house that wrote these files runs.")]
    if left := [*home.glob("stores.json"), *(one.name() for one in _servers(scene))]:
        text = f"A run that was killed left {', '.join(map(str, left))}."
        return [warn(name, text, "Start the house: it ends and replaces what is left.")]
    return [ok(name, "Nothing is left of a run that has ended.")]


def _held(home: Path) -> bool:
    """Whether a run holds the directory."""
    try:
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


LOOKS: tuple[Look, ...] = (database, tables, memory, listeners, left)
