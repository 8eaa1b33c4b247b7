"""What Slack handed in: one row per command, click or event, written before it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, func, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db

TRIES = 2
"""How often one row is worked on: the first time, and once more after its process died."""

_LIVES = """exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
    and classid = :kind and objid = inbox.owner)"""


class Inbox(Base):
    """`owner` names the process that works on it; `outcome` says in one word how it ended."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_unfinished", "received_at", postgresql_where=text("done_at is null")),
        Index("ix_inbox_received_at", "received_at"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[Any] = mapped_column(JSON)
    owner: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(server_default="1")
    received_at: Mapped[CreatedAt]
    done_at: Mapped[At | None]
    outcome: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What arrived: `payload` is JSON text; `outcome` is given when nothing is left to do."""

    key: str
    kind: str
    payload: str
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A row whose work did not end; `attempts` counts this one in."""

    key: str
    kind: str
    payload: Any
    attempts: int
    received_at: datetime


_TAKE = text("""
insert into inbox (key, kind, payload, owner, outcome, done_at)
select u.key, u.kind, u.payload::json, :owner, u.outcome, case when u.outcome is not null then clock_timestamp() end
from unnest(cast(:keys as text[]), cast(:kinds as text[]), string_to_array(:payloads, chr(10)),
    cast(:outcomes as text[])) as u(key, kind, payload, outcome)
on conflict (key) do nothing
returning key
""")


async def take(db: Db, envelopes: Sequence[Envelope], *, owner: int) -> frozenset[str]:
    """Write many at once, in one statement; the keys that were new."""
    # Payloads go as lines of one text: in an array the driver would escape every quote of theirs, a third of the work.
    # A line break in JSON text can only stand between its words.
    lines = [one.payload.replace("\n", " ") for one in envelopes]
    found = await db.execute(
        _TAKE,
        {
            "owner": owner,
            "keys": [one.key for one in envelopes],
            "kinds": [one.kind for one in envelopes],
            "payloads": "\n".join(lines),
            "outcomes": [one.outcome for one in envelopes],
        },
    )
    return frozenset(found.scalars())


_FINISH = text("""
update inbox set done_at = clock_timestamp(), outcome = u.outcome
from unnest(cast(:keys as text[]), cast(:outcomes as text[])) as u(key, outcome)
where inbox.key = u.key and inbox.done_at is null
""")


async def finish(db: Db, ended: Sequence[tuple[str, str]]) -> None:
    """Close rows, each with the word for how it ended; a closed row stays as it was."""
    keys, outcomes = [key for key, _ in ended], [outcome for _, outcome in ended]
    await db.execute(_FINISH, {"keys": keys, "outcomes": outcomes})


_REFUSE = text("""
insert into inbox (key, kind, payload, owner, outcome, done_at)
select u.key, u.kind, '{}'::json, :owner, 'refused', clock_timestamp()
from unnest(cast(:keys as text[]), cast(:kinds as text[])) as u(key, kind)
on conflict (key) do update set outcome = 'refused', done_at = clock_timestamp() where inbox.done_at is null
""")


async def refuse(db: Db, refused: Mapping[str, str], *, owner: int) -> None:
    """Close what a person was told is not done (kind by key), also when its row comes only later."""
    keys, kinds = list(refused), list(refused.values())
    await db.execute(_REFUSE, {"owner": owner, "keys": keys, "kinds": kinds})


_CLAIM = text(f"""
update inbox set owner = :owner, attempts = attempts + 1
where key in (
    select key from inbox
    where done_at is null
      and ((owner <> :owner and not {_LIVES})
        or (owner = :owner and key <> all(cast(:busy as text[]))
            and received_at < clock_timestamp() - make_interval(secs => :idle)))
    order by received_at limit :most for update skip locked)
returning key, kind, payload, attempts, received_at
""")  # noqa: S608 - the inserted condition is ours


async def claim(db: Db, *, owner: int, kind: int, busy: Collection[str], idle: float = 10.0) -> list[Unfinished]:
    """Take over rows of processes that died, and our own that nobody works on for `idle` seconds; oldest first.

    A process lives while it holds the advisory lock (`kind`, owner).
    """
    found = await db.execute(_CLAIM, {"owner": owner, "kind": kind, "busy": list(busy), "idle": idle, "most": 200})
    rows = [Unfinished(row.key, row.kind, row.payload, row.attempts, row.received_at) for row in found]
    return sorted(rows, key=lambda row: row.received_at)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is unfinished, and since when."""

    rows: int
    oldest_at: datetime | None


_BACKLOG = text("""
select count(*), min(received_at) from inbox
where done_at is null and received_at < clock_timestamp() - interval '3 seconds'
""")


async def backlog(db: Db) -> Backlog:
    """The rows nobody has finished within three seconds; what has just come, the asker's own too, does not wait."""
    found = (await db.execute(_BACKLOG)).one()
    return Backlog(int(found[0]), found[1])


_HEARD = text("""
select coalesce(payload -> 'event' ->> 'type', kind), max(received_at) from inbox group by 1
""")


async def heard(db: Db) -> dict[str, datetime]:
    """When each kind of command, click and event last came, as far back as rows are kept."""
    return {row[0]: row[1] for row in await db.execute(_HEARD)}


async def prune(db: Db, *, days: int) -> int:
    """Forget finished rows older than `days`; how many."""
    done = await db.execute(
        Inbox.__table__.delete().where(Inbox.done_at < func.clock_timestamp() - func.make_interval(0, 0, 0, days))  # type: ignore[attr-defined]
    )
    return int(done.rowcount)


def compact(payload: Any) -> str:
    """A payload as JSON text, for an envelope."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=True)
