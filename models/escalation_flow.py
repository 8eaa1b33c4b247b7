"""Failures into episodes and episodes to people, many at a time: each change and its trail are one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from models.base import Db
from models.escalation import NAMES, Episode

_ALL = ", ".join(f"e.{name}" for name in NAMES)
_NOTED = """
noted as (insert into trail (what, subject, by, why, cause, body)
  select '{what}', e.id, :by, {why}, e.cause, jsonb_build_object('row', to_jsonb(e)) from changed e)
"""


def _noted(what: str, why: str) -> str:
    """The trail rows of every row of `changed`; both texts are constants of this file."""
    return _NOTED.format(what=what, why=why)


_BORN = f"""
with given as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as g(id text, cause text, episode int,
    kind text, title text, trying text, wrong text, tried text, needed text, link jsonb, department text, owner text,
    on_silence text, least smallint, hours float8, stage float8, action_id text)),
changed as (insert into escalation as e (id, cause, episode, kind, title, trying, wrong, tried, needed, link,
    department, owner, on_silence, least, deadline_at, flush_at, action_id)
  select id, cause, episode, kind, title, trying, wrong, tried, needed, link, department, owner, on_silence, least,
    clock_timestamp() + make_interval(secs => hours * 3600), clock_timestamp() + make_interval(secs => stage * 60),
    action_id from given
  on conflict do nothing returning e.*),
{_noted("escalation.raised", "e.title")}
select id from changed
"""  # noqa: S608  constants of this file


async def born(db: Db, rows: Sequence[Mapping[str, Any]], by: str) -> list[str]:
    """Open these episodes, staged; the ids of the new ones. `stage` is in minutes, the deadline in `hours`."""
    return list((await db.execute(text(_BORN), {"rows": json.dumps(list(map(dict, rows))), "by": by})).scalars())


_AGAIN = f"""
with changed as (update escalation e set flaps = e.flaps + 1,
    state = case when e.posted > 0 then 'open' else 'staged' end, closed_at = null, well_at = null, asked = 0,
    deadline_at = clock_timestamp() + (e.deadline_at - e.first_at)
  where e.id = any(:ids) and e.state = 'closed'
    and not exists (select from escalation o where o.cause = e.cause and o.state <> 'closed') returning e.*),
{_noted("escalation.came_back", "'it came back soon after it was well'")}
select id from changed
"""  # noqa: S608  constants of this file


async def again(db: Db, ids: Sequence[str], by: str) -> list[str]:
    """Go on with episodes that were closed: what they stood for came back."""
    return list((await db.execute(text(_AGAIN), {"ids": list(ids), "by": by})).scalars())


_FAILED = """
insert into failure (cause, kind, source, job, subject, detail, escalation_id)
select g.cause, g.kind, g.source, g.job, g.subject, g.detail, e.id
from jsonb_to_recordset(cast(:rows as jsonb))
  as g(cause text, kind text, source text, job text, subject text, detail text)
left join escalation e on e.cause = g.cause and e.state <> 'closed'
"""


async def failed(db: Db, rows: Sequence[Mapping[str, str]]) -> None:
    """Write failures down, each with the open episode of its cause."""
    await db.execute(text(_FAILED), {"rows": json.dumps(list(map(dict, rows)))})


_ADOPT = """
update failure f set escalation_id =
  (select e.id from escalation e where e.cause = f.cause order by e.episode desc limit 1)
where f.escalation_id is null
"""


async def adopt(db: Db) -> None:
    """Give failures whose episode closed while they were written the newest one of their cause."""
    await db.execute(text(_ADOPT))


_GROW = f"""
with told as (select e.id, count(*)::int as number, max(f.at) as last_at
    from escalation e join failure f on f.escalation_id = e.id where e.state <> 'closed'
    group by e.id having count(*) <> e.count),
changed as (update escalation e set count = told.number, last_at = greatest(e.last_at, told.last_at),
    well_at = case when e.well_at > told.last_at then e.well_at end,
    samples = case when jsonb_array_length(e.samples) >= 3 then e.samples else (select jsonb_agg(s.detail) from (
      select f.detail from failure f where f.escalation_id = e.id order by f.at, f.id limit 3) s) end
  from told where e.id = told.id returning e.*),
{_noted("escalation.grew", "e.count || ' failures'")}
select {_ALL} from changed e
"""  # noqa: S608  constants of this file


async def grow(db: Db, by: str) -> list[Episode]:
    """Count what was added to each open episode, keep its first three samples; those that grew, as they stand now."""
    return [Episode(*row) for row in await db.execute(text(_GROW), {"by": by})]


_ENOUGH = """
(select coalesce(bool_or(j.telling), false) or count(*) filter (where j.job is null) >= e.least
  from failure f left join job_state j on j.job = f.job where f.escalation_id = e.id)
"""
"""Whether a job that failed with this is to be told of, or it happened often enough to what no slots are counted of."""
_DUE = f"""
select {_ALL} from escalation e
where e.state = 'staged' and e.flush_at <= clock_timestamp() and e.well_at is null and e.count >= 1
  and case when e.least <= 1 then true else {_ENOUGH} end
order by e.kind = 'systemic' desc, e.count desc, e.first_at, e.id
"""  # noqa: S608  constants of this file


async def due(db: Db) -> list[Episode]:
    """What has been gathered long enough to be told: what nobody but a person can mend first, then by number."""
    return [Episode(*row) for row in await db.execute(text(_DUE))]


async def urgent(db: Db) -> bool:
    """Whether something waits that is not worth gathering."""
    asked = "select exists (select from escalation where state = 'staged' and kind = 'systemic' and posted = 0 "
    return bool((await db.execute(text(asked + "and flush_at <= clock_timestamp() and well_at is null)"))).scalar())


_POST = f"""
with changed as (update escalation e set state = 'open', posted = :posted, posted_at = clock_timestamp(), asked = 0
  where e.id = any(:ids) and e.state = 'staged' returning e.*),
{_noted("escalation.told", "case e.posted when 1 then 'in a message of its own' else 'in a message of several' end")}
select {_ALL} from changed e
"""  # noqa: S608  constants of this file


async def post(db: Db, ids: Sequence[str], posted: int, by: str) -> list[Episode]:
    """These are told now: with a card of their own (1), or among others (2)."""
    return [Episode(*row) for row in await db.execute(text(_POST), {"ids": list(ids), "posted": posted, "by": by})]


async def lone(db: Db) -> bool:
    """Whether this transaction is the only one that tells now."""
    return bool((await db.execute(text("select pg_try_advisory_xact_lock(727020)"))).scalar())


async def messages(db: Db, window: timedelta) -> tuple[int, str]:
    """What was posted within the window: how many besides digests, and the key of the newest digest."""
    asked = """select count(*) filter (where key not like 'escalation:digest:%'),
      coalesce(max(key) filter (where key like 'escalation:digest:%'), '')
    from outbox where created_at > clock_timestamp() - cast(:window as interval) and target = 'post'
      and key like 'escalation:%'"""
    row = (await db.execute(text(asked), {"window": window})).one()
    return int(row[0]), str(row[1])


_DIGEST = f"""
select {_ALL} from escalation e where e.posted = 2 and e.state <> 'closed'
  and e.posted_at > clock_timestamp() - cast(:window as interval) order by e.count desc, e.first_at, e.id
"""  # noqa: S608  constants of this file


async def together(db: Db, window: timedelta) -> list[Episode]:
    """What was told among others within the window and is not closed, the most frequent first."""
    return [Episode(*row) for row in await db.execute(text(_DIGEST), {"window": window})]


_ATTEND = f"""
select {_ALL}, case
    when e.well_at <= clock_timestamp() - make_interval(secs => :quiet * 60) then 'well'
    when e.state = 'snoozed' and e.snoozed_until <= clock_timestamp() then 'awake'
    when e.state in ('open', 'acked') and e.asked = 0
      and e.deadline_at <= clock_timestamp() + make_interval(secs => :remind * 60) then 'remind'
    when e.state = 'open' and e.asked = 1 and e.deadline_at <= clock_timestamp() then 'deputy'
    when e.asked = case e.state when 'open' then 2 when 'acked' then 1 end
      and e.deadline_at <= clock_timestamp() - make_interval(secs => :remind * 60) then 'silence'
  end as needs
from escalation e where e.state <> 'closed'
"""  # noqa: S608  constants of this file
_NEEDED = f"select * from ({_ATTEND}) a where a.needs is not null order by a.deadline_at nulls last, a.id limit 200"  # noqa: S608  constants of this file


async def attention(db: Db, *, quiet: float, remind: float) -> list[tuple[Episode, str]]:
    """What is to be done about what was told, by the clock of the database; spans in minutes.

    `well` long enough, `awake` again, to `remind` of, to ask the `deputy` about, or nobody ended it (`silence`): who
    has taken it is reminded alone.
    """
    found = await db.execute(text(_NEEDED), {"quiet": quiet, "remind": remind})
    return [(Episode(*row[:-1]), row[-1]) for row in found]


_LOST = """
select o.key, coalesce(o.error, 'Slack did not take it') from outbox o
where o.state = 'failed' and o.created_at > clock_timestamp() - interval '1 day'
  and not exists (select from failure f where f.cause = 'outbox' and f.subject = o.key)
order by o.id limit 1000
"""


async def undelivered(db: Db) -> list[tuple[str, str]]:
    """The key and the error of each message of a day that will not be delivered and that nobody was told of."""
    return [(row[0], row[1]) for row in await db.execute(text(_LOST))]


_FORGET = """
delete from failure f where f.at < clock_timestamp() - make_interval(days => :days)
  and not exists (select from escalation e where e.id = f.escalation_id and e.state <> 'closed')
"""


async def forget(db: Db, *, days: int) -> int:
    """Delete failures of so long ago, but for those of a trouble that goes on; how many. The episodes stay."""
    return int((await db.execute(text(_FORGET), {"days": days})).rowcount)
