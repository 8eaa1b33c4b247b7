"""What a connector is, and how one of its streams is read: pages, drift guard, facts, metrics and cursor together."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from domain.kernel import drift, facts, figures
from domain.kernel.calendar import Calendar
from domain.kernel.drift import Need
from domain.kernel.errors import OpsError
from domain.kernel.facts import Batch, Kind
from domain.kernel.ports import Ops
from domain.kernel.source import Page, Said, Source, Span
from domain.kernel.vendor import Call, Door, Judge, Pace, Rate
from domain.kernel.vendor_auth import Auth, Keyring
from domain.kernel.vendor_errors import (
    BreakerOpenError,
    CredentialError,
    EmptyError,
    PermissionMissingError,
    fault_of,
)
from models import connector as rows
from models import metric, raw_page
from models.connector import Answered, Fault, StreamState
from models.fact import Merged

if TYPE_CHECKING:
    from domain.kernel.action import Action

_SNAPSHOTS = frozenset({"inventory", "fulfilment", "deals"})
"""Kinds whose figures are of now, so that today's metric rows are due even when nothing changed."""
_NAMED = re.compile(r"\{(\w+)\}")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Credential:
    """A secret or setting by its name in the environment: where a person gets it, how long it lives, what it opens."""

    name: str
    where: str
    lives: str
    breaks: str
    optional: bool = False
    secret: bool = True


Pages = Callable[[Source, Span], AsyncIterator[Page]]
Put = Callable[[Source, Mapping[str, Any], Batch], None]


@dataclass(frozen=True)
class History:
    """How the past of a stream is read: by windows of days, newest first.

    `largest`: a window of more rows by the vendor's own `count` is halved, so that one fits into memory.
    """

    pages: Callable[[Source, date, date], AsyncIterator[Page]]
    first_day: Callable[[Source], Awaitable[date | None]]
    largest: int = 5000


@dataclass(frozen=True)
class Stream:
    """One kind of data of a vendor. `look_back`: how far a run reads without a cursor; `overlap`: how far before it."""

    key: str
    kind: Kind
    pages: Pages
    put: Put
    needs: tuple[Need, ...]
    stale_after: timedelta
    look_back: timedelta
    cursored: bool = True
    overlap: timedelta = timedelta(minutes=15)
    may_be_empty: bool = False
    banded: bool = False
    count: Callable[[Source, date, date], Awaitable[Said]] | None = None
    history: History | None = None


@dataclass(frozen=True)
class Connector:
    """A vendor in one declaration. `url` may name settings in braces; `judge` and `pace` know its errors and quotas.

    `version_header`: the answer's header that tells which version really answered, for vendors that change it silently.
    `writing`: how it is known when it is changed, apart from how it is known when it is read; for its `actions`.
    """

    key: str
    name: str
    version: str
    sunset: date
    url: str
    auth: Auth
    streams: tuple[Stream, ...]
    credentials: tuple[Credential, ...]
    scopes: tuple[str, ...]
    health: Call
    rates: tuple[Rate, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    judge: Judge | None = None
    pace: Pace | None = None
    version_header: str = ""
    writing: Auth | None = None
    actions: tuple[Action, ...] = ()

    def stream(self, key: str) -> Stream:
        """A stream by its key; KeyError when there is none."""
        return {stream.key: stream for stream in self.streams}[key]


@dataclass(frozen=True)
class Collected:
    """What a run brought: vendor `rows`, facts `changed`, days touched, the newest time in the data, a named oddity."""

    rows: int
    changed: int
    days: frozenset[date]
    empty: bool
    as_of: datetime | None
    fault: Fault | None = None


def door(ops: Ops, connector: Connector) -> Door:
    """The way to a vendor: the address of the environment or the policy before the declared one."""
    base = _override(ops, connector) or _NAMED.sub(lambda name: _plain(ops, name[1]), connector.url)
    return Door(
        key=connector.key,
        base=base,
        auth=connector.auth,
        rates=connector.rates,
        headers=connector.headers,
        hosts=connector.hosts,
        judge=connector.judge,
        pace=connector.pace,
    )


def _override(ops: Ops, connector: Connector) -> str | None:
    return ops.secrets.get(f"{connector.key.upper()}_URL") or ops.policy.connector(connector.key).url


def _plain(ops: Ops, name: str) -> str:
    """A setting that becomes part of an address: one plain word, so that it cannot lead elsewhere."""
    value = (ops.secrets.get(name) or "").removesuffix(".myshopify.com")
    if not _PLAIN.fullmatch(value):
        raise CredentialError(f"{name} is not set to a plain name.")
    return value


def missing(ops: Ops, connector: Connector) -> tuple[str, ...]:
    """Names of the credentials that are needed and not set; a connector with any is not connected."""
    override = _override(ops, connector)
    spared = set(_NAMED.findall(connector.url)) if override else set()
    needed = [one.name for one in connector.credentials if not one.optional and one.name not in spared]
    at = Door(connector.key, override or connector.url, connector.auth)
    return tuple(dict.fromkeys([*ops.http.missing(at), *(name for name in needed if not ops.secrets.get(name))]))


def source(ops: Ops, connector: Connector) -> Source:
    """The connector ready to be asked; CredentialError when its address cannot be told."""
    policy = ops.policy.connector(connector.key)
    settings = {one.name: ops.secrets.get(one.name) or "" for one in connector.credentials if not one.secret}
    return Source(
        key=connector.key,
        http=ops.http,
        door=door(ops, connector),
        zone=ops.policy.company.tz,
        currency=ops.policy.company.currency,
        excluded=frozenset(name.lower() for name in policy.exclude_sources),
        now=ops.clock.now(),
        settings=settings,
        version=connector.version,
        version_header=connector.version_header,
    )


async def collect(
    ops: Ops, connector: Connector, stream_key: str, *, until: datetime | None = None, back: timedelta | None = None
) -> Collected:
    """Read what is new of a stream into facts, metrics and cursor, a transaction per page.

    `back` reads this far back whatever the cursor says. An answer that cannot be used is kept as the stream's fault
    and raised as its typed error; what was stored before stays, and nothing becomes zero.
    """
    stream, at = connector.stream(stream_key), ops.clock.now()
    async with ops.db.begin() as db:
        before = await rows.state(db, connector.key, stream.key)
    try:
        at_work = source(ops, connector)
        span = _span(stream, before, until or at, back)
        whole, merged = await _read(ops, at_work, stream, span)
    except OpsError as error:
        await note(ops, connector, stream, error, before)
        raise
    as_of = max(filter(None, (whole.data_at, before.last_data_at)), default=None)
    fault = await _odd(ops, connector, stream, as_of)
    answer = Answered(whole.rows, as_of, at, sorted(whole.notices))
    async with ops.db.begin() as db:
        await rows.answered(db, connector.key, stream.key, answer, fault)
    return Collected(whole.rows, merged.changed, merged.days, whole.rows == 0, as_of, fault)


def _span(stream: Stream, before: StreamState, until: datetime, back: timedelta | None) -> Span:
    if stream.cursored and before.cursor and back is None:
        # Behind a back-fill the cursor stands at the time of planning, where no row need be.
        since = datetime.fromisoformat(before.cursor) - stream.overlap
        repeats = before.last_rows > 0
        return Span(since, until, repeats, short=not repeats)
    return Span(until - (back or stream.look_back), until)


async def _read(ops: Ops, at_work: Source, stream: Stream, span: Span) -> tuple[Batch, Merged]:
    """Every page of a span, each stored with its raw answers and the cursor in one transaction."""
    whole, merged = Batch(), Merged()
    async for page in drift.guarded(stream.pages(at_work, span)):
        batch = Batch(gone=set(page.gone))
        drift.mapped(page.rows, batch, lambda row, into: stream.put(at_work, row, into), stream.needs)
        merged |= await _keep(ops, at_work, stream, page, batch)
        whole.rows, whole.notices = whole.rows + batch.rows, whole.notices | batch.notices
        whole.notices |= set(filter(None, map(at_work.other_version, page.answers)))
        if batch.data_at:
            whole.seen(batch.data_at)
    if not whole.rows and not span.short and (span.repeats or not stream.may_be_empty):
        raise EmptyError(_nothing(span))
    return whole, merged


def _nothing(span: Span) -> str:
    if span.repeats:
        return "the answer is empty, although it must at least repeat the last row read before."
    hours = (span.until - span.since) / timedelta(hours=1)
    return f"the answer is empty for the last {hours:.0f} hours."


async def _keep(ops: Ops, at_work: Source, stream: Stream, page: Page, batch: Batch) -> Merged:
    async with ops.db.begin() as db:
        for answer in page.answers:
            await raw_page.keep(db, at_work.key, stream.key, request=answer.request, body=answer.body, at=at_work.now)
        merged = await facts.store(db, batch, at_work.today)
        now = stream.kind in _SNAPSHOTS and (batch.rows or merged.changed)
        days = merged.days | ({at_work.today} if now else set())
        if days:
            scope = figures.scope(ops.policy)
            await metric.refresh(db, days=days, kinds={stream.kind}, zone=at_work.zone, at=at_work.now, scope=scope)
        if stream.cursored and page.cursor:
            await rows.move(db, at_work.key, stream.key, page.cursor.isoformat())
    return Merged(merged.changed, frozenset(days))


async def _odd(ops: Ops, connector: Connector, stream: Stream, as_of: datetime | None) -> Fault | None:
    """What is odd about data that arrived well: too old, or far too few or many for the last finished day."""
    policy, company = ops.policy.connector(connector.key), ops.policy.company
    hours = policy.stale_after_hours
    limit = timedelta(hours=hours) if hours else stream.stale_after
    if found := drift.stale(as_of, ops.clock.now(), limit, company):
        return found
    yesterday = ops.today() - timedelta(days=1)
    if not stream.banded or not Calendar.of(company).is_open(yesterday):
        return None
    async with ops.db.begin() as db:
        return await drift.volume(db, stream.kind, connector.key, yesterday, policy.volume_band)


async def note(ops: Ops, connector: Connector, stream: Stream, error: OpsError, before: StreamState) -> None:
    """Keep an error as the stream's fault; a breaker that is merely open does not hide what opened it."""
    error.source = connector.key
    what = advice(ops, connector, error)
    told = f"{connector.name}: {error.detail.rstrip('.')}. {what}" if what else f"{connector.name}: {error.detail}"
    fault = Fault(fault_of(error), told)
    if isinstance(error, BreakerOpenError) and before.fault:
        fault = Fault(before.fault, before.fault_text)
    async with ops.db.begin() as db:
        await rows.failed(db, connector.key, stream.key, fault, ops.clock.now())


def advice(ops: Ops, connector: Connector, error: OpsError) -> str:
    """What a person can do about a credential: the one the error names, else those of the grant in use."""
    if isinstance(error, PermissionMissingError):
        return f"It needs: {', '.join(connector.scopes)}."
    if not isinstance(error, CredentialError):
        return ""
    used = connector.auth.used(Keyring(ops.secrets))
    named = [one for one in connector.credentials if one.name in error.detail]
    wrong = named or [one for one in connector.credentials if one.name in used]
    return f"Check {' and '.join(f'{one.name} ({one.where})' for one in wrong)}." if wrong else ""
