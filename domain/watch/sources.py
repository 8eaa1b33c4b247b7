"""Run one source by its name: read what is new, fill its history, hold it against the vendor's own count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from domain.kernel import calendar, freshness, history
from domain.kernel import connector as connectors
from domain.kernel.connector import Connector, Stream
from domain.kernel.department import Department
from domain.kernel.errors import InputError, OpsError
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from models import connector as states
from models import fact_order, metric, window

_SEASON = timedelta(days=metric.SEASON + 5)
"""The newest day of sales, from which a season counts, may lie some days back."""
_REFUNDS = timedelta(days=62)
"""A month's refunds belong to orders of that month and of the two before, as a rule."""
_GAP = 0.01
"""A difference of more than one in a hundred between the vendor's count and ours is named."""


def find(ops: Ops, name: str) -> tuple[Connector, Stream]:
    """The connector and stream of a name like `shopify.orders`; InputError when there is none."""
    for department in ops.departments:
        for connector in department.connectors:
            for stream in connector.streams:
                if name == f"{connector.key}.{stream.key}":
                    return connector, stream
    raise InputError(f"There is no source {name!r}.")


def known(ops: Ops, vendor: str) -> tuple[Department, Connector] | None:
    """The department and connector of a vendor's key; None when there is none."""
    pairs = ((department, one) for department in ops.departments for one in department.connectors)
    return next(((department, one) for department, one in pairs if one.key == vendor), None)


async def fault(ops: Ops, name: str) -> str:
    """The word for what is wrong with a source now, empty when nothing is known to be."""
    connector, _, stream = name.partition(".")
    async with ops.db.begin() as db:
        return (await states.state(db, connector, stream)).fault or ""


def resting(ops: Ops, connector: Connector) -> str:
    """Why nothing is asked of a vendor: it is switched off, or not connected; empty when it is asked."""
    if not ops.policy.connector(connector.key).enabled:
        return f"{connector.name} is switched off in ops.toml"
    if lacking := connectors.missing(ops, connector):
        return f"{connector.name} is not connected: {', '.join(lacking)} is not set"
    return ""


async def collect(ops: Ops, name: str, back_days: int | None = None) -> dict[str, Any]:
    """Read what is new of a source, or the last `back_days` whatever was read before; plain JSON for a flow's step."""
    connector, stream = find(ops, name)
    if why := resting(ops, connector):
        return {"resting": why}
    found = await connectors.collect(ops, connector, stream.key, back=timedelta(days=back_days) if back_days else None)
    return {
        "rows": found.rows,
        "changed": found.changed,
        "days": len(found.days),
        "fault": found.fault.text if found.fault else "",
    }


async def collect_due(ops: Ops, within: float, older_than: timedelta = timedelta(minutes=20)) -> dict[str, str]:
    """Read every connected source not asked lately, at the same time, within so many seconds; what went wrong, by name.

    A source that fails or takes too long is named and stays as it was: nothing here is raised.
    """
    async with ops.db.begin() as db:
        tried = {f"{one.connector}.{one.stream}": one.last_try_at for one in await states.states(db)}
    now = ops.clock.now()
    due = [name for name in names(ops) if (last := tried.get(name)) is None or now - last > older_than]
    found = await asyncio.gather(*(_bounded(ops, name, within) for name in due))
    return {name: fault for name, fault in zip(due, found, strict=True) if fault}


def names(ops: Ops) -> Iterator[str]:
    """Every source that is connected and switched on."""
    for _, connector in freshness.connected(ops):
        for stream in connector.streams:
            yield f"{connector.key}.{stream.key}"


async def _bounded(ops: Ops, name: str, within: float) -> str:
    try:
        async with asyncio.timeout(within):
            return str((await collect(ops, name)).get("fault", ""))
    except OpsError as error:
        return error.detail
    except TimeoutError:
        return f"no answer within {within:.0f} seconds"


async def fill(ops: Ops, name: str) -> dict[str, Any]:
    """Fill what is missing of a source's history; may be stopped and begun again at any point."""
    connector, stream = find(ops, name)
    if why := resting(ops, connector):
        return {"resting": why}
    async with ops.db.begin() as db:
        known = await window.windows(db, connector.key, stream.key)
    if known and all(one.done for one in known):
        return {"resting": f"the history is complete since {min(one.first for one in known)}"}
    done = await history.backfill(ops, connector, stream.key, lambda _: None)
    return {"rows": done.done, "windows": done.windows, "since": done.since.isoformat() if done.since else None}


def with_history(ops: Ops) -> list[str]:
    """The connected sources whose past can be read; the orders last, which are by far the most."""
    found = [
        (stream.kind == "orders", f"{connector.key}.{stream.key}")
        for _, connector in freshness.connected(ops)
        for stream in connector.streams
        if stream.history is not None
    ]
    return [name for _, name in sorted(found)]


async def reconcile(ops: Ops, name: str, day: date) -> dict[str, Any]:
    """Hold our rows of a day against the vendor's own count of it; `gap` is a sentence when they differ too much."""
    connector, stream = find(ops, name)
    if why := resting(ops, connector):
        return {"resting": why}
    if stream.count is None or stream.kind != "orders":
        return {"resting": "this vendor does not tell a count of its own"}
    if not calendar.Calendar.of(ops.policy.company).is_open(day):
        return {"resting": "the company was closed on that day"}
    said = await stream.count(connectors.source(ops, connector), day, day)
    async with ops.db.begin() as db:
        ours, net = await fact_order.sold(db, connector.key, day, day)
    gap = abs(said.rows - ours) / max(said.rows, 1)
    sentence = f"{connector.name} counts {said.rows:,} {stream.key} on {day}, we have {ours:,} ({gap:.1%} apart)"
    return {"vendor": said.rows, "ours": ours, "net": str(net), "gap": sentence if gap > _GAP else ""}


def countable(ops: Ops) -> list[str]:
    """The connected sources that tell a count of their own."""
    return [
        f"{connector.key}.{stream.key}"
        for _, connector in freshness.connected(ops)
        for stream in connector.streams
        if stream.count is not None
    ]


def needed_since(policy: Policy, today: date) -> date:
    """How far back a pulse looks: a season for the key articles, and last year's same month when it makes the plan."""
    told = today - timedelta(days=1)
    season = today - _SEASON
    if f"{told:%Y-%m}" in policy.plan.months:
        return season
    return min(season, calendar.same_month_last_year(told).first - _REFUNDS)


async def awaited(ops: Ops, since: date, within: float) -> str:
    """Wait until every source was asked once and orders are stored back to `since`; why not, when time runs out first.

    Only for a new house: later everything is there and this returns at once. A source with a fault is not waited for.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + within
    while why := await _lacking(ops, since):
        if loop.time() > until:
            return why
        await asyncio.sleep(0.5)
    return ""


async def _lacking(ops: Ops, since: date) -> str:
    async with ops.db.begin() as db:
        known = {f"{one.connector}.{one.stream}": one for one in await states.states(db)}
        past = with_history(ops)
        untried = [name for name in names(ops) if name not in past and name not in known]
        if untried:
            return f"{untried[0]} was not asked yet"
        for name in past:
            if name in known and known[name].fault:
                continue
            connector, stream = find(ops, name)
            covered = window.reach(await window.windows(db, connector.key, stream.key))
            wanted = since if stream.kind == "orders" else max(since, ops.today() - _SEASON)
            if covered is None or covered > wanted:
                return f"the history of {name} is stored back to {covered or 'today'}, not to {wanted}"
    return ""
