"""When each bot, job and source last did something that counted, what has fallen silent, and whether posts arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel import freshness
from domain.kernel.ports import Ops
from domain.watch import machine, silences
from domain.watch.silences import Heard, Kind, Quiet
from models import activity, connector, executor, outbox, slot, sundial
from models.activity import Posted

_LOOK_BACK = timedelta(days=16)
_CARED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Last:
    """When a bot, a job or a source last brought something that counts; None: not within two weeks, or never."""

    kind: Kind
    name: str
    at: datetime | None


@dataclass(frozen=True)
class Activity:
    """One look: what is silent, what last counted, and how the last post of each job stands."""

    quiet: tuple[Quiet, ...]
    last: tuple[Last, ...]
    posts: tuple[Posted, ...]


async def look(ops: Ops) -> Activity:
    """Everything that should be heard of, by the database's clock."""
    heard = await _heard(ops)
    return Activity(tuple(silences.all_of(heard)), tuple(last(ops, heard)), tuple(heard.posts))


async def _heard(ops: Ops) -> Heard:
    async with ops.db.begin() as db:
        now = await sundial.now(db)
        processes = await executor.latest(db)
        return Heard(
            now=now,
            zone=ops.policy.company.tz,
            plans=ops.plans,
            known=dict(await slot.known(db, _CARED_FOR)),
            seen=await activity.seen(db, now - _LOOK_BACK),
            sources=await freshness.seen(ops, db),
            states=await connector.states(db),
            mail=await outbox.standing(db),
            posts=await activity.posted(db, now - _LOOK_BACK),
            used_at=await activity.used_at(db, now - _LOOK_BACK),
            steady_since=machine.steady_since(processes, now),
            up_since=next((one.started_at for one in processes if one.role == "scheduler"), None),
        )


def last(ops: Ops, heard: Heard) -> Iterator[Last]:
    """The last meaningful output: a run that brought nothing does not count, a bot's is the latest of all its own."""
    jobs = {plan.job: heard.seen[plan.job].meant_at if plan.job in heard.seen else None for plan in ops.plans}
    for department in ops.departments:
        mine = [jobs[plan.job] for plan in ops.plans if plan.queue == department.key]
        mine += [one.as_of for one in heard.sources if one.department == department.key]
        yield Last("bot", department.key, max((at for at in mine if at), default=None))
    yield from (Last("job", job, at) for job, at in sorted(jobs.items()))
    yield from (Last("source", one.key, one.as_of) for one in heard.sources)
