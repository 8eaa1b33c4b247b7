"""What a task says: where it stands, what is asked, what came out, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.kernel import card as cards
from domain.kernel import people
from domain.kernel.card import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Fact,
    Facts,
    Line,
    Lines,
    Mark,
    Moment,
    Part,
    Prose,
)
from domain.tasks.lifecycle import MOVES, RESUMED, plain, stands
from models.task_work import ReportRow, TaskRow
from models.trail import Entry

_MARKS: dict[str, Mark] = {"done": "ok", "failed": "bad", "escalated": "warn", "asking": "warn", "cancelled": "off"}
_TITLES = {
    "asking": "I need to know more", "queued": "Handed in", "running": "At work", "waiting": "Waits for a decision",
    "checking": "Being checked", "done": "Done", "failed": "Failed", "paused": "Paused", "cancelled": "Cancelled",
    "taken_over": "Taken over", "escalated": "A person must decide",
}  # fmt: skip
_CANCEL = Confirm("Cancel this task?", "What has been done stays as it is; nothing more is done.", "Cancel it", "Keep")
_BUTTONS = (
    ("paused", Button("task.pause", "Pause")),
    ("queued", Button("task.resume", "Resume", style="primary")),
    ("taken_over", Button("task.take", "Take over")),
    ("cancelled", Button("task.cancel", "Cancel", style="danger", confirm=_CANCEL)),
)
MOST = 200
_MOST_PROSE = 2_900


def short(text: str, most: int = MOST) -> str:
    """A text in one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def resumable(task: TaskRow) -> bool:
    """Whether a person may begin it again; what a person must decide has no way of its own."""
    return task.state in RESUMED and task.path not in (None, "escalate")


def buttons(task: TaskRow, *, unread: bool = False) -> tuple[Buttons, ...]:
    """What may be done with a task in this state."""
    allowed = [
        replace(button, value=task.id)
        for to, button in _BUTTONS
        if to in MOVES[task.state] and (to != "queued" or resumable(task))
    ]
    if unread:
        allowed.append(Button("task.read", "Mark read", task.id))
    return (Buttons(tuple(allowed)),) if allowed else ()


def card(task: TaskRow, report: ReportRow | None = None) -> Card:
    """A task as it stands now, with its report when there is one."""
    unread = task.state == "done" and task.read_at is None
    return Card(
        f"{_TITLES[task.state]}: {task.id}",
        _conclusion(task, report),
        (*_told(task, report), *_questions(task), *buttons(task, unread=unread), Context((_small(task),))),
    )


def _conclusion(task: TaskRow, report: ReportRow | None) -> str:
    if report is not None and task.state == "done":
        return short(report.summary.partition("\n")[0], 2_000)
    if task.state == "asking":
        return "Nothing runs until you have answered in this thread."
    why = f" {task.why[:1].upper()}{task.why[1:].rstrip('.')}." if task.why and task.state in _REASONED else ""
    return f"“{short(task.objective)}” {stands(task.state)}.{why}"


_REASONED = ("failed", "escalated", "paused", "cancelled", "taken_over", "waiting")


def _told(task: TaskRow, report: ReportRow | None) -> tuple[Part, ...]:
    if report is None:
        return (Prose(f"“{short(task.objective)}”"),) if task.state == "asking" else ()
    failed = [Line("bad", str(one["name"]), str(one["why"])) for one in report.checks if not one["ok"]]
    asked = (*outcome(report), Prose(f"Asked: “{short(task.objective)}”")) if task.state == "done" else ()
    return (*asked, *((Lines(tuple(failed), "Not as asked"),) if failed else ()))


def outcome(report: ReportRow) -> tuple[Part, ...]:
    """What came out, below its first line: as the card that was made of it, else its further lines."""
    if (made := report.body.get("card")) is not None:
        return cards.from_json(str(made)).parts
    rest = report.summary.partition("\n")[2].strip()
    return (Prose(rest[:_MOST_PROSE]),) if rest else ()


def _questions(task: TaskRow) -> tuple[Lines, ...]:
    if task.state != "asking":
        return ()
    lines = tuple(Line("warn", one["name"].replace("_", " "), one["text"]) for one in task.missing)
    return (Lines(lines, "What I need"),)


def _small(task: TaskRow) -> str:
    where = ", ".join(filter(None, (task.category, task.department))) or "no kind of work"
    verb = "edit" if task.state in ("failed", "escalated") else "show"
    return f"{task.id} · {where} · /task {verb} {task.id}"


def shown(task: TaskRow, report: ReportRow | None, trail: Sequence[Entry], names: Mapping[str, str]) -> Card:
    """A task with every state it passed through, each with its time; `names` holds the handles of people."""
    base = card(task, report)
    owner = (Fact("Owner", people.called(task.owner, names)),) if task.owner else ()
    facts = Facts(
        (
            Fact("State", plain(task.state)),
            Fact("Category", task.category or "none"),
            Fact("Goes to", f"{task.department or 'a person'}: {task.path}"),
            Fact("Rule", task.rule or "none"),
            *owner,
        )
    )
    inputs = tuple(Line("ok", name, text) for name, text in dict(task.brief.get("inputs") or {}).items())
    given = (Lines(inputs, "Inputs"),) if inputs else ()
    return replace(base, parts=(facts, *given, *base.parts, *_passed(trail, names)))


def _passed(trail: Sequence[Entry], names: Mapping[str, str]) -> tuple[Context, ...]:
    """One line for each thing that happened to it."""
    return tuple(Context((_what(one, names), Moment(one.at))) for one in trail[-25:])


def _what(one: Entry, names: Mapping[str, str]) -> str:
    state = str((one.body.get("row") or {}).get("state", ""))
    told = plain(state) if one.what in ("task.moved", "task.handed_in") else one.what.removeprefix("task.")
    why = f" ({short(one.why, 120)})" if one.why else ""
    return f"{told} by {people.called(one.by, names)}{why}"


def listed(tasks: Sequence[TaskRow]) -> Card:
    """The tasks of one person."""
    if not tasks:
        return Card("Your tasks", "You have handed nothing in yet; /task opens a dialog.")
    open_ = sum(1 for one in tasks if MOVES[one.state] and one.state != "failed")
    lines = tuple(
        Line(_MARKS.get(one.state, "off"), f"{one.id} {plain(one.state)}", short(one.objective, 100)) for one in tasks
    )
    are = "is" if open_ == 1 else "are"
    return Card("Your tasks", f"{open_} of the newest {len(tasks)} {are} open.", (Lines(lines),))
