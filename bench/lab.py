"""Where figures are taken: stores of their own, a sandbox of their own, all gone afterwards."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot import sandboxed, schema, settings, stores, wiring
from bot.sandboxed import Part
from bot.stores import Stores
from domain.kernel.ports import Ops


@contextmanager
def room() -> Iterator[Path]:
    """A directory that is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="operations-brain-bench-"))
    path.chmod(0o755)  # the servers' own account must reach its part of it
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def migrated(path: Path) -> Iterator[Stores]:
    """Embedded stores as in production (fsync on), at schema head."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    with stores.embedded(path / "var", environment) as found:
        schema.upgrade(found.database_url)
        yield found


@contextmanager
def sandbox(name: str, path: Path, *more: str) -> Iterator[Part]:
    """One half of the sandbox on a free port."""
    part = sandboxed.start(name, 0, path / f"sandbox-{name}", *more)
    try:
        yield part
    finally:
        sandboxed.stop(part)


@asynccontextmanager
async def ops(environment: Mapping[str, str]) -> AsyncIterator[Ops]:
    """The house as the wiring puts it together for a process with this environment."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        async with wiring.house(settings.settings(), "bench") as found:
            yield found
    finally:
        os.environ.clear()
        os.environ.update(before)


def _spin() -> None:
    while True:
        sum(range(10_000))


@contextmanager
def busy_cores() -> Iterator[None]:
    """Every core kept busy by a loop that does nothing useful."""
    context = multiprocessing.get_context("spawn")
    loops = [context.Process(target=_spin, daemon=True) for _ in range(os.cpu_count() or 2)]
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.join()
