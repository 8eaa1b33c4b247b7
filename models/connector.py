"""What is known of each source: how far it was read, its last good answer, its present fault, its circuit breaker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import DateTime, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Db


class ConnectorState(Base):
    """One stream of one connector. Times of trying are ours, `last_data_at` is the newest time in the vendor's data."""

    __tablename__ = "connector_state"

    connector: Mapped[str] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    last_try_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_ok_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_rows: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    last_data_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fault: Mapped[str | None]
    fault_text: Mapped[str] = mapped_column(default="", server_default=text("''"))
    fault_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    faults: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    notices: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))


class ConnectorBreaker(Base):
    """The circuit breaker of one connector: no row or no `opened_at` means closed."""

    __tablename__ = "connector_breaker"

    connector: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    probe_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    trips: Mapped[int]
    reason: Mapped[str]


class StreamState(NamedTuple):
    """A stream as last left: `fault` is a word (None: well), `fault_text` its sentence, `faults` how many in a row."""

    connector: str
    stream: str
    cursor: str | None = None
    last_try_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_rows: int = 0
    last_data_at: datetime | None = None
    fault: str | None = None
    fault_text: str = ""
    fault_since: datetime | None = None
    faults: int = 0
    notices: Sequence[str] = ()


class Fault(NamedTuple):
    """What is wrong with a source: a short word and a sentence."""

    word: str
    text: str


@dataclass(frozen=True)
class Answered:
    """A good answer: `rows` read at `at`, the newest of them of `data_at`, and what was odd about it."""

    rows: int
    data_at: datetime | None
    at: datetime
    notices: Sequence[str] = ()


@dataclass(frozen=True)
class Admission:
    """Whether a call may be made now; if not, for how many seconds not, and why the breaker is open."""

    allowed: bool
    wait: float = 0.0
    reason: str = ""
    failures: int = 0


_COLUMNS = ", ".join(StreamState._fields)


async def states(db: Db) -> list[StreamState]:
    """Every stream ever tried, by connector and stream."""
    rows = await db.execute(text(f"select {_COLUMNS} from connector_state order by connector, stream"))  # noqa: S608  our names
    return [StreamState(*row) for row in rows]


async def state(db: Db, connector: str, stream: str) -> StreamState:
    """One stream's state; an empty one when it was never tried."""
    statement = f"select {_COLUMNS} from connector_state where connector = :connector and stream = :stream"  # noqa: S608  our names
    row = (await db.execute(text(statement), {"connector": connector, "stream": stream})).one_or_none()
    return StreamState(*row) if row else StreamState(connector, stream)


async def move(db: Db, connector: str, stream: str, cursor: str) -> None:
    """Remember how far the stream was read; belongs into the transaction that stored what was read."""
    await _put(db, connector, stream, {"cursor": cursor})


async def answered(db: Db, connector: str, stream: str, answer: Answered, fault: Fault | None = None) -> None:
    """The stream answered and was stored; a `fault` is what is odd about it all the same, None ends any before."""
    values: dict[str, Any] = {"last_try_at": answer.at, "last_ok_at": answer.at, "last_rows": answer.rows}
    if answer.data_at is not None:
        values["last_data_at"] = answer.data_at
    values |= _WELL if fault is None else await _faulty(db, connector, stream, fault, answer.at)
    await _put(db, connector, stream, {**values, "notices": list(answer.notices)})


async def failed(db: Db, connector: str, stream: str, fault: Fault, at: datetime) -> None:
    """The stream could not be read or not be understood; what was known of its last good answer stays."""
    await _put(db, connector, stream, {"last_try_at": at, **await _faulty(db, connector, stream, fault, at)})


async def _faulty(db: Db, connector: str, stream: str, fault: Fault, at: datetime) -> dict[str, Any]:
    before = await state(db, connector, stream)
    since = before.fault_since if before.fault == fault.word else at
    return {"fault": fault.word, "fault_text": fault.text, "fault_since": since, "faults": before.faults + 1}


_WELL: dict[str, Any] = {"fault": None, "fault_text": "", "fault_since": None, "faults": 0}


async def _put(db: Db, connector: str, stream: str, values: dict[str, Any]) -> None:
    statement = insert(ConnectorState).values(connector=connector, stream=stream, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["connector", "stream"], set_=values))


async def admit(db: Db, connector: str, *, cooldown: float, longest: float) -> Admission:
    """Ask the breaker for leave to call. Open, it lets one probe through each time `cooldown` seconds (doubling with
    every trip, up to `longest`) have passed on the database's clock."""
    given = {"connector": connector, "cooldown": cooldown, "longest": longest}
    row = (await db.execute(text(_BREAKER), given)).one_or_none()
    if row is None or row.opened_at is None:
        return Admission(allowed=True, failures=row.failures if row else 0)
    if row.wait > 0 or (await db.execute(text(_PROBE), given)).one_or_none() is None:
        return Admission(False, max(row.wait, 0.0), row.reason, row.failures)
    return Admission(allowed=True, failures=row.failures)


_SPAN = "least(cast(:longest as float8), cast(:cooldown as float8) * power(2, trips - 1))"
_SINCE = "greatest(opened_at, coalesce(probe_at, opened_at))"
_BREAKER = (
    f"select failures, opened_at, reason, "  # noqa: S608  constants of this file
    f"extract(epoch from {_SINCE} - clock_timestamp())::float8 + {_SPAN} as wait "
    f"from connector_breaker where connector = :connector"
)
_PROBE = (
    f"update connector_breaker set probe_at = clock_timestamp() where connector = :connector "  # noqa: S608  constants of this file
    f"and {_SINCE} + make_interval(secs => {_SPAN}) <= clock_timestamp() returning connector"
)


async def tripped(db: Db, connector: str, *, reason: str, threshold: int) -> None:
    """Count one failed call; the `threshold`-th in a row opens the breaker, a failed probe opens it for longer."""
    await db.execute(text(_TRIP), {"connector": connector, "reason": reason, "threshold": threshold})


_TRIP = """
insert into connector_breaker as b (connector, failures, opened_at, trips, reason)
values (:connector, 1, case when :threshold <= 1 then clock_timestamp() end, (:threshold <= 1)::int, :reason)
on conflict (connector) do update
   set failures = b.failures + 1, reason = excluded.reason, probe_at = null,
       opened_at = case when b.failures + 1 >= :threshold then clock_timestamp() end,
       trips = b.trips + (b.failures + 1 >= :threshold)::int
"""


async def mended(db: Db, connector: str) -> None:
    """A call worked: the breaker is closed and forgets."""
    await db.execute(text("delete from connector_breaker where connector = :connector"), {"connector": connector})


class Breaker(NamedTuple):
    """A breaker that remembers failures; open since `opened_at`, or still closed when that is None."""

    connector: str
    failures: int
    opened_at: datetime | None
    reason: str


async def breakers(db: Db) -> list[Breaker]:
    """Every breaker that is not at rest."""
    rows = await db.execute(
        text("select connector, failures, opened_at, reason from connector_breaker order by connector")
    )
    return [Breaker(*row) for row in rows]
