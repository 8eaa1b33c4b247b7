"""flows_per_s: flows of two steps through our door, against the bare engine with the same number of steps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from bench import lab, rows
from bench.figure import Figure, median
from bot import settings
from jobs import flows

_COUNT = 400
_ROUNDS = 5


def measure() -> Iterator[Figure]:
    """Ours and bare in turn, each time a new process, each on a database of its own in the same stores."""
    ours, bare = [], []
    with lab.room() as path, lab.migrated(path) as stores:
        beside = rows.database(stores, "bare")
        for url in (stores.database_url, beside):
            flows.migrate(url)
        for _ in range(_ROUNDS):
            ours.append(_rate("ours", stores.database_url))
            bare.append(_rate("bare", beside))
    yield Figure("flows_per_s", median(ours), "flows/s", median(bare), "bare DBOS, two steps", "ratio >= 0.8")


def _rate(kind: str, url: str) -> float:
    argv = [sys.executable, "-m", "bench.flows_child", kind, url, str(_COUNT)]
    done = subprocess.run(argv, cwd=settings.ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return float(done.stdout.strip().splitlines()[-1])
