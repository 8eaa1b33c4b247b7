"""What was known when something was decided: policy, rule, the figures with their rows, and how old the data was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from domain.kernel import freshness, ids
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from models import snapshot
from models.base import Db

of = snapshot.of


async def take(ops: Ops, db: Db, *, rule: str = "", figures: Sequence[Mapping[str, Any]] = ()) -> str:
    """Keep what is known now and name it; `figures` are plain JSON, each with the ids of its rows.

    The same knowledge is the same snapshot.
    """
    sources = {one.key: one.as_of.isoformat() if one.as_of else None for one in await freshness.seen(ops, db)}
    body = {
        "policy": policy_digest(ops.policy),
        "rule": rule,
        "figures": [dict(one) for one in figures],
        "sources": sources,
    }
    name = ids.of("S", json.dumps(body, sort_keys=True, ensure_ascii=False))
    await snapshot.keep(db, name, body)
    return name


def policy_digest(policy: Policy) -> str:
    """Twelve letters that change with any rule of ops.toml."""
    text = json.dumps(policy.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
