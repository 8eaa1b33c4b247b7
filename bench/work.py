"""tasks_per_s: work from its words to done, against the bare engine with as many steps that do nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from bench import lab, rows
from bench.figure import Figure, median
from bot import settings
from bot.stores import Stores
from jobs import flows

_COUNT = 300
_ROUNDS = 5


def measure() -> Iterator[Figure]:
    """Ours and bare in turn, each time a new process, each on a database of its own in the same stores."""
    ours, bare = [], []
    with lab.room() as path, lab.migrated(path) as stores:
        beside = rows.database(stores, "bare")
        flows.migrate(beside)
        for _ in range(_ROUNDS):
            ours.append(_rate(["bench.work_child", str(_COUNT)], stores))
            bare.append(_rate(["bench.flows_child", "bare", beside, str(_COUNT)], stores))
    against = "bare DBOS, two steps that do nothing"
    yield Figure("tasks_per_s", median(ours), "tasks/s", median(bare), against, "ratio >= 0.5")


def _rate(words: list[str], stores: Stores) -> float:
    environment = {**os.environ, "DATABASE_URL": stores.libpq_url, "REDIS_URL": stores.redis_url or ""}
    argv = [sys.executable, "-m", *words]
    done = subprocess.run(
        argv, cwd=settings.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    return float(done.stdout.strip().splitlines()[-1])
