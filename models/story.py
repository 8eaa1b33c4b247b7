"""Everything the tables hold about one id: the work, the action, who was asked, what was known, what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from models.base import Db, Json
from models.trail import Entry

_MOST = 200
"""Rows of the trail that one story reads."""


@dataclass
class Story:
    """Rows as JSON objects; lists are oldest first."""

    subject: str
    task: Json | None = None
    action: Json | None = None
    escalation: Json | None = None
    snapshot: Json | None = None
    report: Json | None = None
    approvals: list[Json] = field(default_factory=list)
    votes: list[Json] = field(default_factory=list)
    effects: list[Json] = field(default_factory=list)
    events: list[Entry] = field(default_factory=list)


class Page(NamedTuple):
    """A vendor's answer that is still kept: its row, its stream, and when it was fetched."""

    id: int
    stream: str
    at: datetime


_ACTIONS = """with asked as (select cast(:id as text) as id)
select to_jsonb(a) from action a, asked where a.id = asked.id or a.task_id = asked.id or a.escalation_id = asked.id
  or a.snapshot_id = asked.id or a.id = (select action_id from approval p where p.id = asked.id)
  or a.id = (select action_id from escalation e where e.id = asked.id)
order by a.id = asked.id desc, a.created_at desc limit 1"""
_TASK = """select to_jsonb(t) from task t where t.id = cast(:id as text) or t.id = cast(:task_id as text)
  or t.id = (select task_id from report where id = cast(:id as text)) limit 1"""
_APPROVALS = "select to_jsonb(p) from approval p where p.action_id = cast(:action_id as text) order by p.version"
_VOTES = "select to_jsonb(v) from vote v where v.approval_id = any(:approvals) order by v.at"
_EFFECTS = "select to_jsonb(e) from effect e where e.action_id = cast(:action_id as text) order by e.intended_at"
_SNAPSHOT = "select to_jsonb(s) from snapshot s where s.id in (cast(:id as text), cast(:snapshot_id as text)) limit 1"
_REPORT = "select to_jsonb(r) from report r where r.id in (cast(:id as text), cast(:report_id as text)) limit 1"
_ESCALATION = """select to_jsonb(e) from escalation e
where e.id in (cast(:id as text), cast(:escalation_id as text)) or e.action_id = cast(:action_id as text)
  or e.id in (select escalation_id from failure where subject = nullif(cast(:task_id as text), ''))
order by e.id = cast(:id as text) desc, e.first_at desc limit 1"""
# That an escalation grew is said by its count; a storm of such rows would hide everything else.
_EVENTS = """
select * from (select t.id, l.seq, t.at, t.what, t.subject, t.by, t.why, t.cause, t.body - 'row', l.hash
  from trail t left join trail_link l on l.trail_id = t.id
  where (t.subject = any(:ids) or t.cause = any(:ids)) and t.what <> 'escalation.grew'
  order by t.id desc limit :most) told order by id"""
_PAGES = """
select p.id, p.connector || '.' || p.stream, p.fetched_at
from jsonb_each_text(cast(:sources as jsonb)) s cross join lateral (
  select * from raw_page where connector || '.' || stream = s.key and connector = split_part(s.key, '.', 1)
    and stream = split_part(s.key, '.', 2) and fetched_at <= cast(s.value as timestamptz) + interval '1 hour'
  order by fetched_at desc limit 1) p
where s.value is not null order by 2"""


async def tell(db: Db, subject: str) -> Story | None:
    """Everything about one id (task, action, approval, escalation, report, snapshot); None when nothing is known."""
    found = Story(subject)
    found.action = await _one(db, _ACTIONS, id=subject)
    action_id, escalation_id = _of(found.action, "id"), _of(found.action, "escalation_id")
    found.task = await _one(db, _TASK, id=subject, task_id=_of(found.action, "task_id"))
    task_id = _of(found.task, "id")
    found.escalation = await _one(
        db, _ESCALATION, id=subject, escalation_id=escalation_id, action_id=action_id or "-", task_id=task_id
    )
    found.report = await _one(db, _REPORT, id=subject, report_id=_of(found.task, "report_id"))
    found.snapshot = await _one(db, _SNAPSHOT, id=subject, snapshot_id=_of(found.action, "snapshot_id"))
    if action_id:
        found.approvals = await _all(db, _APPROVALS, action_id=action_id)
        found.votes = await _all(db, _VOTES, approvals=[one["id"] for one in found.approvals])
        found.effects = await _all(db, _EFFECTS, action_id=action_id)
    return await _with_events(db, found)


async def _with_events(db: Db, found: Story) -> Story | None:
    rows = (found.task, found.action, found.escalation, *found.approvals)
    keys = [found.subject, *(_of(one, "id") for one in rows), *(str(one["key"]) for one in found.effects)]
    told = await db.execute(text(_EVENTS), {"ids": sorted({key for key in keys if key}), "most": _MOST})
    found.events = [Entry(*row) for row in told]
    return found if found.events or found.snapshot or found.report or any(rows) else None


async def pages(db: Db, sources: Json) -> list[Page]:
    """The last kept answer of each source (`connector.stream` by its as-of) that was there when it was decided."""
    found = await db.execute(text(_PAGES), {"sources": json.dumps(sources)})
    return [Page(*row) for row in found]


def _of(row: Json | None, name: str) -> str:
    return str((row or {}).get(name) or "")


async def _one(db: Db, asked: str, **values: Any) -> Json | None:
    return (await db.execute(text(asked), values)).scalar_one_or_none()


async def _all(db: Db, asked: str, **values: Any) -> list[Json]:
    return list((await db.execute(text(asked), values)).scalars())
