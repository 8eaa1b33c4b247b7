"""python -m bench [NAME ...]: one JSON object per line, each with a baseline measured in the same run."""

from __future__ import annotations

import importlib
import os
import signal
import sys

SUITES = ("ack", "facts", "house", "flows", "trail", "replay", "work", "act", "storm")


def main() -> int:
    """Run the suites named, or all of them; whatever they started ends with them, also when they are interrupted."""
    wanted = tuple(sys.argv[1:]) or SUITES
    unknown = [name for name in wanted if name not in SUITES]
    if unknown:
        print(f"No such suite: {', '.join(unknown)}. There are: {', '.join(SUITES)}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy > 0.5:
        print(f"This machine is busy ({busy:.1f} processes per core); the figures will be noisy.", file=sys.stderr)
    try:
        for name in wanted:
            for figure in importlib.import_module(f"bench.{name}").measure():
                print(figure.line(), flush=True)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
