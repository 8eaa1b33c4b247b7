"""The card of an approval: what would change and why, who may say so and until when; afterwards who said what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.kernel import action as actions
from domain.kernel import numbers, outbox, people, trail
from domain.kernel.action import Action
from domain.kernel.card import Button, Buttons, Card, Confirm, Context, Fact, Facts, Line, Lines, Moment, Part, Prose
from domain.kernel.errors import InputError
from domain.kernel.policy_trust import Level
from domain.kernel.ports import Ops
from domain.kernel.vendor_errors import DriftError
from domain.trust import authorize, autonomy
from models import asking as rows
from models.asking import Held
from models.base import Db

SHORT = 8
"""Letters of the digest in a button: what was shown is what is decided."""
_WHY = 300
_BY_HAND = "I may only suggest this: set it by hand if you agree."
_DECIDED = {
    "approved": "Approved",
    "rejected": "Rejected",
    "expired": "Nobody decided in time, so nothing was done",
    "superseded": "Changed",
    "withdrawn": "Withdrawn, so nothing was done",
}
_AFTER = {
    "approved": "it begins now",
    "running": "it is being done",
    "done": "it is done",
    "failed": "it failed, and nothing was changed",
    "unclear": "nobody can tell whether it was done, so a person has to look",
    "stale": "it was not done, because it no longer fits",
    "undoing": "it is being undone",
    "undone": "it was done and undone again",
}


@dataclass(frozen=True)
class View:
    """What a card shows: the approval with its action, its declaration, the level, the currency of what is at stake,
    who voted, names by id, and who took it back.
    """

    one: Held
    action: Action | None
    level: Level
    currency: str
    voted: tuple[str, ...] = ()
    names: Mapping[str, str] | None = None
    back: str = ""

    def name(self, who: str | None) -> str:
        """How somebody is called on a card."""
        if who == autonomy.BY_RULE:
            return "the rule for what needs no asking"
        return people.called(who or "", self.names or {})


def key(approval_id: str) -> str:
    """The key of the message of an approval."""
    return f"approval:{approval_id}"


def value(one: Held) -> str:
    """What a button carries: ids only."""
    return f"{one.id}:{one.digest[:SHORT]}"


async def show(ops: Ops, db: Db, action_id: str) -> None:
    """Bring the message of an action's last approval up to date, in the caller's transaction."""
    await _renew(ops, db, await rows.newest(db, action_id))


async def close(ops: Ops, db: Db, approval_id: str) -> None:
    """Bring the message of an approval that is not the last one up to date."""
    await _renew(ops, db, await rows.held(db, approval_id))


async def _renew(ops: Ops, db: Db, one: Held | None) -> None:
    if one is not None:
        await outbox.update(db, key=key(one.id), card=draw(await seen(ops, db, one)))


async def of(ops: Ops, db: Db, approval_id: str) -> Card:
    """The card of an approval as it stands; InputError when there is none."""
    one = await rows.held(db, approval_id)
    if one is None:
        raise InputError(f"I know of no approval {approval_id[:20]!r}.")
    return draw(await seen(ops, db, one))


async def seen(ops: Ops, db: Db, one: Held) -> View:
    """Everything a card of this approval shows."""
    voted = tuple(handle for _, handle in await rows.voters(db, one.id)) if one.needed > 1 else ()
    back = await _taken_back(db, one) if one.action_state == "undone" else ""
    names = await rows.handles(db, [who for who in (one.requester, one.decided_by, back) if who])
    currency = ops.policy.company.currency
    try:
        _, connector, action = actions.found(ops.departments, one.kind)
    except InputError:
        return View(one, None, "suggest", currency, voted, names, back)
    level = await autonomy.level(ops, db, connector, one.kind) if one.state == "pending" else "approve"
    return View(one, action, level, currency, voted, names, back)


async def _taken_back(db: Db, one: Held) -> str:
    """Who had the action undone."""
    return next((past.by for past in reversed(await trail.of(db, one.action_id)) if past.what == "action.undoing"), "")


def draw(view: View) -> Card:
    """The card; buttons only while they mean something."""
    title = view.action.title if view.action else view.one.kind
    parts = (*_changes(view), _facts(view), *_foot(view))
    return Card(title, conclusion(view), parts)


def conclusion(view: View) -> str:
    """How it stands, in one sentence."""
    one = view.one
    if one.state == "pending":
        if view.level == "suggest":
            return f"{one.asked_for} {_BY_HAND}"
        return f"May I? {one.asked_for}"
    said = f"{_DECIDED[one.state]} by {view.name(one.decided_by)}" if _by_person(view) else _DECIDED[one.state]
    if one.state == "approved":
        by = f" by {view.name(view.back)}" if view.back else ""
        said = f"{said}: {_AFTER.get(one.action_state, one.action_state)}{by}"
    if one.state == "superseded":
        said = f"{said}; the new version stands below"
    because = f": {one.reason}" if one.state == "rejected" and one.reason else ""
    return f"{said}{because}."


def _by_person(view: View) -> bool:
    return view.one.state in ("approved", "rejected", "superseded") and view.one.decided_by is not None


def _changes(view: View) -> tuple[Part, ...]:
    if view.action is None or view.one.state == "superseded":
        return ()  # the arguments are those of the version after it
    try:
        changes = view.action.preview(view.action.told(view.one.args), view.one.before or {})
    except (InputError, DriftError):
        return (Prose("What was asked for does not fit what this action takes today."),)
    return (Lines(tuple(Line("off", one.label, f"{one.was} → {one.becomes}") for one in changes), _heading(view.one)),)


def _heading(one: Held) -> str:
    if one.state == "pending" or (one.state == "approved" and one.action_state in ("approved", "running")):
        return "What changes"
    return "What changed" if one.action_state == "done" else "What was to change"


def _facts(view: View) -> Facts:
    one = view.one
    facts = [Fact("Risk", one.risk), Fact("Asked for by", view.name(one.requester))]
    if one.state != "pending":  # before, it is the first sentence
        facts.append(Fact("Why", one.asked_for if len(one.asked_for) <= _WHY else f"{one.asked_for[:_WHY].rstrip()}…"))
    if one.amount is not None:
        facts.append(Fact("At stake", numbers.money(one.amount, view.currency)))
    if one.state == "pending" and view.level != "suggest":
        who = authorize.listed(one.approvers) if one.approvers else "nobody: ops.toml names nobody"
        facts.append(Fact("May approve", who, f"{one.needed} people are needed" if one.needed > 1 else ""))
    if view.voted and one.needed > 1:
        facts.append(Fact("Said yes", authorize.listed(view.voted).replace(" or ", " and ")))
    return Facts(tuple(facts))


def _foot(view: View) -> tuple[Part, ...]:
    one, name = view.one, f"{view.one.id} · {view.one.action_id}"
    if one.state == "pending":
        until = Context(("Until", Moment(one.expires_at), "Without a decision nothing is done.", name))
        return (until, Buttons(_buttons(view))) if view.level != "suggest" else (until,)
    when = (Moment(one.decided_at),) if one.decided_at else ()
    kept = "Not undone. " if one.action_state == "done" else ""  # an undo that was refused leaves it done
    why = (Prose(f"{kept}{one.error}"),) if one.error and one.state == "approved" else ()
    undo = Buttons((_undo(view),)) if one.action_state == "done" and view.action and view.action.undo else None
    return (*why, Context((*when, name)), *((undo,) if undo else ()))


def _buttons(view: View) -> tuple[Button, ...]:
    said = value(view.one)
    return (
        Button("approval.approve", "Approve", said, "primary", _sure(view)),
        Button("approval.edit", "Edit", said),
        Button("approval.reject", "Reject", said),
    )


def _sure(view: View) -> Confirm | None:
    if view.one.risk != "high":
        return None
    title = view.action.title if view.action else view.one.kind
    return Confirm("Are you sure?", f"{title}: this has a high risk.", "Approve")


def _undo(view: View) -> Button:
    sure = Confirm("Undo this?", "I bring back what stood there before, unless it changed since.", "Undo")
    return Button("action.undo", "Undo", view.one.action_id, confirm=sure)
