"""When each job last did something that counted, what became of what it posted, and when people last used any of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from models.base import Db


@dataclass(frozen=True)
class Seen:
    """A job's slots in short. `empties`: its runs without a row since `full_at`, the last one that brought any."""

    job: str
    fired_at: datetime | None = None
    meant_at: datetime | None = None
    full_at: datetime | None = None
    empties: int = 0


@dataclass(frozen=True)
class Posted:
    """The last slot of a job that posted something: when it ran, and how its post stands (`state` of the outbox)."""

    job: str
    ran_at: datetime
    key: str
    state: str
    since: datetime
    error: str = ""


_SEEN = text("""
with run as (
  select job, planned_at, ended_at, state, reason,
    case when jsonb_typeof(detail -> 'rows') = 'number' then (detail ->> 'rows')::numeric end as rows
  from slot where planned_at >= :since
), seen as (
  select job, max(planned_at) filter (where state <> 'skipped' or reason not like 'overlap:%') as fired_at,
    max(ended_at) filter (where state = 'ran' and coalesce(rows, 1) > 0) as meant_at,
    max(planned_at) filter (where state = 'ran' and rows > 0) as full_at
  from run group by job
)
select seen.job, fired_at, meant_at, full_at, count(run.job) as empties
from seen left join run on run.job = seen.job and run.state = 'ran' and run.rows = 0 and run.planned_at > seen.full_at
group by 1, 2, 3, 4 order by 1
""")

_POSTED = text("""
select distinct on (s.job) s.job, s.ended_at, o.key, o.state, coalesce(o.delivered_at, o.created_at),
  coalesce(o.error, '')
from slot s join outbox o on o.key = s.detail ->> 'post'
where s.planned_at >= :since and s.state = 'ran' order by s.job, s.planned_at desc
""")

_USED = text("""
select max(received_at) from inbox where received_at >= :since and (kind not in ('event', 'other')
  or payload -> 'event' ->> 'type' in ('app_mention', 'app_home_opened'))
""")


async def seen(db: Db, since: datetime) -> dict[str, Seen]:
    """Every job with a slot planned since then. A slot skipped for a reason that is told fired all the same; one
    skipped because an earlier one does not end did not.
    """
    return {row.job: Seen(*row) for row in await db.execute(_SEEN, {"since": since})}


async def posted(db: Db, since: datetime) -> list[Posted]:
    """The last post of every job that posted since then."""
    return [Posted(*row) for row in await db.execute(_POSTED, {"since": since})]


async def used_at(db: Db, since: datetime) -> datetime | None:
    """When somebody last asked, pressed or opened anything; None when nobody did since then."""
    found: datetime | None = (await db.execute(_USED, {"since": since})).scalar()
    return found
