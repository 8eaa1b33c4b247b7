"""The deeds of an action's course: each is one transaction of ours or one conversation with the vendor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, NotRequired, TypedDict

from domain.actions import alarm, plans
from domain.kernel import action as actions
from domain.kernel import outbox, people, point, trail
from domain.kernel.action import Action, State
from domain.kernel.card import Card
from domain.kernel.connector import Connector
from domain.kernel.errors import InputError, LogicError, OpsError, TransientError
from domain.kernel.ports import Ops
from domain.kernel.source import Source
from domain.kernel.trail import Note
from domain.kernel.vendor_errors import CredentialError
from domain.trust import autonomy, cards
from models import action as rows
from models import asking
from models.action import Kept
from models.base import Db

Deed = Literal["do", "undo"]
BY = "job:act"
_BEGUN: dict[str, tuple[str, ...]] = {"do": ("approved", "running"), "undo": ("undoing",)}
_LONGEST_PAUSE = 300.0


class End(TypedDict):
    """How a deed or a part of it ended: `state` of the action, or `absent` (surely nothing was changed), `unclear`
    (nobody knows), `cut` (another process tried and did not say); what went wrong, and what there is to show.
    """

    state: str
    error: NotRequired[str]
    kind: NotRequired[str]
    retry_after: NotRequired[float | None]
    saved: NotRequired[dict[str, Any] | None]
    after: NotRequired[State]


class Terms(TypedDict):
    """How patient a course is, in seconds, and its end when it may not even begin."""

    retry: list[float]
    look_up: list[float]
    look_again: list[float]
    longest: float
    natural: bool
    end: End | None


@dataclass(frozen=True)
class AtWork:
    """An action with its declaration, its arguments and its key at the vendor."""

    row: Kept
    declared: Action
    connector: Connector
    args: Any
    key: str

    def source(self, ops: Ops) -> Source:
        """The vendor, known by the credential that may write."""
        return actions.source_for_writing(ops, self.connector)


def failed(error: OpsError) -> End:
    """The end of an action that surely changed nothing."""
    return {"state": "failed", "error": error.detail, "kind": error.kind}


def _declared(ops: Ops, row: Kept) -> AtWork:
    _, connector, declared = actions.found(ops.departments, row.kind)
    return AtWork(row, declared, connector, declared.told(row.args), f"opsbrain:{row.id}")


async def _at_work(ops: Ops, action_id: str) -> AtWork:
    async with ops.db.begin() as db:
        row = await rows.find(db, action_id)
    if row is None:
        raise InputError(f"There is no action {action_id}.")
    return _declared(ops, row)


async def ready(ops: Ops, action_id: str, deed: Deed) -> Terms | None:
    """Begin: what was approved runs from here on; None when nothing is to be done any more."""
    async with ops.db.begin() as db:
        row = await rows.find(db, action_id)
        if row is None or row.state not in _BEGUN[deed]:
            return None
        end = await _refused(ops, db, row, deed)
        if end is None and row.state == "approved":
            note = Note("action.begun", row.id, BY, cause=row.decided or "")
            if not await rows.move(db, row.id, "running", note, was=("approved",)):
                return None
    policy = ops.policy.actions
    declared = None if end else _declared(ops, row).declared
    settles = declared.settles.total_seconds() if declared else 0.0
    return {
        "retry": list(policy.retry_after_s),
        "look_up": [max(policy.look_up_after_s[0], settles), *policy.look_up_after_s[1:]],
        "look_again": list(policy.look_again_after_s),
        "longest": _LONGEST_PAUSE,
        "natural": deed == "undo" or bool(declared and declared.natural),
        "end": end,
    }


async def _refused(ops: Ops, db: Db, row: Kept, deed: Deed) -> End | None:
    """Why it must not be begun, looked at again at the last moment."""
    try:
        one = _declared(ops, row)
        if missing := actions.writable(ops, one.connector):
            raise CredentialError(f"{one.connector.name} may not be changed: {', '.join(missing)} is not set.")
    except OpsError as error:
        return failed(error)
    if deed == "undo" or row.state != "approved":
        return None
    if why := actions.refusal(ops.policy, one.declared):
        return {"state": "failed", "error": why, "kind": "input"}
    if actions.digest(row.kind, row.args) != row.digest:
        return {"state": "failed", "error": "It was changed after it was asked for.", "kind": "logic"}
    if why := await plans.hindrance(db, row):
        return {"state": "stale", "error": why}
    return await _unapproved(ops, db, row)


async def _unapproved(ops: Ops, db: Db, row: Kept) -> End | None:
    """Why the approval does not hold any more; what a rule allowed needs that rule to stand."""
    asked = await rows.allowed(db, row.id)
    if asked is None or asked.state != "approved" or asked.digest != row.digest:
        return {"state": "failed", "error": "Nobody approved exactly this.", "kind": "logic"}
    if asked.late:
        return {"state": "stale", "error": "It could not be begun before the approval's time was over; ask again."}
    if row.decided == autonomy.BY_RULE and await autonomy.wished(ops, db, row.kind) != "auto":
        return {"state": "stale", "error": "It may not be done without asking any more; ask again."}
    return None


async def looked(ops: Ops, action_id: str, deed: Deed) -> dict[str, Any]:
    """What the vendor holds before: `state`, and in `stale` why the deed does not fit it any more."""
    one = await _at_work(ops, action_id)
    source = one.source(ops)
    if deed == "undo":
        now = await one.declared.read_back(source, one.args, one.row.saved or {})
        return {"state": now, "stale": one.declared.stale_if(now, one.row.before or {}, one.row.saved or {})}
    now = await one.declared.before(source, one.args)
    return {"state": now, "stale": await _moved_on(one, source, now)}


async def _moved_on(one: AtWork, source: Source, now: State) -> str:
    """Why what was approved is not what would be done now: nobody allows a change they did not see."""
    seen = one.declared.preview(one.args, now)
    if not seen:
        return "It is so already, and not by this action: nothing was changed."
    if one.row.before is None or seen == one.declared.preview(one.args, one.row.before):
        return ""
    if await one.declared.guard(source, one.args, one.key) is not None:
        return ""
    lines = "; ".join(f"{line.label}: {line.was or 'nothing'}" for line in seen)
    return f"The vendor's side changed since it was asked for ({lines}): ask again."


async def intended(ops: Ops, action_id: str, deed: Deed, state: State) -> None:
    """Write down what is about to be done, before anything is; LogicError when it was ended meanwhile."""
    async with ops.db.begin() as db:
        if not await _still(db, action_id, deed, state):
            raise LogicError(f"{action_id} was ended meanwhile, so nothing was tried.")
        note = Note("effect.intended", rows.effect_key(action_id, deed), BY, cause=action_id)
        await rows.intend(db, action_id, deed, note)
    point.reach("intent_written")


async def _still(db: Db, action_id: str, deed: Deed, state: State) -> bool:
    """Whether it is at work, with what the vendor holds now; when an undo began names its flow, so it is not moved."""
    if deed == "do":
        note = Note("action.looked", action_id, BY)
        return await rows.move(db, action_id, "running", note, was=("running",), before=state)
    row = await rows.find(db, action_id)
    return row is not None and row.state == "undoing"


async def attempted(ops: Ops, action_id: str, deed: Deed, nth: int) -> End:
    """Try once, after `nth` tries. The same try is never made twice: when it was begun before, its end is `cut`."""
    one = await _at_work(ops, action_id)
    async with ops.db.begin() as db:
        if not await rows.try_once(db, action_id, deed, nth):
            return {"state": "cut", "error": "A process ended while it was tried."}
    try:
        source = one.source(ops)
        if deed == "do" and (saved := await one.declared.guard(source, one.args, one.key)) is not None:
            return {"state": "done", "saved": saved}
    except OpsError as error:
        return _absent(error)
    point.reach("vendor_called")
    try:
        saved = await _called(one, source, deed)
    except OpsError as error:
        known = actions.surely_absent(error)
        return _absent(error) if known else {"state": "unclear", "error": error.detail, "kind": error.kind}
    point.reach("vendor_answered")
    return {"state": "done", "saved": saved}


async def _called(one: AtWork, source: Source, deed: Deed) -> dict[str, Any] | None:
    if deed == "do":
        return await one.declared.do(source, one.args, one.row.before or {}, one.key)
    if one.declared.undo is None:
        raise InputError(f"{one.declared.title} cannot be undone.")
    await one.declared.undo(source, one.args, one.row.before or {}, one.row.saved or {}, one.key)
    return one.row.saved


def _absent(error: OpsError) -> End:
    wait = error.retry_after if isinstance(error, TransientError) else None
    return {"state": "absent", "error": error.detail, "kind": error.kind, "retry_after": wait}


async def found(ops: Ops, action_id: str, deed: Deed) -> End | None:
    """Look up what became of a try: its end when the vendor has it, None when it has nothing of it."""
    one = await _at_work(ops, action_id)
    source = one.source(ops)
    if deed == "do":
        saved = await one.declared.guard(source, one.args, one.key)
        return None if saved is None else {"state": "done", "saved": saved}
    now = await one.declared.read_back(source, one.args, one.row.saved or {})
    still = one.declared.in_place(now, one.args, one.row.saved or {})
    return None if still else {"state": "done", "saved": one.row.saved}


async def read_back(ops: Ops, action_id: str, deed: Deed, saved: dict[str, Any] | None) -> dict[str, Any]:
    """What the vendor holds after, and whether that is what was wanted."""
    one = await _at_work(ops, action_id)
    now = await one.declared.read_back(one.source(ops), one.args, saved or {})
    return {"after": now, "proved": one.declared.in_place(now, one.args, saved or {}) is (deed == "do")}


_EFFECT = {"done": "done", "failed": "absent", "unclear": "unclear"}


async def recorded(ops: Ops, action_id: str, deed: Deed, end: End, later: bool = False) -> list[str]:
    """Write down how it ended, with all that follows from it; the other actions whose cards that changed.

    `later`: it was unclear before, and is not any more.
    """
    was = ("unclear",) if later else _BEGUN[deed]
    async with ops.db.begin() as db:
        row = await rows.find(db, action_id)
        if row is None or row.state not in was:
            return []
        row = replace(row, state=_BEGUN[deed][-1]) if later else row
        await _effect(db, row, deed, end)
        state = _state(deed, end["state"])
        values: dict[str, Any] = {"error": end.get("error", "")}
        values |= {name: end[name] for name in ("saved", "after") if end.get(name)}
        if state == "done" and deed == "do":
            values["done_at"] = rows.NOW
        note = Note(f"action.{_word(deed, end['state'])}", row.id, BY, end.get("error", ""))
        await rows.move(db, row.id, state, note, was=was, **values)
        await alarm.raised(ops, db, row, state, end.get("error", ""), end.get("kind", ""))
        if state == "undone":
            await _reversed(ops, db, row)
        turned = await plans.turned(ops, db, row, state)
    point.reach("effect_recorded")
    if state == "undone" and row.plan_id:
        point.reach("compensation_done")
    if turned:
        point.reach("compensation_started")
    return turned


async def _effect(db: Db, row: Kept, deed: Deed, end: End) -> None:
    """The effect's own row; without one nothing was intended and nothing is changed here."""
    if state := _EFFECT.get(end["state"]):
        note = Note(f"effect.{state}", rows.effect_key(row.id, deed), BY, end.get("error", ""), row.id)
        values = {"state": state, "result": end.get("saved"), "error": end.get("error", "")}
        await rows.effect_ended(db, row.id, deed, note, **values)


def _state(deed: Deed, ended: str) -> str:
    """The action's state: one that is not taken back stays done."""
    if deed == "do":
        return ended
    return {"done": "undone", "unclear": "unclear"}.get(ended, "done")


def _word(deed: Deed, ended: str) -> str:
    return ended if deed == "do" else {"done": "undone", "unclear": "unclear"}.get(ended, "kept")


async def _reversed(ops: Ops, db: Db, row: Kept) -> None:
    """What a person takes back was not wanted: its kind is asked for again from now on."""
    begun = [one.by for one in await trail.of(db, row.id) if one.what == "action.undoing"]
    if begun and begun[-1].startswith("user:"):
        await autonomy.fell(ops, db, row.kind, f"{row.id} was taken back by a person.", by=BY, cause=row.id)
    if row.task_id and row.requester.startswith("user:"):
        await _asked_hears(ops, db, row, begun[-1] if begun else BY)


async def _asked_hears(ops: Ops, db: Db, row: Kept, by: str) -> None:
    """Who handed the work in hears below its message that the outcome does not stand any more."""
    who = people.called(by, await asking.handles(db, [by]))
    title = actions.title(ops.departments, row.kind)
    said = Card("Undone", f"{title}: {who} took it back, and things stand as before.")
    room, above = row.requester.removeprefix("user:"), f"task:{row.task_id}"
    await outbox.say(
        db, channel=room, card=said, key=f"undone:{row.id}", thread_key=above, as_department=row.department
    )


async def lost(ops: Ops, action_id: str, deed: Deed, why: str, *, begun: bool = True) -> None:
    """End an action whose course failed in a way nobody foresaw: a person must look.

    Of one that is not even `begun` nothing was changed.
    """
    said = f"It ended in a way nobody foresaw: {why}"
    await recorded(ops, action_id, deed, {"state": "unclear" if begun else "failed", "error": said, "kind": "logic"})
    await told(ops, action_id)


async def told(ops: Ops, action_id: str) -> None:
    """Say on its card how an action stands."""
    async with ops.db.begin() as db:
        await cards.show(ops, db, action_id)
    point.reach("message_updated")
