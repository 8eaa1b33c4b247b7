"""Which flow was begun under which id, with which arguments; twice is once, and other arguments are an error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from domain.kernel.errors import LogicError
from models import flow
from models.base import Db

WAITING = "waiting"
"""The queue of flows that wait for a person: waiting there is no delay."""
passing = flow.passing


def fingerprint(name: str, args: Mapping[str, Any]) -> str:
    """A digest of what a flow was asked to do; the same for equal arguments in any order."""
    canonical = json.dumps([name, dict(args)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def enter(db: Db, flow_id: str, name: str, args: Mapping[str, Any], queue: str) -> bool:
    """Note a new flow; False when the same flow was begun under this id before, LogicError when another was."""
    mark = fingerprint(name, args)
    known = await flow.enter(db, flow_id, name, queue, mark)
    if known is None:
        return True
    if known != mark:
        raise LogicError(f"The flow {flow_id} was begun before with other arguments; an id must mean one thing.")
    return False
