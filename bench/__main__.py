"""python -m bench [NAME ...]: one JSON object per line, each with a baseline measured in the same run."""

from __future__ import annotations

import asyncio
import importlib
import sys

SUITES = ("ack", "facts", "house", "flows")


async def _run(names: tuple[str, ...]) -> None:
    for name in names:
        suite = importlib.import_module(f"bench.{name}")
        async for figure in suite.measure():
            print(figure.line(), flush=True)


def main() -> int:
    """Run the suites named, or all of them."""
    wanted = tuple(sys.argv[1:]) or SUITES
    unknown = [name for name in wanted if name not in SUITES]
    if unknown:
        print(f"No such suite: {', '.join(unknown)}. There are: {', '.join(SUITES)}.", file=sys.stderr)
        return 2
    asyncio.run(_run(wanted))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
