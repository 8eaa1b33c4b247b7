"""What must never be so, asked of the tables: each question finds what breaks its promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from models.base import Db


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is as it must not be: its id, and what is wrong with it."""

    subject: str
    wrong: str


_MOST = 50
# Who holds a task that is paused, taken over or escalated is a person.
_TASKS = """
select t.id, 'is ' || t.state || ' past its limit, and nothing open says so' from task t
where t.state in ('asking', 'queued', 'running', 'waiting', 'checking')
and t.limit_at < clock_timestamp() - cast(:late as interval)
and not exists (select from escalation e where e.state <> 'closed' and (e.cause like '%' || t.id || '%'
  or e.link::text like '%' || t.id || '%'
  or exists (select from failure f where f.escalation_id = e.id and f.subject = t.id)))"""
_EFFECTS = """
select a.id, 'is ' || a.state || ' without its effect' from action a
where a.state in ('done', 'undoing', 'undone')
and not exists (select from effect e where e.action_id = a.id and e.deed = 'do' and e.state = 'done')
union all
select a.id, 'is undone without an undo' from action a where a.state = 'undone'
and not exists (select from effect e where e.action_id = a.id and e.deed = 'undo' and e.state = 'done')"""
_TWICE = """
select action_id, 'was approved ' || count(*) || ' times' from approval
where state = 'approved' group by action_id having count(*) > 1"""
_LATE = """
select id, 'was approved after its time' from approval where state = 'approved' and decided_at >= expires_at
union all
select id, 'was ' || state || ' by nobody, or never' from approval
where state in ('approved', 'rejected') and (decided_at is null or decided_by is null)"""
_OWN = """
select p.id, 'was approved by who asked for it' from approval p join action a on a.id = p.action_id
left join vote v on v.approval_id = p.id and v.choice = 'approve'
where p.state = 'approved' and (replace(a.requester, 'user:', '') in (replace(p.decided_by, 'user:', ''), v.person)
  or v.mail <> '' and v.mail = (select w.mail from person w where w.id = replace(a.requester, 'user:', '')))"""
_STRANGER = """
select p.id, 'was approved by ' || v.person || ', who was not asked' from approval p
join vote v on v.approval_id = p.id and v.choice = 'approve' left join person w on w.id = v.person
where p.state = 'approved'
and not exists (select from jsonb_array_elements_text(p.approvers) asked
  where ltrim(asked, '@') in (v.person, w.handle))"""
_FEW = """
select p.id, 'was approved by fewer than ' || p.needed from approval p
where p.state = 'approved' and p.decided_by like 'user:%'
and p.needed > (select count(*) from vote v where v.approval_id = p.id and v.choice = 'approve')"""
_OTHER = """
select a.id, 'was begun, but nobody allowed exactly this' from action a
where exists (select from effect e where e.action_id = a.id)
and not exists (select from approval p where p.action_id = a.id and p.state = 'approved' and p.digest = a.digest)
and coalesce(a.decided, '') not like 'rule:%'"""
_SLOTS = """
select job || ':' || day || ':' || slot, 'did not end in time, and nobody ended it' from slot
where ended_at is null and limit_at < clock_timestamp() - cast(:late as interval)"""
_MAIL = """
select key, 'was neither posted nor given up' from outbox
where state in ('queued', 'sending', 'ambiguous') and created_at < clock_timestamp() - cast(:late as interval)
and coalesce(not_before, created_at) < clock_timestamp() - cast(:late as interval)
union all
select key, 'was given up, and nobody was told' from outbox o
where state = 'failed' and created_at > clock_timestamp() - interval '1 day'
and coalesce(tried_at, created_at) < clock_timestamp() - cast(:late as interval)
and not exists (select from failure f where f.cause = 'outbox' and f.subject = o.key)
union all
select key, 'could not wait, and no road took it' from outbox o
where critical and state not in ('sent', 'collapsed') and created_at < clock_timestamp() - cast(:late as interval)
and not exists (select from receipt r where r.key = o.key and r.state = 'accepted')"""

QUESTIONS: dict[str, tuple[str, str]] = {
    "I1 limits": ("no task is past its limit without an open escalation", _TASKS),
    "I2 effects": ("what is done has its effect written down, once", _EFFECTS),
    "I3 once": ("an action is approved at most once", _TWICE),
    "I3 in time": ("a decision has a person and came before its time was over", _LATE),
    "I3 not one's own": ("nobody approves what they asked for", _OWN),
    "I3 asked": ("only who was asked approves", _STRANGER),
    "I3 enough": ("as many people agreed as were needed", _FEW),
    "I3 exactly": ("what is begun is what was allowed", _OTHER),
    "I4 slots": ("every slot of a job ends", _SLOTS),
    "I5 messages": ("every message is posted, or somebody was told that it was not", _MAIL),
}
"""By name: the promise, and the question that finds what breaks it."""


async def broken(db: Db, name: str, late: timedelta) -> Sequence[Breach]:
    """What breaks one promise, at most fifty; `late` is how long the house has to notice what ran out of time."""
    asked = text(f"{QUESTIONS[name][1]} limit {_MOST}")
    values = {"late": late} if ":late" in QUESTIONS[name][1] else {}
    return [Breach(*row) for row in await db.execute(asked, values)]
