"""How far the house goes with each kind of action without being asked: earned slowly, lost at once."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt
from typing import cast

from domain.kernel import action as actions
from domain.kernel.action import Action
from domain.kernel.connector import Connector
from domain.kernel.errors import InputError
from domain.kernel.policy_trust import Level
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import authorize
from domain.trust.authorize import Asker, Subject, Verdict
from models import autonomy as rows
from models import connector
from models.autonomy import Record
from models.base import Db

BY_RULE = "rule:autonomy"
"""Who allowed what nobody was asked for."""
LEVELS: tuple[Level, ...] = ("suggest", "approve", "auto")


async def level(ops: Ops, db: Db, at: Connector, kind: str) -> Level:
    """How far this kind goes now; without the credential to write it is only suggested."""
    return "suggest" if actions.writable(ops, at) else await wished(ops, db, kind)


async def wished(ops: Ops, db: Db, kind: str) -> Level:
    """The level that was set for a kind, or the one it starts with."""
    found = await rows.of(db, kind)
    return cast("Level", found.level) if found else ops.policy.autonomy.starts(kind)


async def unasked(ops: Ops, db: Db, action: Action, at: Level, amount: Decimal | None) -> bool:
    """Whether this action is within what is done without asking."""
    limit = ops.policy.autonomy.limit(action.kind)
    if at != "auto" or never(action):
        return False
    if ops.policy.approvals.needed(amount, ops.policy.company.currency) > 1:
        return False
    if amount is not None and (limit.amount is None or amount > limit.amount):
        return False
    return await rows.alone(db, action.kind, BY_RULE) < limit.per_day


def never(action: Action) -> str:
    """Why a kind is always asked for; empty when it may earn to be done without."""
    if not action.may_run_alone:
        return "It cannot be undone, so a person is always asked."
    return "Its risk is high, so a person is always asked." if action.risk == "high" else ""


def surely(record: Record, z: float) -> float:
    """The least share of agreements that the record speaks for (Wilson's lower bound), 0 to 1."""
    if not record.decisions:
        return 0.0
    n, share = record.decisions, record.agreed / record.decisions
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (share + z * z / (2 * n) - spread) / (1 + z * z / n)


def short_of(ops: Ops, action: Action, record: Record) -> str:
    """What a kind still lacks to be done without asking; empty when it has earned it."""
    policy = ops.policy.autonomy
    if why := never(action):
        return why
    if record.reversals:
        return f"{record.reversals} of its actions had to be undone within {policy.window_days} days."
    if record.decisions < policy.least_decisions:
        return f"{record.decisions} of {policy.least_decisions} decisions are there."
    bound = surely(record, policy.z)
    return "" if bound >= policy.wilson_bound else f"Surely agreed to are {bound:.0%}, not {policy.wilson_bound:.0%}."


async def record(ops: Ops, db: Db, kind: str) -> Record:
    """What people decided about a kind within the window."""
    return await rows.record(db, kind, ops.policy.autonomy.window_days)


async def turn(
    ops: Ops, person_id: str, kind: str, up: bool, *, since: Level | None = None, cause: str = ""
) -> tuple[Verdict, Level]:
    """A person raises or lowers a kind by one level; whether they may, and the level after it.

    `since` is the level it stood at when they were asked. InputError when it stands elsewhere, when there is no level
    further on, or `auto` is not earned: a raise needs its record, whoever asks.
    """
    action = actions.found(ops.departments, kind)[2]
    asker = await authorize.known(ops, person_id)
    async with ops.db.begin() as db:
        verdict = await authorize.authorize(ops, db, asker, "manage", Subject(kind, kind), cause=cause)
        now = await wished(ops, db, kind)
        if not verdict.allowed:
            return verdict, now
        if since and now != since:
            raise InputError(f"It stands at “{now}” now, so nothing was changed.")
        wanted = LEVELS[_step(now, up)]
        if wanted == "auto" and (why := short_of(ops, action, await record(ops, db, kind))):
            raise InputError(f"“{action.title}” cannot be done without asking yet. {why}")
        await _set(db, kind, wanted, _by(asker), "raised by hand" if up else "lowered by hand", cause)
    return verdict, wanted


def _step(now: Level, up: bool) -> int:
    place = LEVELS.index(now) + (1 if up else -1)
    if place not in range(len(LEVELS)):
        raise InputError(f"It stands at “{now}” already, and there is nothing further that way.")
    return place


def _by(asker: Asker) -> str:
    return f"user:{asker.id}"


async def _set(db: Db, kind: str, to: Level, by: str, why: str, cause: str) -> None:
    note = Note("autonomy.set", kind, by, why, cause)
    await rows.put(db, kind, {"level": to, "by": by, "why": why}, note)


async def fell(ops: Ops, db: Db, kind: str, why: str, *, by: str = "house", cause: str = "") -> bool:
    """Something had to be undone, or its vendor is not well: from now on people are asked again.

    In the caller's transaction; False when they are asked anyway.
    """
    if await wished(ops, db, kind) != "auto":
        return False
    await _set(db, kind, "approve", by, why, cause)
    return True


async def kept_watch(ops: Ops) -> list[str]:
    """Every kind that is done without asking falls while its vendor's breaker is open; which did."""
    fallen = []
    async with ops.db.begin() as db:
        open_ = {one.connector for one in await connector.breakers(db) if one.opened_at}
        for kind, key in _kinds(ops):
            if key in open_ and await fell(ops, db, kind, f"The breaker of {key} is open."):
                fallen.append(kind)
    return fallen


def _kinds(ops: Ops) -> list[tuple[str, str]]:
    return [
        (action.kind, one.key)
        for department in ops.departments
        for one in department.connectors
        for action in one.actions
    ]
