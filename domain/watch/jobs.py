"""Every job as a person sees it: how it stands, what it did last, when it comes next; run, paused, resumed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.kernel import ids
from domain.kernel import plan as plans
from domain.kernel.card import Card, Context, Line, Lines, Mark, Moment
from domain.kernel.errors import InputError
from domain.kernel.plan import Plan
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.watch import honesty, slots, timing
from models import slot
from models.job_state import HOUSE, State
from models.slot import SlotRow

Standing = Literal["well", "open", "skipped", "failing", "paused"]
_MARKS: dict[Standing, Mark] = {"well": "ok", "open": "ok", "skipped": "off", "failing": "bad", "paused": "warn"}


LOOK_BACK = timedelta(days=35)
"""What a job did longer ago is no news of it."""


@dataclass(frozen=True)
class Entry:
    """One job: `told` says how it stands in a sentence, `last_at` is when its newest slot was planned for."""

    name: str
    purpose: str
    standing: Standing
    told: str
    last_at: datetime | None
    next_at: datetime
    failures: int
    needs: tuple[str, ...]
    by_house: bool = False


async def entries(ops: Ops) -> list[Entry]:
    """Every job of the timetable, in its order."""
    async with ops.db.begin() as db:
        last, states = await slot.newest(db, ops.clock.now() - LOOK_BACK), await honesty.all_of(db)
    return [_entry(ops, plan, last.get(plan.job), states.get(plan.job, State(plan.job))) for plan in ops.plans]


def _entry(ops: Ops, plan: Plan, row: SlotRow | None, state: State) -> Entry:
    standing, told = _standing(row, state)
    return Entry(
        name=plan.job,
        purpose=plan.purpose,
        standing=standing,
        told=told,
        last_at=row.planned_at if row else None,
        next_at=timing.next_after(plan.timing, ops.policy.company.tz, ops.clock.now()).instant,
        failures=state.failures,
        needs=tuple(need.on for need in plan.needs),
        by_house=state.paused_by == HOUSE,
    )


def _standing(row: SlotRow | None, state: State) -> tuple[Standing, str]:
    if state.paused_at:
        return "paused", state.paused_why
    if row is None:
        return "well", "has not come yet"
    if row.ended_at is None:
        return "open", "runs" if row.started_at else "waits to begin"
    if row.state == "ran":
        lacking = [f"{name} ({why})" for name, why in row.detail.get("without", {}).items()]
        return "well", f"ran without {', '.join(lacking)}" if lacking else "ran"
    if row.state == "skipped":
        return "skipped", f"was skipped: {row.reason}"
    return "failing", f"failed {_times(state.failures)}: {row.reason}"


def _times(number: int) -> str:
    return "once" if number <= 1 else f"{number} times in a row"


async def card(ops: Ops) -> Card:
    """The list for a person: what is paused or fails stands first."""
    found = await entries(ops)
    amiss = [one for one in found if one.standing in ("failing", "paused")]
    rest = [one for one in found if one not in amiss]
    lines = tuple(Line(_mark(one), one.name, f"{one.told}; next", Moment(one.next_at)) for one in (*amiss, *rest))
    conclusion = f"{len(amiss)} of {len(found)} need a look." if amiss else f"All {len(found)} go by their timetable."
    how = Context(("/ops jobs run NAME, /ops jobs pause NAME or /ops jobs resume NAME",))
    return Card("Jobs", conclusion, (Lines(lines), how))


def _mark(one: Entry) -> Mark:
    return "bad" if one.by_house else _MARKS[one.standing]


def paused(states: Mapping[str, State]) -> list[Line]:
    """The jobs that rest, for a card about something wider."""
    return [
        Line("bad" if one.paused_by == HOUSE else "warn", one.job, f"{one.paused_why}; /ops jobs resume {one.job}")
        for one in states.values()
        if one.paused_at
    ]


@dataclass(frozen=True)
class Hand:
    """Who wants something of a job: `by` for the trail, `name` for people; `key` is the deed, which twice is once."""

    by: str
    name: str
    key: str


async def run(ops: Ops, job: str, hand: Hand) -> Card:
    """Begin one slot now, be the job paused or not."""
    plan, label = _known(ops, job), ids.of("J", hand.key)
    note = Note("job.begun", f"job:{job}", hand.by, f"begun by {hand.name}", hand.key)
    if await slots.by_hand(ops, plan, label, note) == "skipped":
        return Card(f"{job} runs already", "A slot of it has not ended, so no second one was begun.")
    return Card(f"{job} begins now", f"Its slot is {ops.today()} {label}; /ops jobs tells how it ended.")


async def pause(ops: Ops, job: str, hand: Hand, why: str = "") -> Card:
    """Begin no slot of a job until somebody resumes it."""
    _known(ops, job)
    said = f"paused by {hand.name}{f': {why}' if why else ''}"
    if await honesty.pause(ops, job, hand.by, said, cause=hand.key):
        return Card(f"{job} is paused", f"Its slots are skipped until somebody types: /ops jobs resume {job}")
    return Card(f"{job} rests already", "Nothing was changed.")


async def resume(ops: Ops, job: str, hand: Hand) -> Card:
    """Let a job work again, with no failure held against it."""
    plan = _known(ops, job)
    if not await honesty.resume(ops, job, hand.by, cause=hand.key):
        return Card(f"{job} is not paused", "Nothing was changed.")
    following = timing.next_after(plan.timing, ops.policy.company.tz, ops.clock.now()).instant
    return Card(f"{job} goes on", "It comes next at", (Context((Moment(following),)),))


def _known(ops: Ops, job: str) -> Plan:
    """InputError when nobody knows the job, or it rests by the policy."""
    plan = plans.named(ops.plans, job)
    if plan is None:
        there = ", ".join(sorted(one.job for one in ops.plans)) or "none"
        raise InputError(f"There is no job {job[:40]!r} in the timetable; there are: {there}.")
    return plan
