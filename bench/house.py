"""The house with the whole history of the shop: filling it, composing a pulse over it, and what it costs at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from bench import backfill, idle, lab, pulse
from bench.figure import Figure
from bot import sandboxed
from bot.stores import Stores


def measure() -> Iterator[Figure]:
    """One set of stores for all of it."""
    with (
        lab.room() as path,
        lab.sandbox("slack", path, "--no-limits") as slack,
        lab.sandbox("vendors", path) as vendors,
    ):
        environment = sandboxed.environment(slack, vendors, path / "var", 0)
        with lab.migrated(path) as stores:
            yield from asyncio.run(_worked(environment, stores))
            base = idle.bare(environment, stores)
        yield from idle.measure(environment, path / "var", base)


async def _worked(environment: Mapping[str, str], stores: Stores) -> list[Figure]:
    async with lab.ops(environment) as ops:
        return [await backfill.measure(ops), await pulse.measure(ops, stores.libpq_url)]
