"""The self-check on the command line: run now, kept as any other, exit code 1 when something is bad."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot import terminal
from domain.kernel.ports import Ops
from domain.watch import activity, checks
from handlers import inert

_ORDER = ("bad", "warn", "unknown", "ok")


def run(*, as_json: bool = False) -> int:
    """Look at the running house and print what was found, the worst first; 1 when a person is needed."""
    found = terminal.within(_looked)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False, default=str))
    else:
        for one in found["silences"]:
            _print("silent", one["name"], f"{one['how']}: {one['text']}")
        for one in sorted(found["checks"], key=lambda one: _ORDER.index(one["state"])):
            _print(one["state"], one["name"], one["text"])
        for one in found["posts"]:
            if one["state"] != "sent":
                _print("warn", one["job"], f"ran at {one['ran_at']:%H:%M} UTC; its post is {one['state']}")
    return 1 if found["status"] == "bad" else 0


def _print(state: str, name: str, text: str) -> None:
    print(f"{state:<8} {name:<28} {' '.join(inert.seen(text).split())}")


async def _looked(ops: Ops) -> dict[str, Any]:
    """The checks, what is silent (which is bad), what last counted, and how posts stand; without its database less."""
    results = await checks.run(ops)
    found = None if any(one.name == "database" and one.state == "bad" for one in results) else await activity.look(ops)
    quiet = found.quiet if found else ()
    worst = "bad" if quiet else min((one.state for one in results), key=_ORDER.index)
    return {
        "status": worst,
        "at": results[0].at,
        "checks": [asdict(one) for one in results],
        "silences": [asdict(one) for one in quiet],
        "last": [asdict(one) for one in (found.last if found else ())],
        "posts": [asdict(one) for one in (found.posts if found else ())],
    }
