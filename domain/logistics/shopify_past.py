"""Shopify's past: every order of a stretch of days by one bulk operation, read line by line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.kernel.drift import taken
from domain.kernel.facts import maybe, moment, text
from domain.kernel.source import Page, Said, Source
from domain.kernel.vendor import Call
from domain.kernel.vendor_errors import (
    BrokenError,
    CutOffError,
    DriftError,
    RefusedRequestError,
    SlowError,
    ThrottledError,
)
from domain.logistics.shopify_graphql import ask, utc
from domain.logistics.shopify_orders import ORDER, SALE

_LONGEST_EXPORT = 1800.0
_read = json.JSONDecoder().decode  # many lines as one list: in half the time of json.loads for each

EXPORT = f"""{{
  orders(query: "%s") {{ edges {{ node {{ {ORDER}
    agreements {{ edges {{ node {{ id happenedAt sales {{ edges {{ node {{ {SALE} }} }} }} }} }} }}
  }} }} }}
}}"""
START_EXPORT = """
mutation Export($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id status } userErrors { field message code }
  }
}"""
EXPORTED = "query Exported($id: ID!) { bulkOperation(id: $id) { id status errorCode objectCount url } }"
COUNT = "query Count($query: String!) { ordersCount(query: $query, limit: null) { count } }"
OLDEST = "{ orders(first: 1, sortKey: PROCESSED_AT) { nodes { processedAt } } }"


async def export(source: Source, first: date, last: date) -> AsyncIterator[Page]:
    """Every order processed on these days of the company, from one bulk operation."""
    url = await _exported(source, EXPORT % _days(source, first, last))
    if url is None:
        return
    parts = _Assembly()
    async with aclosing(source.http.lines(source.door, Call(url, known=False))) as lines:
        async for some in lines:
            yield Page(list(parts.add(some)))
    yield Page(list(parts.end()))


async def _exported(source: Source, query: str) -> str | None:
    """Run a bulk operation and return where its file lies; None when it found nothing."""
    answer = await source.ask(ask(START_EXPORT, query=query))
    started = taken(answer.data, "data.bulkOperationRunQuery", dict)
    if problems := taken(started, "userErrors", list):
        told = text(problems[0]["message"])
        if problems[0].get("code") in ("LIMIT_REACHED", "OPERATION_IN_PROGRESS"):
            raise ThrottledError(f"an export has to wait: {told}", retry_after=15.0)
        raise RefusedRequestError(f"it does not run the export: {told}")
    ident, pause, waited = taken(started, "bulkOperation.id", str), 0.1, 0.0
    while waited < _LONGEST_EXPORT:
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(pause * 1.3, 5.0)
        answer = await source.ask(ask(EXPORTED, id=ident))
        done = taken(answer.data, "data.bulkOperation", dict)
        if text(done["status"]) not in ("CREATED", "RUNNING"):
            return _place(done)
    raise SlowError(f"an export was not finished after {_LONGEST_EXPORT / 60:.0f} minutes.")


def _place(done: Mapping[str, Any]) -> str | None:
    if done["status"] != "COMPLETED":
        raise BrokenError(f"an export ended as {done['status']} ({done['errorCode']}).")
    return maybe(text, done["url"])


@dataclass
class _Assembly:
    """Puts the lines of an export together again: an order, its agreements and their sales, grouped by order."""

    order: dict[str, Any] | None = None
    agreements: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, lines: list[bytes]) -> Iterator[dict[str, Any]]:
        """Take some lines; orders that are complete with them come out."""
        try:
            rows = _read(f"[{b','.join(lines).decode()}]")
        except ValueError as error:
            raise CutOffError("a line of the export is cut off.") from error
        for found in rows:
            parent = found.pop("__parentId", None)
            if parent is None:
                yield from self.end()
                found["agreements"] = []
                self.order, self.agreements = found, {}
            else:
                self._hang(parent, found)

    def _hang(self, parent: str, found: dict[str, Any]) -> None:
        if parent in self.agreements:
            self.agreements[parent].append(found)
        elif self.order is not None and parent == self.order.get("id"):
            found["sales"] = self.agreements[found["id"]] = []
            self.order["agreements"].append(found)
        else:
            raise DriftError("the lines of the export are not grouped by their orders.")

    def end(self) -> Iterator[dict[str, Any]]:
        """The last order."""
        if self.order is not None:
            yield self.order
        self.order = None


def _days(source: Source, first: date, last: date) -> str:
    start = datetime.combine(first, time(), source.zone)
    end = datetime.combine(last + timedelta(days=1), time(), source.zone)
    return f"processed_at:>='{utc(start)}' AND processed_at:<'{utc(end)}'"


async def count_orders(source: Source, first: date, last: date) -> Said:
    """How many orders the shop itself counts on these days, test orders included, excluded sources not."""
    others = "".join(f" AND -source_name:'{name}'" for name in sorted(source.excluded))
    answer = await source.ask(ask(COUNT, query=_days(source, first, last) + others))
    return Said(taken(answer.data, "data.ordersCount.count", int))


async def first_day(source: Source) -> date | None:
    """The day of the oldest order."""
    nodes = taken((await source.ask(ask(OLDEST))).data, "data.orders.nodes", list)
    return source.day(moment(nodes[0]["processedAt"])) if nodes else None
