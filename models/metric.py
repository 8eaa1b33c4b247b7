"""Metric rows by key, day and dimension: recomputed from facts, what was said before kept, and the questions asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, DateTime, Identity, Index, Numeric, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from models import fact
from models.base import At, Base, Db
from models.metric_sheet import KEPT, SHEETS, Sheet

SEASON = 90
"""Days of sales by which the key SKUs are chosen."""
_FILLED_BACK = 63  # days for which a newly chosen SKU gets its rows


class MetricRow(Base):
    """What is true of a day by the facts known now. `said_at`: since when this value stands."""

    __tablename__ = "metric"

    key: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    unit: Mapped[str]
    as_of: Mapped[At]
    source_rows: Mapped[int]
    said_at: Mapped[At]
    first_seen_at: Mapped[At]


class MetricRevision(Base):
    """What was said of a finished day before late facts restated it."""

    __tablename__ = "metric_revision"
    __table_args__ = (Index("ix_metric_revision_day_key", "day", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str]
    day: Mapped[date]
    dimension: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    unit: Mapped[str]
    as_of: Mapped[At]
    source_rows: Mapped[int]
    said_at: Mapped[At]
    restated_at: Mapped[At]


class KeySku(Base):
    """The articles that matter most: highest net sales of the last 90 days; `since` is the first day they rest on."""

    __tablename__ = "key_sku"

    sku: Mapped[str] = mapped_column(primary_key=True)
    rank: Mapped[int]
    revenue: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    chosen_for: Mapped[date] = mapped_column(Date)
    since: Mapped[date] = mapped_column(Date)
    chosen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True)
class Scope:
    """How many key SKUs are followed, over how many days their pace is taken, and whether history is being loaded.

    While it is `loading` a day may arrive in pieces, so nothing counts as said before.
    """

    key_skus: int = 40
    cover_days: int = 28
    loading: bool = False


_USUAL = Scope()


@dataclass(frozen=True)
class Reading:
    """One metric row: a value of `unit` resting on `source_rows` facts as collected `as_of`."""

    key: str
    day: date
    dimension: str
    value: Decimal
    unit: str
    as_of: datetime
    source_rows: int


@dataclass(frozen=True)
class Total:
    """A sum over the days of a range; `days` counts the days that have a row."""

    value: Decimal
    unit: str
    days: int
    source_rows: int
    as_of: datetime


@dataclass(frozen=True)
class Revision:
    """A finished day's value as it was said until `restated_at`."""

    key: str
    day: date
    dimension: str
    value: Decimal
    unit: str
    said_at: datetime
    restated_at: datetime


@dataclass(frozen=True)
class Difference:
    """A stored value that the facts do not give; None: no row on that side."""

    key: str
    day: date
    dimension: str
    stored: Decimal | None
    computed: Decimal | None


@dataclass(frozen=True)
class Round:
    """What is the same for every sheet of one refresh."""

    zone: str
    at: datetime
    scope: Scope


@dataclass(frozen=True)
class Refreshed:
    """How many rows changed, and how many finished days' values were restated."""

    changed: int
    restated: int


async def refresh(
    db: Db,
    *,
    days: Iterable[date],
    kinds: Collection[str],
    zone: str | ZoneInfo,
    at: datetime,
    scope: Scope = _USUAL,
) -> Refreshed:
    """Recompute the metrics of the touched days from the facts, in the caller's transaction.

    `kinds`: of orders, inventory, fulfilment, ads, deals. `zone` is the company's; `at` the time now, aware UTC.
    """
    await fact.alone(db)
    touched, kinds, round_ = sorted(set(days)), set(kinds), Round(str(zone), at, scope)
    today = at.astimezone(ZoneInfo(str(zone))).date()
    changed = restated = 0
    fresh_skus = bool(kinds & {"orders", "inventory"}) and await _choose_key_skus(db, at, scope)
    for sheet in (sheet for sheet in SHEETS if sheet.kinds & kinds):
        wanted = {*touched, *_filled_back(sheet, today, fresh_skus)}
        if sheet.now_only:
            wanted = {today}
        if wanted:
            done = await _store(db, sheet, sorted(wanted), round_)
            changed, restated = changed + done.changed, restated + done.restated
    return Refreshed(changed, restated)


def _filled_back(sheet: Sheet, today: date, fresh_skus: bool) -> list[date]:
    """Days a sheet of key SKUs owes when the choice of SKUs is new."""
    if not fresh_skus or sheet.name not in {"sku units", "cover"}:
        return []
    return [today - timedelta(days=back) for back in range(_FILLED_BACK)]


_DAYS = bindparam("days", type_=ARRAY(Date()))
_KEYS = bindparam("keys", type_=ARRAY(TEXT()))
_SUMS = bindparam("sums", type_=ARRAY(TEXT()))

_STORE = """
with fresh as materialized ({sql}),
different as (
    select m.*, false as gone from metric m join fresh f using (key, day, dimension)
     where f.value <> m.value or f.unit <> m.unit
     union all
    select m.*, true from metric m
     where :owns_gone and m.key = any(:keys) and m.day = any(:days) and not (m.value = 0 and m.key = any(:sums))
       and not exists (select 1 from fresh f where (f.key, f.day, f.dimension) = (m.key, m.day, m.dimension))
),
kept as (
    insert into metric_revision (key, day, dimension, value, unit, as_of, source_rows, said_at, restated_at)
    select key, day, dimension, value, unit, as_of, source_rows, said_at, :at from different
     where not :loading and day < (said_at at time zone :zone)::date returning 1
),
taken as (
    delete from metric m using different d
     where d.gone and m.key <> all(:sums) and (m.key, m.day, m.dimension) = (d.key, d.day, d.dimension) returning 1
),
put as (
    insert into metric as m (key, day, dimension, value, unit, as_of, source_rows, said_at, first_seen_at)
    select key, day, dimension, value, unit, as_of, source_rows, :at, :at from fresh
     union all
    select key, day, dimension, 0, unit, :at, 0, :at, :at from different where gone and key = any(:sums)
    on conflict (key, day, dimension) do update
       set value = excluded.value, unit = excluded.unit, as_of = excluded.as_of, source_rows = excluded.source_rows,
           said_at = case when m.value <> excluded.value then excluded.said_at else m.said_at end
     where (m.value, m.unit, m.source_rows) is distinct from (excluded.value, excluded.unit, excluded.source_rows)
        or m.as_of < excluded.as_of
    returning 1
)
select (select count(*) from put) + (select count(*) from taken) as changed, (select count(*) from kept) as restated
"""


async def _store(db: Db, sheet: Sheet, days: list[date], here: Round) -> Refreshed:
    statement = text(_STORE.format(sql=sheet.sql)).bindparams(_DAYS, _KEYS, _SUMS)
    given = {
        **_parameters(sheet, days, here),
        "keys": list(sheet.keys),
        "sums": list(sheet.sums),
        "owns_gone": sheet.owns_gone,
        "loading": here.scope.loading,
        "zone": here.zone,
    }
    row = (await db.execute(statement, given)).one()
    return Refreshed(row.changed, row.restated)


def _parameters(sheet: Sheet, days: list[date], here: Round) -> dict[str, object]:
    """The values of the names that this sheet's SQL uses."""
    values: dict[str, object] = {
        "days": days,
        "at": here.at,
        "today": here.at.astimezone(ZoneInfo(here.zone)).date(),
        "cover_window": here.scope.cover_days,
    }
    return {name: value for name, value in values.items() if f":{name}" in sheet.sql or name in {"days", "at"}}


async def _choose_key_skus(db: Db, at: datetime, scope: Scope) -> bool:
    """Choose the key SKUs once a day, and again while a back-fill uncovers older sales; True when the set changed."""
    newest = (await db.execute(text("select max(day) from shop_order where not test"))).scalar()
    if newest is None:
        return False
    since = newest - timedelta(days=SEASON)
    oldest = (await db.execute(text("select min(day) from shop_order where day >= :since"), {"since": since})).scalar()
    chosen = (await db.execute(text("select max(chosen_for) as newest, min(since) as oldest from key_sku"))).one()
    if chosen.newest == newest and chosen.oldest is not None and (oldest - chosen.oldest).days > -7:
        return False
    ranked = await db.execute(
        text(
            "select l.sku, sum(l.amount) as revenue from shop_order o join order_line l on l.order_id = o.id "  # noqa: S608
            f"where o.day >= :since and l.sku <> '' and {KEPT} "
            "group by l.sku having sum(l.amount) > 0 order by revenue desc, l.sku limit :count"
        ),
        {"since": since, "count": scope.key_skus},
    )
    rows = [
        {"sku": row.sku, "rank": rank, "revenue": row.revenue, "newest": newest, "oldest": oldest, "at": at}
        for rank, row in enumerate(ranked, start=1)
    ]
    return await _replace_key_skus(db, rows)


async def _replace_key_skus(db: Db, rows: list[dict[str, object]]) -> bool:
    before = {row.sku for row in await db.execute(text("select sku from key_sku"))}
    await db.execute(text("delete from key_sku"))
    if rows:
        await db.execute(
            text(
                "insert into key_sku (sku, rank, revenue, chosen_for, since, chosen_at) "
                "values (:sku, :rank, :revenue, :newest, :oldest, :at)"
            ),
            rows,
        )
    return before != {row["sku"] for row in rows}


async def differences(
    db: Db,
    *,
    days: Iterable[date],
    kinds: Collection[str],
    zone: str | ZoneInfo,
    at: datetime,
    scope: Scope = _USUAL,
) -> list[Difference]:
    """Where the stored metrics of these days are not what the facts give now; nothing is written."""
    found: list[Difference] = []
    wanted, here = sorted(set(days)), Round(str(zone), at, scope)
    for sheet in SHEETS:
        if not sheet.kinds & set(kinds) or sheet.now_only or not wanted:
            continue
        statement = text(_COMPARE.format(sql=sheet.sql)).bindparams(_DAYS, _KEYS, _SUMS)
        given = {**_parameters(sheet, wanted, here), "keys": list(sheet.keys), "sums": list(sheet.sums)}
        given["owns_gone"] = sheet.owns_gone
        found += [Difference(*row) for row in await db.execute(statement, given)]
    return found


_COMPARE = """
with fresh as materialized ({sql}),
stored as (select key, day, dimension, value from metric where key = any(:keys) and day = any(:days))
select key, day, dimension, s.value as stored, f.value as computed
  from (select key, day, dimension, value from fresh where day = any(:days)) f
  full join stored s using (key, day, dimension)
 where s.value is distinct from f.value
   and not (f.value is null and (not :owns_gone or s.value = 0 and key = any(:sums)))
 order by key, day, dimension
"""


async def series(
    db: Db, keys: Collection[str], first: date, last: date, *, dimensions: Collection[str] | None = None
) -> list[Reading]:
    """The rows of these metrics from `first` to `last`, both included, by key, day and dimension."""
    rows = await db.execute(
        text(
            "select key, day, dimension, value, unit, as_of, source_rows from metric "
            "where key = any(:keys) and day between :first and :last "
            "and (cast(:dimensions as text[]) is null or dimension = any(:dimensions)) order by key, day, dimension"
        ).bindparams(_KEYS, bindparam("dimensions", type_=ARRAY(TEXT()))),
        {
            "keys": list(keys),
            "first": first,
            "last": last,
            "dimensions": None if dimensions is None else list(dimensions),
        },
    )
    return [Reading(*row) for row in rows]


async def totals(db: Db, keys: Collection[str], first: date, last: date) -> dict[tuple[str, str], Total]:
    """Sums over the range by (key, dimension); only meaningful for metrics that add up."""
    rows = await db.execute(
        text(
            "select key, dimension, sum(value) as value, max(unit) as unit, count(*) as days, "
            "sum(source_rows)::bigint as source_rows, max(as_of) as as_of from metric "
            "where key = any(:keys) and day between :first and :last group by key, dimension"
        ).bindparams(_KEYS),
        {"keys": list(keys), "first": first, "last": last},
    )
    return {(r.key, r.dimension): Total(r.value, r.unit, r.days, r.source_rows, r.as_of) for r in rows}


async def latest(db: Db, keys: Collection[str], on_or_before: date) -> dict[tuple[str, str], Reading]:
    """The newest row of each metric and dimension up to a day; dimensions that left the newest day are left out."""
    rows = await db.execute(
        text(
            "with newest as (select key, max(day) as day from metric "
            "where key = any(:keys) and day <= :day group by key) "
            "select m.key, m.day, m.dimension, m.value, m.unit, m.as_of, m.source_rows "
            "from metric m join newest using (key, day) order by m.key, m.dimension"
        ).bindparams(_KEYS),
        {"keys": list(keys), "day": on_or_before},
    )
    return {(row.key, row.dimension): Reading(*row) for row in rows}


async def extent(db: Db, key: str) -> tuple[date, date] | None:
    """The first and the last day that have a row of this metric, or None."""
    row = (await db.execute(text("select min(day), max(day) from metric where key = :key"), {"key": key})).one()
    return (row[0], row[1]) if row[0] else None


async def revisions(db: Db, first: date, last: date, *, since: datetime | None = None) -> list[Revision]:
    """What was said of these days before it was restated, oldest first; `since` leaves out earlier restatements."""
    rows = await db.execute(
        text(
            "select key, day, dimension, value, unit, said_at, restated_at from metric_revision "
            "where day between :first and :last and (cast(:since as timestamptz) is null or restated_at > :since) "
            "order by id"
        ),
        {"first": first, "last": last, "since": since},
    )
    return [Revision(*row) for row in rows]


async def key_skus(db: Db) -> dict[str, str]:
    """The key SKUs by rank, each with its name where the stock levels tell one."""
    rows = await db.execute(
        text(
            "select k.sku, coalesce(max(l.name), '') as name "
            "from key_sku k left join inventory_level l on l.sku = k.sku group by k.sku, k.rank order by k.rank"
        )
    )
    return {row.sku: row.name for row in rows}
