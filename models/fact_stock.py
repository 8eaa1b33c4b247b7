"""Stock levels now and per day, and shipments, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from models import fact
from models.base import At, Base, Db
from models.fact import FactTable, Merged, Row

COLUMNS_LEVEL = ("source", "location", "sku", "name", "on_hand", "available", "committed", "incoming", "as_of")
COLUMNS_FULFILMENT = (
    "id", "source", "order_name", "day", "status", "late", "exception", "shipped_day", "updated_at",
)  # fmt: skip


class InventoryLevel(Base):
    """What one place holds of one SKU, in units, as last told; `as_of` is the vendor's time of the figure."""

    __tablename__ = "inventory_level"

    source: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    on_hand: Mapped[int]
    available: Mapped[int]
    committed: Mapped[int]
    incoming: Mapped[int]
    as_of: Mapped[At]


class InventoryDay(Base):
    """The last level of a company day, kept for trends."""

    __tablename__ = "inventory_day"

    source: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    on_hand: Mapped[int]
    available: Mapped[int]


class Fulfilment(Base):
    """A shipment: `day` is when the warehouse got it, `late` is against the promise, `exception` says why it stands."""

    __tablename__ = "fulfilment"

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    order_name: Mapped[str]
    day: Mapped[date] = mapped_column(index=True)
    status: Mapped[str]
    late: Mapped[bool]
    exception: Mapped[str]
    shipped_day: Mapped[date | None] = mapped_column(index=True)
    updated_at: Mapped[At]


LEVELS = FactTable.of(InventoryLevel, COLUMNS_LEVEL, day=None)
FULFILMENTS = FactTable.of(Fulfilment, COLUMNS_FULFILMENT, age="updated_at")


async def keep_levels(db: Db, levels: Sequence[Row], day: date) -> tuple[Merged, int, int]:
    """Merge a picture of the whole stock taken on `day`; also how many levels known before it lacks, of how many.

    A level it lacks is gone, unless it lacks more than half of them: then the picture is not believed to be whole.
    """
    merged = await fact.merge(db, LEVELS, levels)
    source, location, sku = (LEVELS.place(name) for name in LEVELS.key)
    sources = list({row[source] for row in levels})
    held = (await db.execute(text(_HELD), {"source": sources})).scalar_one()
    lacking = held - len({(row[source], row[location], row[sku]) for row in levels})
    if 0 < lacking <= held / 2:
        kept = {"locations": [row[location] for row in levels], "skus": [row[sku] for row in levels]}
        await db.execute(text(_GONE), {"source": sources, **kept})
    await db.execute(text(_SNAPSHOT), {"source": sources, "day": day})
    return merged | Merged(0, frozenset({day})), lacking, held


_HELD = "select count(*) from inventory_level where source = any(:source)"
_GONE = (
    "delete from inventory_level old where source = any(:source) and not exists "
    "(select from unnest(cast(:locations as text[]), cast(:skus as text[])) kept(location, sku) "
    "where (kept.location, kept.sku) = (old.location, old.sku))"
)
_SNAPSHOT = (
    "insert into inventory_day (source, location, sku, day, on_hand, available) "
    "select source, location, sku, :day, on_hand, available from inventory_level where source = any(:source) "
    "on conflict (source, location, sku, day) do update set on_hand = excluded.on_hand, available = excluded.available"
)
