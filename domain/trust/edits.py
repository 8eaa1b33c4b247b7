"""An action is allowed with other arguments: a new version of what was asked, with a digest of its own.

Who edits agrees to what they wrote, as one person. Where two must agree another one is asked for the new version;
whoever agreed to the old one has not seen it, and is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.kernel import action as actions
from domain.kernel import point
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import approvals, authorize, cards, proposals
from domain.trust.approvals import Click, Said
from domain.trust.authorize import Asker
from domain.trust.proposals import Ready
from models import asking as rows
from models.asking import Held
from models.base import Db


async def shown(ops: Ops, approval_id: str) -> tuple[actions.Action, dict[str, Any]]:
    """The declaration and the arguments of what an approval is for; InputError when there is none."""
    async with ops.db.begin() as db:
        one = await rows.held(db, approval_id)
    if one is None:
        raise InputError(f"I know of no approval {approval_id[:20]!r}.")
    return actions.found(ops.departments, one.kind)[2], one.args


async def edit(ops: Ops, click: Click, raw: Mapping[str, Any]) -> Said:
    """Allow an action with these arguments; InputError when they are wrong or nothing would change."""
    asker = await authorize.known(ops, click.person)
    async with ops.db.begin() as db:
        one, refused = await approvals.checked(ops, db, asker, click, "edit")
    if one is None:
        return refused
    ready = await proposals.prepare(ops, one.kind, raw)
    if ready.digest == one.digest:
        raise InputError("Nothing is different; press Approve to allow it as it stands.")
    try:
        said = await _edited(ops, asker, click, ready)
    except InputError as error:
        return Said("refused", error.detail)
    if said.word == "approved":
        point.reach("approved")
    return said


async def _edited(ops: Ops, asker: Asker, click: Click, ready: Ready) -> Said:
    """All of it in one transaction, on what stands then."""
    async with ops.db.begin() as db:
        one, refused = await approvals.checked(ops, db, asker, click, "edit")
        if one is None:
            return refused
        new = await _replaced(ops, db, one, click, ready)
        said = await approvals.agree(ops, db, new, asker, click)
        await proposals.post(ops, db, new)
        return said


async def _replaced(ops: Ops, db: Db, one: Held, click: Click, ready: Ready) -> Held:
    """The next version, with the old one closed and its card pointing on."""
    over = Note("approval.superseded", one.id, click.by, "edited", click.cause)
    edited = Note("action.edited", one.action_id, click.by, "edited", one.id)
    values = {
        "args": actions.plain(ready.args),
        "digest": ready.digest,
        "amount": ready.action.amount(ready.args, ready.before),
        "before": ready.before,
    }
    if not (await rows.decide(db, one, "superseded", over) and await rows.move_action(db, one, values, edited)):
        raise InputError("It moved on by then, so nothing was done.")
    await cards.close(ops, db, one.id)
    return await proposals.put(ops, db, ready, one.action_id, by=click.by, version=one.version + 1)
