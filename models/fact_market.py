"""Advertising per day and deals of the pipeline, as facts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import DateTime, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from models import fact
from models.base import At, Base, Db, Money
from models.fact import FactTable, Merged

COLUMNS_AD = (
    "source", "campaign", "adset", "day", "name", "spend", "impressions", "clicks", "conversions", "value", "currency",
)  # fmt: skip
COLUMNS_DEAL = (
    "id", "source", "name", "amount", "currency", "stage",
    "is_closed", "is_won", "created_at", "touched_at", "closed_at",
)  # fmt: skip


class AdDay(Base):
    """One ad set on one day of the ad account; `value` is what the platform claims to have sold, restated for weeks."""

    __tablename__ = "ad_day"

    source: Mapped[str] = mapped_column(primary_key=True)
    campaign: Mapped[str] = mapped_column(primary_key=True)
    adset: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    name: Mapped[str]
    spend: Mapped[Money]
    impressions: Mapped[int]
    clicks: Mapped[int]
    conversions: Mapped[Money]
    value: Mapped[Money]
    currency: Mapped[str]


class Deal(Base):
    """A deal: `amount` is None when nobody entered one, `touched_at` the last sales activity."""

    __tablename__ = "deal"

    id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    currency: Mapped[str]
    stage: Mapped[str]
    is_closed: Mapped[bool]
    is_won: Mapped[bool]
    created_at: Mapped[At]
    touched_at: Mapped[At]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


AD_DAYS = FactTable.of(AdDay, COLUMNS_AD)
DEALS = FactTable.of(Deal, COLUMNS_DEAL, day=None)


async def drop_deals(db: Db, gone: Collection[str]) -> Merged:
    """Remove the deals of these ids; those that are not stored are nothing."""
    if not gone:
        return Merged()
    await fact.alone(db)
    dropped = await db.execute(text("delete from deal where id = any(:gone)"), {"gone": sorted(gone)})
    return Merged(dropped.rowcount)


class Cold(NamedTuple):
    """An open deal nobody has touched for long."""

    id: str
    name: str
    amount: Decimal
    currency: str
    touched_at: datetime


async def cold(db: Db, *, before: datetime, worth: Decimal, most: int) -> list[Cold]:
    """Open deals last touched before a moment and worth at least so much, the largest first."""
    found = await db.execute(
        text(
            "select id, name, amount, currency, touched_at from deal where not is_closed and touched_at < :before "
            "and amount >= :worth order by amount desc, id limit :most"
        ),
        {"before": before, "worth": worth, "most": most},
    )
    return [Cold(*row) for row in found]
