"""What /healthz tells: well or not, which checks are bad, and by what an outsider can judge for himself."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.kernel.ports import Ops
from domain.watch import checks, heartbeat, ledger, timing
from jobs import heartbeat as job
from jobs import pulse
from models import outbox, slot
from models.base import Db

_WITHIN = 3.0
"""Seconds in which everything together is answered."""
_KNOWN = timedelta(days=8)


async def of(ops: Ops) -> dict[str, Any]:
    """The body of /healthz; `heartbeat` and `pulse` are null where nothing is known."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _WITHIN
    found = await checks.liveness(ops, _WITHIN)
    body: dict[str, Any] = {
        "status": found.status, "faults": list(found.faults), "bad": dict(found.bad),
        "at": ops.clock.now().isoformat(), "heartbeat": None, "pulse": None, "processes": dict(found.processes),
    }  # fmt: skip
    if found.status != "down":
        try:
            async with asyncio.timeout_at(until), ops.db.begin() as db:
                body |= {"heartbeat": await _heartbeat(ops, db), "pulse": await _pulse(ops, db)}
        except Exception as error:
            if not isinstance(error, TimeoutError) and not ledger.passing(error):
                raise
    return body


async def _heartbeat(ops: Ops, db: Db) -> dict[str, Any] | None:
    """Where the message stands that is rewritten every five minutes, and when Slack last took it; or that it rests."""
    if not ops.policy.job(job.JOB.name).enabled:
        return {"rests": True}
    found = await heartbeat.standing(db)
    if found.ts is None:
        return None
    return {"channel": found.channel, "ts": found.ts, "at": _iso(found.at)}


async def _pulse(ops: Ops, db: Db) -> dict[str, Any] | None:
    """The last pulse Slack took, and when the next one is due; null when the job rests."""
    plan = pulse.JOB.plan(ops.policy.job(pulse.JOB.name))
    if plan is None:
        return None
    company = ops.policy.company
    told = await outbox.last_taken(db, f"pulse:{ops.policy.channels.pulse}:")
    if told is not None:
        after = datetime.combine(date.fromisoformat(told[0]), time.max, company.tz).astimezone(UTC)
    else:
        known = dict(await slot.known(db, _KNOWN)).get(plan.job)
        if known is None:
            return None
        after = known
    due = timing.next_after(plan.timing, company.tz, after).instant
    return {
        "day": told[0] if told else None, "at": _iso(told[1]) if told else None,
        "due_at": _iso(due + plan.limit), "zone": company.zone,
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
