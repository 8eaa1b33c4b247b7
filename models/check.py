"""Results of the self-check: each look at each part of the house, so that a slope can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, String, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, Db


class CheckResult(Base):
    """One look at one part: well, worth a look, bad, or not measured."""

    __tablename__ = "check_result"
    __table_args__ = (
        CheckConstraint("state in ('ok', 'warn', 'bad', 'unknown')", name="state"),
        Index("ix_check_result_at", "at"),
    )

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[At] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]
    value: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))


@dataclass(frozen=True)
class Result:
    """What a look found, `unknown`: it could not be measured; `value` is the figure behind it, in the text's unit."""

    name: str
    at: datetime
    state: str
    text: str
    value: Decimal | None = None


_ROW = (CheckResult.name, CheckResult.at, CheckResult.state, CheckResult.text, CheckResult.value)


async def keep(db: Db, results: Sequence[Result]) -> None:
    """Store the results of one look."""
    if results:
        await db.execute(insert(CheckResult), [vars(result) for result in results])


async def latest(db: Db) -> list[Result]:
    """The newest result of every check, by name."""
    found = await db.execute(
        select(*_ROW).ext(distinct_on(CheckResult.name)).order_by(CheckResult.name, CheckResult.at.desc())
    )
    return [Result(*row) for row in found]


async def under(db: Db, prefix: str, since: timedelta) -> list[Result]:
    """The newest result of every check whose name begins so, as far as it is younger than that, by name."""
    asked = select(*_ROW).where(
        CheckResult.name.startswith(prefix, autoescape=True), CheckResult.at > func.clock_timestamp() - since
    )
    newest = asked.ext(distinct_on(CheckResult.name)).order_by(CheckResult.name, CheckResult.at.desc())
    return [Result(*row) for row in await db.execute(newest)]


async def history(db: Db, name: str, since: datetime) -> list[Result]:
    """What one check found since then, oldest first."""
    asked = select(*_ROW).where(CheckResult.name == name, CheckResult.at >= since).order_by(CheckResult.at)
    return [Result(*row) for row in await db.execute(asked)]


async def forget(db: Db, before: datetime) -> int:
    """Delete results older than that."""
    return (await db.execute(delete(CheckResult).where(CheckResult.at < before))).rowcount
