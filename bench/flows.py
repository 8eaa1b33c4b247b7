"""flows_per_s: flows of two steps through our door, against the bare engine with the same number of steps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from bench import lab
from bench.figure import Figure, median
from bot import settings
from jobs import flows

_COUNT = 400
_ROUNDS = 3


def measure() -> Iterator[Figure]:
    """Ours and bare in turn, each in a process and a database of its own."""
    ours, bare = [], []
    for _ in range(_ROUNDS):
        ours.append(_rate("ours"))
        bare.append(_rate("bare"))
    yield Figure("flows_per_s", median(ours), "flows/s", median(bare), "bare DBOS, two steps", "ratio >= 0.8")


def _rate(kind: str) -> float:
    with lab.room() as path, lab.migrated(path) as stores:
        flows.migrate(stores.database_url)
        argv = [sys.executable, "-m", "bench.flows_child", kind, stores.database_url, str(_COUNT)]
        done = subprocess.run(argv, cwd=settings.ROOT, capture_output=True, text=True, check=True, timeout=300)
    return float(done.stdout.strip().splitlines()[-1])
