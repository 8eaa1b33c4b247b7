"""The self-check on the command line: run now, kept as any other, exit code 1 when something is bad."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot import terminal
from domain.kernel.ports import Ops
from domain.watch import checks
from handlers import inert

_ORDER = ("bad", "warn", "unknown", "ok")


def run(*, as_json: bool = False) -> int:
    """Look at the running house and print what was found, the worst first; 1 when a person is needed."""
    found = terminal.within(_looked)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False, default=str))
    else:
        for one in sorted(found["checks"], key=lambda one: _ORDER.index(one["state"])):
            print(f"{one['state']:<8} {one['name']:<24} {' '.join(inert.seen(one['text']).split())}")
    return 1 if found["status"] == "bad" else 0


async def _looked(ops: Ops) -> dict[str, Any]:
    results = await checks.run(ops)
    worst = min((one.state for one in results), key=_ORDER.index)
    return {"status": worst, "at": results[0].at, "checks": [asdict(one) for one in results]}
