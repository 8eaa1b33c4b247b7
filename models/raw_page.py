"""Vendors' answers as they came, compressed, without credentials, kept some days so that they can be mapped again."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, DateTime, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Db

_LEVEL = 1  # the fastest: JSON shrinks tenfold all the same
_LARGEST = 64 * 1024 * 1024


class RawPage(Base):
    """One answer; `request` says how it was asked, without any secret."""

    __tablename__ = "raw_page"
    __table_args__ = (Index("ix_raw_page_stream", "connector", "stream", "fetched_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    connector: Mapped[str]
    stream: Mapped[str]
    fetched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    request: Mapped[str]
    body: Mapped[bytes]
    size: Mapped[int]


class Kept(NamedTuple):
    """An answer kept: `body` as it came."""

    fetched_at: datetime
    request: str
    body: bytes


async def keep(db: Db, connector: str, stream: str, *, request: str, body: bytes, at: datetime) -> None:
    """Keep one answer."""
    await db.execute(
        text(
            "insert into raw_page (connector, stream, fetched_at, request, body, size) "
            "values (:connector, :stream, :at, :request, :body, :size)"
        ),
        {
            "connector": connector,
            "stream": stream,
            "at": at,
            "request": request,
            "body": zlib.compress(body, _LEVEL),
            "size": len(body),
        },
    )


async def pages(db: Db, connector: str, stream: str, since: datetime) -> list[Kept]:
    """Answers kept since a time, oldest first."""
    rows = await db.execute(
        text(
            "select fetched_at, request, body from raw_page where connector = :connector and stream = :stream "
            "and fetched_at >= :since order by id"
        ),
        {"connector": connector, "stream": stream, "since": since},
    )
    return [Kept(row.fetched_at, row.request, zlib.decompressobj().decompress(row.body, _LARGEST)) for row in rows]


async def forget(db: Db, before: datetime) -> int:
    """Delete answers older than `before`; how many."""
    return (await db.execute(text("delete from raw_page where fetched_at < :before"), {"before": before})).rowcount
