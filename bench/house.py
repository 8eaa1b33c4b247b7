"""The house with the whole history of the shop: filling it, composing a pulse over it, and what it costs at rest."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bench import backfill, lab, pulse
from bench.figure import Figure
from bot import sandboxed


async def measure() -> AsyncIterator[Figure]:
    """One set of stores for all of it."""
    with (
        lab.room() as path,
        lab.sandbox("slack", path, "--no-limits") as slack,
        lab.sandbox("vendors", path) as vendors,
    ):
        environment = sandboxed.environment(slack, vendors, path / "var", 0)
        with lab.migrated(path) as stores:
            async with lab.ops(environment) as ops:
                yield await backfill.measure(ops)
                yield await pulse.measure(ops, stores.libpq_url)
