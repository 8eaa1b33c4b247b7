"""Four ways of falling silent: never fired, ran empty, shape changed, done but unused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.kernel.freshness import Source
from domain.kernel.plan import Plan
from domain.watch import limits
from domain.watch.spans import span
from models.activity import Posted, Seen
from models.connector import StreamState
from models.outbox import Mail

Silence = Literal["never fired", "ran empty", "shape changed", "done but unused"]
Kind = Literal["job", "source", "bot", "messages"]
_UNSENT = timedelta(hours=1)


@dataclass(frozen=True)
class Quiet:
    """Something that fell silent: what kind of thing, how, and since when it last counted."""

    name: str
    how: Silence
    text: str
    since: datetime | None = None
    kind: Kind = "job"


@dataclass(frozen=True)
class Heard:
    """What is known of everything that should be heard of.

    Ages count from `steady_since`, when a clock was set; those of sources also from the scheduler's begin, `up_since`.
    """

    now: datetime
    zone: ZoneInfo
    plans: Sequence[Plan] = ()
    known: Mapping[str, datetime] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    sources: Sequence[Source] = ()
    states: Sequence[StreamState] = ()
    mail: Mail | None = None
    posts: Sequence[Posted] = ()
    used_at: datetime | None = None
    steady_since: datetime | None = None
    up_since: datetime | None = None

    def silent_for(self, *last: datetime | None) -> timedelta:
        """How long nothing came since the latest of these moments, as far as the clock can tell."""
        return self.now - max(at for at in (*last, self.steady_since) if at is not None)


def all_of(heard: Heard) -> list[Quiet]:
    """Everything that is silent, each thing once; pure."""
    looks = (never_fired, ran_empty, shape_changed, unread, unsent, unused)
    found = [one for look in looks for one in look(heard)]
    return list({one.name: one for one in reversed(found)}.values())[::-1]


def never_fired(heard: Heard) -> list[Quiet]:
    """Jobs without a slot for longer than their own limit; all jobs of one bot, or of the house, are one silence."""
    known = [plan for plan in heard.plans if plan.job in heard.known]
    silent = {plan.job: one for plan in known if (one := _unfired(heard, plan))}
    if len(silent) == len(known) > 1:
        return [_together("timetable", "no job has begun", list(silent.values()), heard)]
    found: list[Quiet] = []
    for queue in dict.fromkeys(plan.queue for plan in known):
        mine = [plan.job for plan in known if plan.queue == queue]
        quiet = [silent[job] for job in mine if job in silent]
        if len(quiet) == len(mine) > 1:
            found.append(_together(queue, f"none of the {len(mine)} jobs of {queue} has begun", quiet, heard))
        else:
            found += quiet
    return found


def _unfired(heard: Heard, plan: Plan) -> Quiet | None:
    last = heard.seen.get(plan.job, Seen(plan.job)).fired_at
    silent = heard.silent_for(last or heard.known[plan.job])
    if silent <= limits.quiet_after(plan, heard.zone, heard.now):
        return None
    return Quiet(plan.job, "never fired", f"the job {plan.job} has not begun for {span(silent)}", last)


def _together(name: str, what: str, quiet: Sequence[Quiet], heard: Heard) -> Quiet:
    last = max((one.since for one in quiet if one.since), default=None)
    since = f" for {span(heard.silent_for(last))}" if last else ""
    return Quiet(name, "never fired", f"{what}{since}", last, "bot")


def ran_empty(heard: Heard) -> list[Quiet]:
    """Jobs that brought rows before, and none in more runs than they may."""
    found = []
    for plan in heard.plans:
        seen = heard.seen.get(plan.job)
        if seen and seen.full_at and seen.empties >= limits.empty_runs(plan, heard.zone, heard.now):
            text = f"the job {plan.job} has brought nothing in its last {seen.empties} runs"
            found.append(Quiet(plan.job, "ran empty", text, seen.meant_at))
    return found


def shape_changed(heard: Heard) -> list[Quiet]:
    """Sources whose answers are no longer understood."""
    good = {f"{state.connector}.{state.stream}": state.last_ok_at for state in heard.states}
    return [
        Quiet(source.key, "shape changed", f"{source.name}: {source.fault_text}", good.get(source.key), "source")
        for source in heard.sources
        if source.fault in ("shape", "currency")
    ]


def unread(heard: Heard) -> list[Quiet]:
    """Sources not read within their own limit, although nothing is known to be wrong with them or with their jobs."""
    late = {plan.args.get("source") for plan in heard.plans if plan.job in heard.known and _unfired(heard, plan)}
    found = []
    for source in heard.sources:
        if source.fault or source.as_of is None or source.key in late:
            continue
        if (silent := heard.silent_for(source.as_of, heard.up_since)) > timedelta(
            hours=float(source.stale_after_hours)
        ):
            text = f"{source.name} were not read for {span(silent)}"
            found.append(Quiet(source.key, "never fired", text, source.as_of, "source"))
    return found


def unsent(heard: Heard) -> list[Quiet]:
    """Messages that were written and reached nobody."""
    if not heard.mail or not heard.mail.oldest_at or heard.silent_for(heard.mail.oldest_at) <= _UNSENT:
        return []
    text = f"{heard.mail.waiting} messages were written and not posted"
    return [Quiet("messages", "done but unused", text, heard.mail.last_delivered_at, "messages")]


def unused(heard: Heard) -> list[Quiet]:
    """Jobs whose posts arrive while nobody has asked, pressed or opened anything for as long as they declare."""
    sent = {one.job for one in heard.posts if one.state == "sent"}
    found = []
    for plan in heard.plans:
        if plan.used_within is None or plan.job not in sent or plan.job not in heard.known:
            continue
        if (idle := heard.silent_for(heard.used_at, heard.known[plan.job])) > plan.used_within:
            text = f"{plan.job} is posted, and nobody has asked, pressed or opened anything of mine for {span(idle)}"
            found.append(Quiet(plan.job, "done but unused", text, heard.used_at))
    return found
