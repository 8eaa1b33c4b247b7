"""Whoever outside must be heard of: the watchdog, and what the policy names; who is late or failed is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.kernel.policy_watch import WATCHDOG, Watch
from domain.kernel.ports import Ops
from models import ping
from models.base import Db
from models.check import Result
from models.ping import Heard

MOST_SAID = 300


@dataclass(frozen=True)
class Pinged:
    """One sender's last word, and how long it may be silent."""

    heard: Heard
    limit: timedelta


async def hear(ops: Ops, name: str, kind: str, said: str) -> bool:
    """Keep a ping; False when nobody waits for one of this name."""
    if name not in ops.policy.watch.senders():
        return False
    async with ops.db.begin() as db:
        await ping.hear(db, name, kind, " ".join(said.replace("\0", "").split())[:MOST_SAID])
    return True


async def standing(rules: Watch, db: Db) -> tuple[Pinged, ...]:
    """Everybody who was heard of or is missed; whoever is missed for the first time is waited for from now on."""
    limits = rules.senders()
    await ping.expect(db, rules.awaited())
    return tuple(Pinged(one, limits[one.name]) for one in await ping.heard(db) if one.name in limits)


def judge(at: datetime, pinged: Sequence[Pinged]) -> Iterator[Result]:
    """One check per sender: `watchdog`, and `ping.<name>` for the others."""
    for one in pinged:
        heard, silent = one.heard, one.heard.silent_for
        name = heard.name if heard.name == WATCHDOG else f"ping.{heard.name}"
        minutes = int(silent.total_seconds() // 60)
        if heard.kind == "fail":
            text = f"{heard.name} says that it failed{f': {heard.said}' if heard.said else ''}."
        elif heard.missed_for > one.limit:
            text = f"{heard.name} has not been heard of for {minutes} minutes."
        else:
            yield Result(name, at, "ok", f"{heard.name} was heard of {minutes} minutes ago.", Decimal(minutes))
            continue
        yield Result(name, at, "bad", text.replace("..", "."), Decimal(minutes))
