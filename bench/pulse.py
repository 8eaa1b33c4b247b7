"""pulse_compose_ms: a pulse over two years of the shop, against the bare SQL reads of the same compose."""

from __future__ import annotations

import time
from datetime import timedelta

from bench import rows
from bench.figure import Figure, median
from domain.kernel.ports import Ops
from domain.pulse import compose
from domain.watch import sources

_ROUNDS = 15


async def measure(ops: Ops, url: str) -> Figure:
    """In turn; every source was read before, so that each department has something to say."""
    faults = await sources.collect_due(ops, 120.0, timedelta(0))
    if faults:
        raise RuntimeError(f"a source cannot be read: {faults}")
    with rows.heard(ops.db) as said:
        await compose.today(ops)
    ours, bare = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await compose.today(ops)
        ours.append((time.perf_counter() - began) * 1000)
        bare.append(rows.read_again(url, said) * 1000)
    against = "its SQL reads alone, without score, prose, gate and cards"
    return Figure("pulse_compose_ms", median(ours), "ms", median(bare), against, "< 500")
