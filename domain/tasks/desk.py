"""Where work is handed in, asked about, edited, paused and given back; every deed is one transaction with its trail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.kernel import ids, outbox, point
from domain.kernel.card import Card
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import brief as briefs
from domain.tasks import cards, decision, intake, lifecycle, proposed, troubles
from domain.tasks.brief import Brief
from domain.tasks.classify import RuleClassifier
from domain.tasks.decision import Decision, Origin
from domain.tasks.intake import Question
from domain.tasks.lifecycle import By
from models import asking, directory, task_work, trail
from models.base import Db
from models.task_work import ReportRow, TaskRow
from models.trail import Note

FLOW = "jobs.work"
_INPUT = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True)
class Hand:
    """What is handed in, and how: `origin` is its meaning (twice is once), `requester` a person's id or a name of
    ours such as `hook:shop`; `cause` is what led to it."""

    brief: Brief
    origin: str
    source: str
    requester: str
    channel: str = ""
    thread_ts: str = ""
    parent: str = ""
    cause: str = ""


def by(requester: str, why: str = "", cause: str = "") -> By:
    """Who acts, as the trail names them: a person of Slack, or one of ours."""
    return By(requester if ":" in requester else f"user:{requester}", why, cause)


def key(task_id: str) -> str:
    """The key of a task's message."""
    return f"task:{task_id}"


async def hand_in(ops: Ops, hand: Hand) -> tuple[TaskRow, bool]:
    """Take work in, durably: told apart, routed, and begun unless something is missing; and whether it is new."""
    async with ops.db.begin() as db:
        found = await enter(ops, db, hand)
    point.reach("routed")
    return found


async def enter(ops: Ops, db: Db, hand: Hand) -> tuple[TaskRow, bool]:
    """As `hand_in`, in the caller's transaction."""
    found = await _decided(ops, hand.brief, Origin(hand.source, hand.requester, hand.channel))
    point.reach("brief_built")
    task_id = ids.of("T", hand.origin)
    values = {
        "id": task_id, "origin": hand.origin, "source": hand.source, "requester": hand.requester,
        "channel": hand.channel or None, "thread_ts": hand.thread_ts or None, "parent_id": hand.parent or None,
        "run": 1, **_values(ops, found), "next": await _next(ops, db, found, hand.parent),
    }  # fmt: skip
    who = by(hand.requester, found.routed.why, hand.cause)
    row = await task_work.born(db, values, who.note("task.handed_in", task_id))
    if row is None:
        return await known(db, task_id), False
    await _settle(ops, db, row)
    return row, True


async def _decided(ops: Ops, brief: Brief, origin: Origin) -> Decision:
    return await decision.decide(ops.policy.tasks, RuleClassifier(ops.policy.tasks), brief, origin)


def _values(ops: Ops, found: Decision, asked: Sequence[Question] = ()) -> dict[str, Any]:
    """What a row keeps of a decision; what is escalated needs no answers first.

    `asked` are questions that say what did not fit in the last answer; they stand in place of their plain form.
    """
    routed, better = found.routed, {one.name: one for one in asked}
    questions = [better.get(one.name, one) for one in found.taken.questions]
    state = "escalated" if routed.escalates else "asking" if questions else "queued"
    return {
        "brief": found.taken.brief.model_dump(mode="json"),
        "missing": [] if routed.escalates else [{"name": one.name, "text": one.text} for one in questions],
        "category": routed.category or None, "rule": routed.rule or None, "rule_version": routed.version,
        "department": routed.department or None, "path": routed.path, "state": state, "why": routed.why,
        "limit_at": _limit(ops, routed.category),
    }  # fmt: skip


def _limit(ops: Ops, category: str | None) -> Any:
    """When the work should be done; nothing for work of no category."""
    known = ops.policy.tasks.categories.get(category or "")
    return task_work.minutes_from_now(known.limit_minutes) if known else None


async def _next(ops: Ops, db: Db, found: Decision, parent: str) -> list[dict[str, str]]:
    """What is to follow, with the inputs put in; nothing when enough tasks have followed one another."""
    inputs = found.taken.brief.inputs
    declared = [one.words for one in ops.policy.work.following if one.after == found.routed.category]
    if declared and await task_work.generation(db, parent) >= ops.policy.work.most_following:
        return []
    return [{"words": _INPUT.sub(lambda hit: inputs.get(hit[1], hit[0]), words)} for words in declared]


async def _settle(ops: Ops, db: Db, row: TaskRow) -> None:
    """Begin the flow of what is queued; say what needs a person."""
    if row.state == "queued":
        await begin(ops, db, row)
        return
    await say(ops, db, row)
    if row.state == "escalated":
        await troubles.unrouted(ops, db, row)


async def begin(ops: Ops, db: Db, row: TaskRow) -> None:
    """Begin the flow of a task's present run, in the transaction that queued it."""
    flow_id = f"task:{row.id}:{row.run}"
    queue = row.department or "orchestrator"
    await ops.flows.start(FLOW, flow_id, {"task": row.id, "run": row.run}, queue=queue, db=db)


async def follow(ops: Ops, db: Db, row: TaskRow) -> None:
    """Hand in what follows a task that is done; what cannot be read is found missing by the patrol."""
    for number, one in enumerate(row.next):
        try:
            brief = intake.from_words(str(one["words"]), ops.policy.tasks)
        except InputError:
            continue
        origin = f"next:{row.id}:{number}"
        await enter(ops, db, Hand(brief, origin, "bot", row.requester, row.channel or "", parent=row.id, cause=row.id))


async def known(db: Db, task_id: str) -> TaskRow:
    """One task; InputError when there is none of this id."""
    row = await task_work.read(db, task_id)
    if row is None:
        raise InputError(f"There is no task {task_id}.")
    return row


# What is said


async def say(ops: Ops, db: Db, row: TaskRow, report: ReportRow | None = None) -> None:
    """Say where a task stands, in its one message; what came out also below it, when the message stood there.

    Of what nobody in Slack handed in, people hear when they are asked and when it is done.
    """
    if not is_person(row.requester) and row.state not in ("asking", "done"):
        await outbox.update(db, key=key(row.id), card=cards.card(row, report))
        return
    channel, card, own = await _room(ops, db, row), cards.card(row, report), key(row.id)
    voice = row.department or "orchestrator"
    if await outbox.say(db, channel=channel, card=card, key=own, as_department=voice):
        return
    await outbox.update(db, key=own, card=card)
    if report is not None:
        below = Card(card.title, card.conclusion, cards.outcome(report))
        await outbox.say(db, channel=channel, card=below, key=f"{own}:{row.run}", thread_key=own, as_department=voice)


async def _room(ops: Ops, db: Db, row: TaskRow) -> str:
    """Who asked; else the channel of the department for what is done, and that for escalations for what is asked."""
    if is_person(row.requester):
        return row.requester
    named = getattr(ops.policy.channels, row.department or "", None) if row.state == "done" else None
    place = await directory.channel(db, named) if named else None
    may = place is not None and place.is_member and not place.is_archived and not place.is_shared_outside
    return named if named and may else ops.policy.channels.escalations


def is_person(requester: str) -> bool:
    """Whether a requester is somebody in Slack."""
    return ":" not in requester and requester[:1] in ("U", "W")


def receipt(row: TaskRow, *, new: bool = True) -> Card:
    """What somebody is told who handed work in."""
    said = cards.short(row.objective)
    title = f"{row.id} was handed in before" if not new else f"Handed in as {row.id}"
    match row.state:
        case "asking":
            told = f"“{said}”: something is missing; I ask you in a direct message, and nothing runs until it is there."
        case "escalated":
            told = f"“{said}” goes to a person, because {row.why}."
        case "queued" | "running":
            taken = "is taken up" if row.department == "orchestrator" else f"goes to {row.department}"
            told = f"“{said}” {taken}; the outcome comes to you in a direct message."
        case _:
            told = f"“{said}” {lifecycle.stands(row.state)}."
    return Card(title, told, cards.buttons(row))


def asked(row: TaskRow) -> Card:
    """The first question that is still open."""
    return Card("One more thing", str(row.missing[0]["text"]))


# What people do with it


async def answered(ops: Ops, task_id: str, text: str, who: By) -> TaskRow | None:
    """Fill what was missing from a reply; the task as it stands then, None when nothing was asked.

    The work is routed anew, because rules look at what was answered, and begins once nothing is missing.
    """
    async with ops.db.begin() as db:
        row = await known(db, task_id)
        category = ops.policy.tasks.categories.get(row.category or "")
        if row.state != "asking" or category is None:
            return None
        taken = intake.answered(briefs.of(row.brief), category, text)
        who = replace(who, why="answered below its message")
        return await _changed(ops, db, row, taken.brief, who, taken.questions)


async def edited(ops: Ops, task_id: str, brief: Brief, who: By) -> TaskRow:
    """Give a task another brief: told apart, routed and, unless something is missing, begun anew."""
    async with ops.db.begin() as db:
        row = await known(db, task_id)
        made = await _changed(ops, db, row, brief, who)
        if (made.category, made.brief["inputs"]) != (row.category, row.brief["inputs"]):
            await proposed.withdraw(ops, db, task_id, who)
        return made


async def _changed(ops: Ops, db: Db, row: TaskRow, brief: Brief, who: By, asked: Sequence[Question] = ()) -> TaskRow:
    found = await _decided(ops, brief, Origin(row.source, row.requester, row.channel or ""))
    again = {"run": task_work.NEXT_RUN, "report_id": None, "read_at": None, "attempts": 0}
    values = _values(ops, found, asked) | again | {"next": await _next(ops, db, found, row.parent_id or "")}
    if values["state"] not in (row.state, *lifecycle.MOVES[row.state]):
        raise InputError(f"{row.id} is {lifecycle.plain(row.state)}, so it cannot be edited.")
    made = await task_work.moved(db, row.id, (row.state,), values, who.note("task.edited", row.id), run=row.run)
    if made is None:
        raise InputError(f"{row.id} moved on while you wrote; look at it again.")
    await troubles.over(db, row.id, who)
    if made.state == "queued":
        await outbox.update(db, key=key(made.id), card=cards.card(made))
    await _settle(ops, db, made)
    return made


async def pause(ops: Ops, task_id: str, who: By) -> TaskRow:
    """Stop at the next step; what has been done stays."""
    return await _moved(ops, task_id, "paused", who)


async def cancel(ops: Ops, task_id: str, who: By) -> TaskRow:
    """End a task without its outcome; what has been done stays."""
    return await _moved(ops, task_id, "cancelled", who)


async def take(ops: Ops, task_id: str, who: By) -> TaskRow:
    """A person does it from here; nothing of ours goes on."""
    return await _moved(ops, task_id, "taken_over", who, owner=who.who.removeprefix("user:"))


async def finish(ops: Ops, task_id: str, who: By) -> TaskRow:
    """A person who took a task over says that it is done; what follows it begins."""
    return await _moved(ops, task_id, "done", who, only=("taken_over",), read_at=task_work.NOW)


async def resume(ops: Ops, task_id: str, who: By) -> TaskRow:
    """Go on with what is paused, failed or with a person, as a new run after the last step that is stored."""
    async with ops.db.begin() as db:
        row = await known(db, task_id)
        if row.path in (None, "escalate"):
            raise InputError(f"No rule says what {task_id} needs: edit it, take it over or cancel it.")
        to = "asking" if row.missing else "queued"
        again = {"run": task_work.NEXT_RUN, "owner": None, "attempts": 0, "limit_at": _limit(ops, row.category)}
        if row.state != "paused":  # what came out was not what was asked, or somebody did it otherwise since
            again["report_id"] = None
        row = await lifecycle.move(db, task_id, to, who, only=lifecycle.RESUMED, **again)
        await troubles.over(db, task_id, who)
        if to == "queued":
            await outbox.update(db, key=key(row.id), card=cards.card(row))
        await _settle(ops, db, row)
        return row


async def _moved(ops: Ops, task_id: str, to: str, who: By, *, only: Sequence[str] = (), **values: Any) -> TaskRow:
    async with ops.db.begin() as db:
        row = await lifecycle.move(db, task_id, to, who, only=only, **values)
        if to in ("cancelled", "taken_over"):
            await proposed.withdraw(ops, db, task_id, who)
        if to == "done":
            await follow(ops, db, row)
        await troubles.over(db, task_id, who)
        await outbox.update(db, key=key(row.id), card=cards.card(row))
        return row


async def read_by(ops: Ops, task_id: str, who: By) -> None:
    """Note that who asked, or owns it, has seen what came out; of work of ours anybody who may look."""
    async with ops.db.begin() as db:
        row = await known(db, task_id)
        person = who.who.removeprefix("user:")
        theirs = not is_person(row.requester) or person in (row.requester, row.owner)
        if row.state != "done" or row.read_at or not theirs:
            return
        note = who.note("task.read", task_id)
        values = {"read_at": task_work.NOW, "moved_at": task_work.MOVED_BEFORE}
        seen = await task_work.moved(db, task_id, ("done",), values, note)
        if seen is not None:
            await outbox.update(db, key=key(seen.id), card=cards.card(seen, await _report(db, seen)))


async def _report(db: Db, row: TaskRow) -> ReportRow | None:
    return await task_work.report(db, row.report_id) if row.report_id else None


# What people look at


async def found(ops: Ops, task_id: str) -> TaskRow:
    """One task; InputError when there is none of this id."""
    async with ops.db.begin() as db:
        return await known(db, task_id)


async def show(ops: Ops, task_id: str) -> tuple[TaskRow, Card]:
    """A task with every state it passed through."""
    async with ops.db.begin() as db:
        row = await known(db, task_id)
        past = await trail.of(db, row.id)
        names = await asking.handles(db, sorted({one.by for one in past} | ({row.owner} if row.owner else set())))
        return row, cards.shown(row, await _report(db, row), past, names)


async def mine(ops: Ops, person: str, *, most: int = 20) -> Card:
    """What somebody handed in or took over."""
    async with ops.db.begin() as db:
        return cards.listed(await task_work.of_person(db, person, most=most))


async def refused(ops: Ops, subject: str, who: By, body: Mapping[str, Any] | None = None) -> None:
    """Write down that a delivery was not taken; nothing changes."""
    async with ops.db.begin() as db:
        await trail.record(db, Note("hook.refused", subject, who.who, who.why, who.cause), body)
