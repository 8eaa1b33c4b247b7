"""An action is put forward: looked at, previewed, written down with what was known, and people are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.kernel import action as actions
from domain.kernel import connector as connectors
from domain.kernel import ids, outbox, point, trail
from domain.kernel.action import Action, Args, State
from domain.kernel.connector import Connector
from domain.kernel.department import Department
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import autonomy, cards, snapshot
from models import action as action_rows
from models import asking as rows
from models import directory
from models.base import Db


@dataclass(frozen=True)
class Ready:
    """An action that could be done: whose it is, its arguments, and what the vendor holds now.

    `tried`: the vendor has checked the change without making it.
    """

    department: Department
    connector: Connector
    action: Action
    args: Args
    before: State
    tried: bool = False

    @property
    def digest(self) -> str:
        """What an approval of it is for."""
        return actions.digest(self.action.kind, self.args)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Why an action is put forward: `key` makes it one, `requester` is `user:ID`, `job:NAME` or `bot:DEPARTMENT`.

    `rule` and `figures` are what led to it, for the snapshot.
    """

    key: str
    requester: str
    reason: str
    cause: str = ""
    task_id: str | None = None
    escalation_id: str | None = None
    plan_id: str | None = None
    step: int = 0
    rule: str = ""
    figures: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Proposed:
    """What became of it; `new` is False when it was put forward before."""

    action_id: str
    approval_id: str
    new: bool


async def prepare(ops: Ops, kind: str, raw: Mapping[str, Any]) -> Ready:
    """Hold the arguments against the vendor; to be called outside of a transaction, because the vendor is asked.

    InputError when the kind, the arguments or what they name are wrong, when it is never done, when nothing would
    change, or when the vendor that can try a change out would refuse it.
    """
    department, connector, action = actions.found(ops.departments, kind)
    if why := actions.refusal(ops.policy, action):
        raise InputError(why)
    args = action.told(raw)
    before = await action.before(connectors.source(ops, connector), args)
    if not action.preview(args, before):
        raise InputError(f"{action.title}: it is so already, so there is nothing to do.")
    tried = action.dry_run is not None and not actions.writable(ops, connector)
    if tried and action.dry_run is not None:
        await action.dry_run(actions.source_for_writing(ops, connector), args)
    return Ready(department, connector, action, args, before, tried)


async def ask(ops: Ops, kind: str, raw: Mapping[str, Any], origin: Origin) -> Proposed:
    """Prepare and put forward, in a transaction of its own."""
    ready = await prepare(ops, kind, raw)
    async with ops.db.begin() as db:
        found = await propose(ops, db, ready, origin)
    point.reach("proposed")
    return found


async def propose(ops: Ops, db: Db, ready: Ready, origin: Origin) -> Proposed:
    """Write the action, its approval and its card in the caller's transaction, once under the origin's key.

    Within the limits of `auto` it is approved at once, by a rule; at `suggest` people are shown what to do by hand.
    """
    action_id = ids.of("A", origin.key)
    amount = ready.action.amount(ready.args, ready.before)
    knew = await snapshot.take(ops, db, rule=origin.rule, figures=origin.figures)
    values = _action(ready, origin, action_id) | {"amount": amount, "snapshot_id": knew}
    note = Note("action.proposed", action_id, origin.requester, origin.reason, origin.cause or origin.key)
    if not await rows.propose(db, values, note):
        return Proposed(action_id, approval_id(action_id, 1), new=False)
    if ready.tried:
        why = "the vendor checked it without doing it"
        await trail.record(db, Note("action.tried_out", action_id, origin.requester, why, origin.cause or origin.key))
    at = await autonomy.level(ops, db, ready.connector, ready.action.kind)
    found = await put(ops, db, ready, action_id, by=origin.requester)
    if await autonomy.unasked(ops, db, ready.action, at, amount):
        await allow(db, found, Note("", found.id, autonomy.BY_RULE, "within the limits of auto", origin.cause))
    await post(ops, db, found)
    return Proposed(action_id, found.id, new=True)


def _action(ready: Ready, origin: Origin, action_id: str) -> dict[str, Any]:
    return {
        "id": action_id,
        "key": origin.key,
        "kind": ready.action.kind,
        "args": actions.plain(ready.args),
        "digest": ready.digest,
        "reason": origin.reason,
        "requester": origin.requester,
        "department": ready.department.key,
        "risk": ready.action.risk,
        "task_id": origin.task_id,
        "escalation_id": origin.escalation_id,
        "plan_id": origin.plan_id,
        "step": origin.step,
        "state": "proposed",
        "before": ready.before,
    }


def approval_id(action_id: str, version: int) -> str:
    """The name of the version of an approval."""
    return ids.of("P", f"{action_id}:{version}")


async def put(ops: Ops, db: Db, ready: Ready, action_id: str, *, by: str, version: int = 1) -> rows.Held:
    """Write an approval of an action as it stands."""
    asking, amount = ops.policy.approvals, ready.action.amount(ready.args, ready.before)
    name = approval_id(action_id, version)
    values = {
        "id": name,
        "action_id": action_id,
        "version": version,
        "digest": ready.digest,
        "approvers": list(asking.who(ready.action.kind)),
        "needed": asking.needed(amount, ops.policy.company.currency),
    }
    await rows.ask(db, values, Note("approval.asked", name, by, cause=action_id), hours=asking.expires_hours)
    found = await rows.held(db, name)
    if found is None:
        raise InputError(f"The approval {name} was not written.")
    return found


async def allow(db: Db, one: rows.Held, by: Note) -> None:
    """Approve and ring for the worker, in the caller's transaction; InputError when it was decided or changed since."""
    decided = Note("approval.approved", one.id, by.by, by.why, by.cause)
    moved = Note("action.approved", one.action_id, by.by, by.why, one.id)
    if not await rows.decide(db, one, "approved", decided):
        raise InputError("It was decided, changed or over by then, so nothing was done.")
    if not await rows.move_action(db, one, {"state": "approved", "decided": by.by}, moved):
        raise InputError("The action moved on by then, so nothing was done.")
    await action_rows.ring(db, one.department)


async def post(ops: Ops, db: Db, one: rows.Held) -> None:
    """Show it in the channel of its department, or where escalations go when the bot is not in there."""
    name = getattr(ops.policy.channels, one.department, ops.policy.channels.escalations)
    place = await directory.channel(db, name)
    if place is None or not place.is_member or place.is_archived or place.is_shared_outside:
        name = ops.policy.channels.escalations
    card = await cards.of(ops, db, one.id)
    await outbox.say(db, channel=name, card=card, key=cards.key(one.id), as_department=one.department)
