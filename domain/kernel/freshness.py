"""How fresh everything is: what each stream last gave, which vendors are not connected, which jobs ran."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from domain.kernel import connector as connectors
from domain.kernel.connector import Connector, Stream
from domain.kernel.ports import Ops
from models import connector as rows
from models import slot, window
from models.base import Db
from models.connector import StreamState
from models.window import Window

Age = Literal["minutes", "hours", "days"]
SourceMark = Literal["fresh", "stale", "faulty", "never"]


@dataclass(frozen=True)
class Source:
    """One stream of one vendor as it stood: `as_of` is its last good value, `fault` a word and its sentence."""

    key: str
    name: str
    department: str
    kind: str
    as_of: datetime | None
    stale_after_hours: Decimal
    fault: str = ""
    fault_text: str = ""

    def mark(self, at: datetime) -> SourceMark:
        """How it stood at a time."""
        if self.fault:
            return "faulty"
        if self.as_of is None:
            return "never"
        return "stale" if self.hours(at) > self.stale_after_hours else "fresh"

    def hours(self, at: datetime) -> Decimal:
        """The age of the last good value in hours; 0 when there is none."""
        return Decimal(int((at - self.as_of) / timedelta(minutes=1))) / 60 if self.as_of else Decimal(0)

    def age(self, at: datetime) -> tuple[Decimal, Age]:
        """The age of the last good value as people say it: in minutes, hours or days."""
        hours = self.hours(at)
        if hours < 2:
            return hours * 60, "minutes"
        return (hours, "hours") if hours <= 48 else (hours / 24, "days")


@dataclass(frozen=True)
class JobsSeen:
    """The job slots of the last 24 hours: how many ended, how many of them ran, and which jobs did not."""

    ended: int = 0
    ran: int = 0
    failing: tuple[str, ...] = ()


_A_DAY = timedelta(hours=26)
"""Every source is asked at least once a day; two hours are for being late."""
NOUNS = {
    "orders": "orders",
    "inventory": "stock levels",
    "fulfilment": "shipments",
    "ads": "ads",
    "deals": "deals",
}


FAULTS = {
    "credential": "key refused",
    "permission": "permission missing",
    "payment": "payment due",
    "gone": "address gone",
    "moved": "address moved",
    "address": "address not allowed",
    "request": "request refused",
    "html": "web page instead of data",
    "too big": "answer too large",
    "empty": "answer empty",
    "shape": "unexpected shape of the data",
    "currency": "amounts in another currency",
    "throttled": "calls used up",
    "slow": "answer too slow",
    "unreachable": "out of reach",
    "broken": "error at the vendor",
    "cut off": "answer cut off",
    "breaker": "left alone after errors",
    "stale": "answers with old data",
    "volume": "unusual number of rows",
}
"""The short word of a fault in a few words for a line that has little room."""


def connected(ops: Ops) -> list[tuple[str, Connector]]:
    """The connectors whose credentials are there and that the policy does not switch off, with their department."""
    return [(department, one) for department, one in _enabled(ops) if not connectors.missing(ops, one)]


def _enabled(ops: Ops) -> list[tuple[str, Connector]]:
    return [
        (department.key, connector)
        for department in ops.departments
        for connector in department.connectors
        if ops.policy.connector(connector.key).enabled
    ]


def unconnected(ops: Ops, found: Sequence[Source]) -> tuple[str, ...]:
    """The names of the vendors without credentials, of whose streams none was `found`."""
    there = {source.key.partition(".")[0] for source in found}
    return tuple(one.name for _, one in _enabled(ops) if one.key not in there and connectors.missing(ops, one))


async def seen(ops: Ops, db: Db) -> tuple[Source, ...]:
    """Every connected stream as it stands.

    A process without any vendor's credentials, such as a shell beside the house, goes by what was asked within a day.
    """
    states = {(state.connector, state.stream): state for state in await rows.states(db)}
    here = connected(ops)
    found = []
    for department, connector in here or _enabled(ops):
        for stream in connector.streams:
            state = states.get((connector.key, stream.key))
            if here or _lately(ops, state):
                found.append(_source(ops, department, connector, stream, state))
    return tuple(found)


def _lately(ops: Ops, state: StreamState | None) -> bool:
    return bool(state and state.last_try_at and ops.clock.now() - state.last_try_at <= _A_DAY)


def _source(ops: Ops, department: str, connector: Connector, stream: Stream, state: StreamState | None) -> Source:
    """A fault keeps the time of the last good value: what was told of the data, else of the last good answer."""
    limit = ops.policy.connector(connector.key).stale_after_hours
    as_of = state.last_ok_at if state else None
    if state and state.fault == "stale" and state.last_data_at:
        as_of = state.last_data_at
    return Source(
        key=f"{connector.key}.{stream.key}",
        name=_name(connector, stream),
        department=department,
        kind=stream.kind,
        as_of=as_of,
        stale_after_hours=Decimal(str(limit if limit is not None else stream.stale_after / timedelta(hours=1))),
        fault=(state.fault or "") if state else "",
        fault_text=state.fault_text if state else "",
    )


def _name(connector: Connector, stream: Stream) -> str:
    """`Shopify orders`; not twice what the vendor's name says already: `Meta Ads`."""
    noun = NOUNS.get(stream.kind, stream.key)
    return connector.name if connector.name.lower().endswith(noun) else f"{connector.name} {noun}"


async def covered_since(ops: Ops, db: Db, kind: str) -> date | None:
    """The first day from which on a kind of fact is stored without a gap; None: nobody fills its history."""
    since = [
        _whole_since(ops, connector, known) or ops.today() - stream.look_back
        async for connector, stream, known in _histories(ops, db, kind)
    ]
    return max(since, default=None)


async def filling(ops: Ops, db: Db, kind: str) -> bool:
    """Whether older days of a kind of fact are still to be stored: its back-fill is not at its end."""
    return any([window.reach(known) != date.min async for _, _, known in _histories(ops, db, kind)])


async def _histories(ops: Ops, db: Db, kind: str) -> AsyncIterator[tuple[Connector, Stream, list[Window]]]:
    """The streams of a kind whose past is stored or can be, each with its windows, newest first."""
    for _, connector in _enabled(ops):
        for stream in connector.streams:
            if stream.kind == kind and stream.history is not None:
                known = await window.windows(db, connector.key, stream.key)
                if known or not connectors.missing(ops, connector):
                    yield connector, stream, known


def _whole_since(ops: Ops, connector: Connector, known: Sequence[Window]) -> date | None:
    """A history that the policy cuts short begins at the cut; one of a younger shop has no day without its rows."""
    since, cut = window.reach(known), ops.today() - timedelta(days=ops.policy.connector(connector.key).history_days)
    return known[-1].first if since == date.min and known[-1].first <= cut else since


async def jobs(ops: Ops, db: Db) -> JobsSeen:
    """The slots of the last 24 hours that have ended."""
    ended = [row for row in await slot.recent(db, ops.clock.now() - timedelta(hours=24)) if row.ended_at is not None]
    last = {row.key.job: row.state for row in ended}
    failing = tuple(sorted(job for job, state in last.items() if state == "escalated"))
    return JobsSeen(len(ended), sum(row.state == "ran" for row in ended), failing)
