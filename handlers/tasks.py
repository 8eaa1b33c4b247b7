"""/task: hand work in, see where it stands, and stop it, change it or take it over at any step."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import access, desk, intake, proposing
from domain.tasks.brief import Brief
from domain.tasks.desk import Hand
from domain.tasks.lifecycle import By
from handlers import guide
from handlers.surface import Action, Answer, Ask, Command, Dialog, Example, Field, Shortcut, Surface, View

_ID = r"T-[A-Z2-7]{10}"
_VERBS = "show|pause|resume|cancel|take|done|read|edit"
_VERB = re.compile(rf"({_VERBS})\s+({_ID})\s*(.*)", re.IGNORECASE | re.DOTALL)
_NO_WORK = re.compile(rf"(?:{_VERBS})|(?:\w+\s+)?{_ID}", re.IGNORECASE)
"""What nobody means as work: a verb without an id, or an id without a verb of ours."""
_DIALOG = "task.brief"


async def run(ops: Ops, ask: Ask) -> Answer | Dialog | None:
    """A verb with an id, `list`, or the words of a task; nothing at all opens a dialog."""
    words = ask.text.strip()
    if words.lower() in ("help", "?"):
        return Answer(guide.of_command(TASK))
    if words.lower() == "list":
        return Answer(await desk.mine(ops, ask.person.id))
    if hit := _VERB.fullmatch(words):
        return await _verb(ops, ask, hit[1].lower(), hit[2].upper(), hit[3])
    if _NO_WORK.fullmatch(words):
        return Answer(guide.of_command(TASK, f"“{words}” is no work: I need a verb of this list and the id of a task."))
    if not words:
        return _dialog(ops)
    return await _handed(ops, ask, intake.from_words(words, ops.policy.tasks), "slash")


async def _handed(ops: Ops, ask: Ask, brief: Brief, source: str) -> Answer:
    await access.hand_in(ops, ask.person.id, _cause(ask))
    hand = Hand(brief, ask.key, source, ask.person.id, ask.channel, ask.thread_ts, cause=_cause(ask))
    row, new = await desk.hand_in(ops, hand)
    return Answer(desk.receipt(row, new=new))


def _cause(ask: Ask) -> str:
    return f"ask:{ask.key}"


async def _verb(ops: Ops, ask: Ask, verb: str, task_id: str, rest: str) -> Answer | Dialog | None:
    who = await _allowed(ops, ask, task_id)
    if verb == "edit" and not rest:
        return _dialog(ops, task_id, (await desk.found(ops, task_id)).brief)
    if verb == "edit":
        return Answer(desk.receipt(await desk.edited(ops, task_id, intake.from_words(rest, ops.policy.tasks), who)))
    await _DEEDS[verb](ops, task_id, who)
    return Answer((await desk.show(ops, task_id))[1])


async def _allowed(ops: Ops, ask: Ask, task_id: str) -> By:
    """Who acts; InputError, and a row of the trail, when this person may not."""
    return await access.change(ops, ask.person.id, await desk.found(ops, task_id), _cause(ask))


_Deed = Callable[[Ops, str, By], Awaitable[object]]
_DEEDS: Mapping[str, _Deed] = {
    "pause": desk.pause,
    "resume": desk.resume,
    "cancel": desk.cancel,
    "take": desk.take,
    "done": desk.finish,
    "read": desk.read_by,
    "show": desk.read_by,
}


def _pressed(verb: str) -> Callable[[Ops, Ask], Awaitable[Answer | None]]:
    async def pressed(ops: Ops, ask: Ask) -> Answer | None:
        """The message the button stands on is brought up to date; nothing else is said."""
        await _DEEDS[verb](ops, ask.value, await _allowed(ops, ask, ask.value))
        return None

    return pressed


# A reply below a task's message


async def replied(ops: Ops, ask: Ask, above: str) -> Answer | None:
    """Fill what a task still misses; None when it misses nothing."""
    task = await desk.found(ops, above.removeprefix("task:"))
    if task.state != "asking":
        return None
    who = await access.change(ops, ask.person.id, task, _cause(ask))
    row = await desk.answered(ops, task.id, ask.text, who)
    if row is None or row.state == "asking":  # the next question is asked below the message
        return None if row is None else Answer(desk.asked(row), share=True)
    return Answer(desk.receipt(row), share=True)


# The dialog


def _dialog(ops: Ops, value: str = "", brief: Mapping[str, object] | None = None, objective: str = "") -> Dialog:
    known = dict(brief or {"objective": objective})
    category, wanted = str(known.get("category", "")), _many(known, "acceptance")
    kinds = tuple((name, one.description) for name, one in ops.policy.tasks.categories.items())
    return Dialog(
        _DIALOG,
        "Hand work in" if not value else f"Edit {value}",
        "Hand in" if not value else "Begin anew",
        (
            Field("objective", "What is to be done?", "lines", initial=str(known.get("objective", "")), most=2_000),
            Field("category", "Kind of work", "choice", "Left out, it is told by your words.", True, kinds, category),
            Field("inputs", "Inputs", "lines", "One a line, such as order: 536365", True, initial=_lines(known)),
            Field("constraints", "Constraints", "lines", "One a line.", True, initial=_many(known, "constraints")),
            Field("output_format", "Form of the outcome", optional=True, initial=str(known.get("output_format", ""))),
            Field(
                "acceptance", "Good enough when", "lines", "Such as has_figure or mentions:WORD.", True, initial=wanted
            ),
        ),
        value,
        instead="/task and what is to be done",
    )


def _lines(brief: Mapping[str, object]) -> str:
    inputs = brief.get("inputs")
    return "\n".join(f"{name}: {text}" for name, text in inputs.items()) if isinstance(inputs, dict) else ""


def _many(brief: Mapping[str, object], name: str) -> str:
    found = brief.get(name)
    return "\n".join(map(str, found)) if isinstance(found, list | tuple) else ""


def _read(ops: Ops, values: Mapping[str, str]) -> Brief:
    given = {name: text for name, text in values.items() if text.strip() and name != "inputs"}
    pairs = [line.partition(":") for line in values.get("inputs", "").splitlines() if line.strip()]
    if bare := next((name.strip() for name, colon, _ in pairs if not colon), ""):
        raise InputError(f"An input is a name, a colon and its value; “{bare[:60]}” has no colon.")
    inputs = {name.strip().lower().replace(" ", "_"): text.strip() for name, _, text in pairs}
    return intake.from_fields({**given, "inputs": inputs}, ops.policy.tasks)


_PLACES = (("criterion", "acceptance"), ("category", "category"), ("input", "inputs"))


async def _wrong(ops: Ops, values: Mapping[str, str], _value: str) -> Mapping[str, str]:
    try:
        _read(ops, values)
    except InputError as error:
        said = error.detail.lower()
        place = next((field for word, field in _PLACES if word in said), "objective")
        return {place: error.detail}
    return {}


async def _sent(ops: Ops, ask: Ask) -> Answer:
    brief = _read(ops, ask.values)
    if not ask.value:
        return await _handed(ops, ask, brief, "modal")
    return Answer(desk.receipt(await desk.edited(ops, ask.value, brief, await _allowed(ops, ask, ask.value))))


async def _shortcut(ops: Ops, ask: Ask) -> Dialog:
    """A message becomes the objective; what is in it is data."""
    return _dialog(ops, objective=ask.text)


TASK = Command(
    "/task",
    "Hand work in, and see where it stands.",
    "[words | list | show T-… | pause | resume | cancel | take | done | edit]",
    (
        Example("/task", "opens a dialog"),
        Example("/task how was net revenue last week?", "hands a question in; the answer comes to you"),
        Example("/task list", "what you handed in and took over"),
        Example("/task show T-ABCDEFGHIJ", "every state of one task, with its time"),
        Example("/task pause T-ABCDEFGHIJ", "stops it at the next step; resume, cancel, take and done go alike"),
        Example("/task edit T-ABCDEFGHIJ", "changes what was asked and begins anew"),
        Example("/task help", "this list"),
    ),
    run,
)
SURFACE = Surface(
    "tasks",
    "Work handed in, watched and taken over.",
    commands=(TASK,),
    actions=(
        Action("task.pause", "stops a task at its next step", _pressed("pause")),
        Action("task.resume", "goes on with a task", _pressed("resume")),
        Action("task.cancel", "ends a task without its outcome", _pressed("cancel")),
        Action("task.take", "takes a task over", _pressed("take")),
        Action("task.read", "notes that the outcome was seen", _pressed("read")),
    ),
    shortcuts=(Shortcut("task.hand", "Hand this to ops", "hands the message in as work", "message", _shortcut),),
    views=(View(_DIALOG, _wrong, _sent),),
    refresh=proposing.unblocked,
)
