"""The self-check: what was measured, judged as well, worth a look, or bad; kept so that a slope can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from domain.kernel import freshness
from domain.kernel.ports import Ops
from domain.watch import executors, measures, pings
from domain.watch.measures import Measures
from models import check
from models.base import Db
from models.check import Result

_SLOPE_OVER = timedelta(hours=24)
_GROWTH = 1.5
_HOUSE_BYTES = 600 * 1024 * 1024
_MINUTE = timedelta(minutes=1)
_WEIGHT = {"ok": 0, "warn": 1, "bad": 2}


def expected(ops: Ops) -> tuple[str, ...]:
    """The processes a whole house runs."""
    return ("bot", "scheduler", *(f"worker-{one.key}" for one in ops.departments), "web")


Tell = Callable[[Db, list[Result]], Awaitable[None]]


async def run(ops: Ops, tell: Tell) -> list[Result]:
    """Look at everything, keep what was found and tell what is bad, in one transaction; returns what is bad."""
    found = await measures.look(ops)
    results = one_each(judge(found, expected(ops)))
    async with ops.db.begin() as db:
        past = await check.history(db, "memory.house", found.at - _SLOPE_OVER)
        results.append(slope(found, past))
        await check.keep(db, results)
        bad = [one for one in results if one.state == "bad"]
        await tell(db, bad)
    return bad


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
    bad: tuple[str, ...] = ()
    """The names of the checks that are bad."""
    processes: Mapping[str, float] = field(default_factory=dict)
    """For how many seconds each process has not beaten."""


async def liveness(ops: Ops, within: float = 3.0) -> Liveness:
    """Whether this process and the database answer, within so many seconds, and what is amiss all the same."""
    try:
        async with asyncio.timeout(within):
            found = await measures.look(ops)
            sources = () if found.database_error else await _ailing(ops)
    except TimeoutError:
        return Liveness("down", (f"The database did not answer within {within:.0f} s.",), ("database",))
    if found.database_error:
        return Liveness("down", (f"The database does not answer ({found.database_error}).",), ("database",))
    wrong = [one for one in judge(found, expected(ops)) if _amiss(one)]
    return Liveness(
        "degraded" if wrong or sources else "ok",
        (*(one.text for one in wrong), *sources),
        tuple(one.name for one in wrong if one.state == "bad"),
        {one.role: round(one.silent_for.total_seconds(), 1) for one in found.processes},
    )


async def _ailing(ops: Ops) -> tuple[str, ...]:
    """A sentence for every connected source that fails or is stale."""
    async with ops.db.begin() as db:
        sources = await freshness.seen(ops, db)
    at, stale = ops.clock.now(), "its last good value is too old"
    ailing = [one for one in sources if one.mark(at) in ("faulty", "stale")]
    return tuple(f"{one.name}: {(one.fault_text or stale).rstrip('.')}." for one in ailing)


def _amiss(one: Result) -> bool:
    return one.state == "bad" or (one.name == "redis" and one.state != "ok")


def judge(found: Measures, roles: Sequence[str]) -> list[Result]:
    """Every check on one look, in a fixed order; pure."""
    if found.database_error:
        down = Result("database", found.at, "bad", f"The database does not answer ({found.database_error}).")
        return [*_machine(found), down]
    return [
        *_machine(found),
        *_stores(found),
        *_trail(found),
        *(process(found, role) for role in roles),
        *_slack(found),
        *_queues(found),
        *_mail(found),
        *pings.judge(found.at, found.pinged),
        _slots(found),
    ]


def _machine(found: Measures) -> Iterator[Result]:
    free, share = found.disk_free / 1e9, found.disk_free / max(found.disk_total, 1)
    state = "bad" if share < 0.03 or free < 0.5 else "warn" if share < 0.1 or free < 2 else "ok"
    yield Result("disk", found.at, state, f"{free:.1f} GB of disk are free ({share:.0%}).", _number(free))
    share = found.memory_free_share
    state = "bad" if share < 0.03 else "warn" if share < 0.1 else "ok"
    yield Result("memory", found.at, state, f"{share:.0%} of the machine's memory is free.", _number(share))


def slope(found: Measures, past: Sequence[Result]) -> Result:
    """The house's own memory, held against what it was: growth without end is seen before it kills."""
    megabytes = found.house_bytes / 1024**2
    earlier = [float(one.value) for one in past if one.value]
    grown = bool(earlier) and megabytes > _GROWTH * min(earlier) and found.house_bytes > _HOUSE_BYTES
    text = f"Our processes hold {megabytes:.0f} MB"
    if earlier:
        text += f", between {min(earlier):.0f} and {max(earlier):.0f} MB in the last day"
    return Result("memory.house", found.at, "warn" if grown else "ok", f"{text}.", _number(megabytes))


def _stores(found: Measures) -> Iterator[Result]:
    milliseconds = found.database_for / timedelta(milliseconds=1)
    state = "warn" if milliseconds > 1000 else "ok"
    yield Result("database", found.at, state, f"The database answers in {milliseconds:.0f} ms.", _number(milliseconds))
    if abs(found.clock_gap) > _MINUTE:
        gap = found.clock_gap.total_seconds()
        text = f"This machine's clock is {abs(gap):.0f} s {'ahead of' if gap > 0 else 'behind'} the database's."
        yield Result("clock", found.at, "bad", text, _number(gap))
    else:
        yield Result("clock", found.at, "ok", "This machine's clock agrees with the database's.")
    if found.redis:
        yield Result("redis", found.at, "ok", "Redis answers.")
    else:
        yield Result("redis", found.at, "warn", "Redis does not answer; everything works, more slowly.")


def _trail(found: Measures) -> Iterator[Result]:
    """Nothing while it stands: when it was last verified is told elsewhere."""
    if found.trail_rewritten:
        text = "The trail was cut or written anew since last night: python -m bot audit verify names where."
        yield Result("trail", found.at, "bad", text)


def process(found: Measures, role: str) -> Result:
    """Whether one process of the house lives, and since when not."""
    name = f"process.{role}"
    row = next((one for one in found.processes if one.role == role), None)
    if row is None:
        return Result(name, found.at, "bad", f"{role} has never run.")
    if row.state == "dead":
        return Result(name, found.at, "bad", f"{role} has ended and was not started again, {ago(row.silent_for)}.")
    if row.silent_for > executors.SILENT:
        return Result(name, found.at, "bad", f"{role} has not been heard of for {span(row.silent_for)}.")
    return Result(name, found.at, "ok", f"{role} lives.", _number(row.silent_for.total_seconds()))


def _slack(found: Measures) -> Iterator[Result]:
    told = next((one.detail.get("slack") for one in found.processes if one.role == "bot"), None)
    if not isinstance(told, dict):
        return
    up, wanted = int(told.get("links", 0)), int(told.get("links_wanted", 0))
    state = "bad" if up == 0 else "warn" if up < wanted or told.get("closed") else "ok"
    text = f"{up} of {wanted} connections to Slack are up"
    if told.get("closed"):
        text += f"; nothing can be posted: {told['closed']}"
    yield Result("slack", found.at, state, f"{text}.", _number(up))
    for problem in told.get("problems") or []:
        yield Result(f"slack.{_word(problem)}"[:60], found.at, "warn", str(problem))


def _queues(found: Measures) -> Iterator[Result]:
    for one in found.backlogs:
        late = one.oldest_for
        state = "bad" if late > 10 * _MINUTE else "warn" if late > 2 * _MINUTE else "ok"
        text = _waiting(one.waiting, "flow", f" in {one.queue}", late)
        yield Result(f"queue.{one.queue}", found.at, state, f"{text}.", _number(late.total_seconds()))
    for stray in found.still:
        yield Result(f"flow.{stray.name}"[:60], found.at, "bad", f"The flow {stray.id} stands still.")


def _mail(found: Measures) -> Iterator[Result]:
    if found.mail:
        late = found.at - found.mail.oldest_at if found.mail.oldest_at else timedelta()
        state = "bad" if late > 15 * _MINUTE else "warn" if late > 5 * _MINUTE or found.mail.failed else "ok"
        text = _waiting(found.mail.waiting, "message", " to be posted", late)
        if found.mail.failed:
            text += f"; {found.mail.failed} could not be posted ({found.mail.last_error})"
        yield Result("outbox", found.at, state, f"{text}.", _number(found.mail.waiting))
    if found.post and found.post.rows:
        late = found.at - found.post.oldest_at if found.post.oldest_at else timedelta()
        state = "bad" if late > 5 * _MINUTE else "warn" if late > 2 * _MINUTE else "ok"
        yield Result("inbox", found.at, state, f"{_waiting(found.post.rows, 'command', '', late)}.")


def _slots(found: Measures) -> Result:
    ran, failed = found.outcomes.get("ran", 0), found.outcomes.get("escalated", 0)
    share = failed / max(ran + failed, 1)
    state = "bad" if share > 0.5 else "warn" if share > 0.1 else "ok"
    skipped = found.outcomes.get("skipped", 0)
    text = f"Of the job slots of the last day {ran} ran, {skipped} were skipped, {failed} failed."
    return Result("slots", found.at, state, text, _number(share))


def _waiting(many: int, thing: str, what: str, late: timedelta) -> str:
    """`1 command waits, for 20 seconds`; `3 flows wait in sales, the oldest for 2 minutes`."""
    told = f"{many} {thing} waits{what}" if many == 1 else f"{many} {thing}s wait{what}"
    return f"{told}, {'' if many == 1 else 'the oldest '}for {span(late)}" if many else told


def span(long: timedelta) -> str:
    """A duration in one unit, as a person would say it."""
    seconds = max(long.total_seconds(), 0)
    size, word = next((one for one in _UNITS if seconds >= one[0]), _UNITS[-1])
    number = int(seconds // size)
    return f"{number} {word}{'s' if number != 1 else ''}"


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def ago(long: timedelta) -> str:
    """How long since."""
    return f"{span(long)} ago"


def _word(text: Any) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in str(text).lower())[:40]


def _number(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
