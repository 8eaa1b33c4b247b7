"""The self-check: what was measured, judged as well, worth a look, or bad; kept so that a slope can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from domain.kernel import freshness
from domain.kernel.policy_watch import Watch
from domain.kernel.ports import Ops
from domain.watch import alarm, executors, fleet, machine, measures, pings, safety
from domain.watch.measures import Measures
from models import check
from models.base import Db
from models.check import Result

AGAIN_SECONDS = executors.BEAT_SECONDS + 1
_SLOPE_OVER = timedelta(hours=24)
_WEIGHT = {"ok": 0, "unknown": 1, "warn": 2, "bad": 3}
_CLOCKS = ("clock", "clock.steady")
Tell = Callable[[Db, list[Result]], Awaitable[None]]


def expected(ops: Ops) -> tuple[str, ...]:
    """The processes a whole house runs."""
    return ("bot", "scheduler", *(f"worker-{one.key}" for one in ops.departments), "web")


async def run(ops: Ops, tell: Tell | None = None) -> list[Result]:
    """Look at everything and keep what was found; `tell` is handed it in the same transaction.

    What is bad is looked at a second time, when every process has beaten once more: after a jump of the clock all seem
    silent until then. A database that does not answer keeps nothing: then the results only say so.
    """
    found, results = await look(ops)
    if bad(results):
        await asyncio.sleep(AGAIN_SECONDS)
        found, results = await look(ops)
    if not found.database_error:
        async with ops.db.begin() as db:
            await check.keep(db, results)
            if tell:
                await tell(db, results)
    return results


async def look(ops: Ops) -> tuple[Measures, list[Result]]:
    """What is measured now, judged, the slope of our own memory with it; nothing is kept."""
    found = await measures.look(ops)
    results = one_each(judge(found, expected(ops), ops.policy.watch))
    if not found.database_error:
        async with ops.db.begin() as db:
            past = await check.history(db, "memory.house", found.at - _SLOPE_OVER)
        results.append(machine.growth(found, past, ops.policy.watch))
    return found, results


def bad(results: Sequence[Result]) -> list[Result]:
    """Those that need a person."""
    return [one for one in results if one.state == "bad"]


def one_each(results: Sequence[Result]) -> list[Result]:
    """One result per name: of several the worst, with what all of them say."""
    found: dict[str, Result] = {}
    for one in results:
        known = found.get(one.name)
        if known is None:
            found[one.name] = one
        else:
            worst = max(known, one, key=lambda each: _WEIGHT[each.state])
            found[one.name] = replace(worst, text=f"{known.text} {one.text}")
    return list(found.values())


@dataclass(frozen=True)
class Liveness:
    """The answer to a probe from outside: `ok`, `degraded` (works, with the named faults) or `down`."""

    status: Literal["ok", "degraded", "down"]
    faults: tuple[str, ...] = ()
    bad: Mapping[str, str] = field(default_factory=dict)
    """The checks that are bad, by name, with a sentence each."""
    processes: Mapping[str, float] = field(default_factory=dict)
    """For how many seconds each process has not beaten."""


async def liveness(ops: Ops, within: float = 3.0) -> Liveness:
    """Whether this process and the database answer, within so many seconds, and what is amiss all the same."""
    try:
        async with asyncio.timeout(within):
            found = await measures.look(ops)
            results = judge(found, expected(ops), ops.policy.watch)
            sources = () if found.database_error else await _ailing(ops, stale=timely(results))
    except TimeoutError:
        return _down(f"The database did not answer within {within:.0f} s.")
    if found.database_error:
        return _down(f"The database does not answer ({found.database_error}).")
    wrong = bad(results)
    return Liveness(
        "degraded" if wrong or sources else "ok",
        (*(one.text for one in wrong), *sources),
        {one.name: one.text for one in wrong},
        {one.role: round(one.silent_for.total_seconds(), 1) for one in found.processes},
    )


def _down(text: str) -> Liveness:
    return Liveness("down", (text,), {"database": text})


async def _ailing(ops: Ops, *, stale: bool) -> tuple[str, ...]:
    """A sentence for every connected source that fails, or is `stale`."""
    async with ops.db.begin() as db:
        sources = await freshness.seen(ops, db)
    at, marks = ops.clock.now(), ("faulty", "stale") if stale else ("faulty",)
    ailing = [one for one in sources if one.mark(at) in marks]
    return tuple(f"{one.name}: {(one.fault_text or 'its last good value is too old').rstrip('.')}." for one in ailing)


def timely(results: Sequence[Result]) -> bool:
    """Whether ages mean anything: by a clock that is wrong or was just set everything looks old, or new."""
    return not any(one.name in _CLOCKS for one in bad(results))


def judge(found: Measures, roles: Sequence[str], limits: Watch) -> list[Result]:
    """Every check on one look, in a fixed order; pure."""
    if found.database_error:
        down = Result("database", found.at, "bad", f"The database does not answer ({found.database_error}).")
        return [*machine.judge(found, limits), down]
    return [
        *machine.judge(found, limits),
        *machine.stores(found, limits),
        *fleet.judge(found, roles, limits),
        *pings.judge(found.at, found.pinged),
        *safety.judge(found.at, found.safety, limits),
        alarm.judge(found.at, found.second_road),
    ]
