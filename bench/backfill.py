"""backfill_orders_per_s: the shop's whole history through HTTP into the tables, against reading it only."""

from __future__ import annotations

import time
from contextlib import suppress

from bench import bare_export
from bench.figure import Figure
from domain.kernel import connector as connectors
from domain.kernel import history
from domain.kernel.history import Progress
from domain.kernel.ports import Ops
from domain.watch import sources
from models import window

_SOURCE = "shopify.orders"


class _HalfTimeError(Exception):
    """Half of the windows are stored."""


async def measure(ops: Ops) -> Figure:
    """Half of ours, all of the bare reader's, the other half of ours; the house has the whole history afterwards."""
    connector, stream = sources.find(ops, _SOURCE)
    first, _ = await _fill(ops, half=True)
    async with ops.db.begin() as db:
        windows = await window.windows(db, connector.key, stream.key)
    bare = await bare_export.orders_per_s(connectors.source(ops, connector), windows)
    second, done = await _fill(ops, half=False)
    against = "fetching and parsing the same exports, storing nothing"
    return Figure("backfill_orders_per_s", done / (first + second), "orders/s", bare, against, "ratio >= 0.5")


async def _fill(ops: Ops, *, half: bool) -> tuple[float, int]:
    """Seconds, and the orders stored so far."""
    done = 0

    def tell(progress: Progress) -> None:
        nonlocal done
        done = progress.done
        if half and progress.windows >= progress.of_windows / 2:
            raise _HalfTimeError

    began = time.perf_counter()
    connector, stream = sources.find(ops, _SOURCE)
    with suppress(_HalfTimeError):
        await history.backfill(ops, connector, stream.key, tell)
    return time.perf_counter() - began, done
