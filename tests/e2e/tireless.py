"""The house with a supervisor that never tires: a test ends its processes more often than chance ever would."""

from __future__ import annotations

import os

from bot import __main__, restarts

restarts.MOST = 10_000
restarts._DELAYS = (0.1,) * restarts.MOST  # type: ignore[assignment]

if __name__ == "__main__":
    os.environ.pop("OPS_PROCESS", None)
    __main__.app(["run"])
