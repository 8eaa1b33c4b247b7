"""A decision about an action: once, in time, for exactly what was shown, by somebody who may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from domain.kernel import action as actions
from domain.kernel import point, trail
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import authorize, autonomy, cards, proposals
from domain.trust.authorize import Asker, Deed, Subject
from models import asking as rows
from models.asking import Held
from models.base import Db

Word = Literal["open", "approved", "noted", "rejected", "denied", "refused"]
"""`open`: nothing stands against it; `noted`: one more has to agree; `denied`: this person may not;
`refused`: it is too late, changed or decided.
"""

_PLAN = "another step of its plan was not allowed"
_LATE = Note("", "", "house", "nobody decided in time")


@dataclass(frozen=True)
class Said:
    """What became of a click, and what to tell who clicked."""

    word: Word
    why: str
    at: datetime | None = None
    """When it was decided, if it was before."""


OPEN = Said("open", "")


@dataclass(frozen=True)
class Click:
    """What somebody pressed: on which approval, with the first letters of the digest they were shown."""

    approval_id: str
    digest: str
    person: str
    reason: str = ""
    cause: str = ""

    @property
    def by(self) -> str:
        """Who did it, as the trail says."""
        return f"user:{self.person}"


async def approve(ops: Ops, click: Click) -> Said:
    """Allow an action; with the last yes that is needed it is approved, and its worker is woken."""
    said = await _clicked(ops, click, "approve")
    if said.word == "approved":
        point.reach("approved")
    return said


async def reject(ops: Ops, click: Click) -> Said:
    """Refuse an action, with a reason; InputError without one."""
    if not click.reason.strip():
        raise InputError("Say why, so that whoever asked learns of it.")
    return await _clicked(ops, click, "reject")


async def open_to(ops: Ops, click: Click, deed: Deed) -> Said:
    """Whether somebody may decide so now; nothing is decided."""
    asker = await authorize.known(ops, click.person)
    async with ops.db.begin() as db:
        one, refused = await checked(ops, db, asker, click, deed)
    return OPEN if one else refused


async def _clicked(ops: Ops, click: Click, deed: Deed) -> Said:
    asker = await authorize.known(ops, click.person)
    try:
        async with ops.db.begin() as db:
            one, refused = await checked(ops, db, asker, click, deed)
            if one is None:
                return refused
            return await (agree(ops, db, one, asker, click) if deed == "approve" else _no(ops, db, one, click))
    except InputError as error:
        return Said("refused", error.detail)


async def checked(ops: Ops, db: Db, asker: Asker, click: Click, deed: Deed) -> tuple[Held | None, Said]:
    """The approval, held, when it may be decided so; else why not, with a row of the trail."""
    one = await rows.held(db, click.approval_id)
    if one is None:
        return None, Said("refused", f"I know of no approval {click.approval_id[:20]!r}.")
    verdict = await authorize.authorize(ops, db, asker, deed, await subject(db, one), cause=click.cause)
    if not verdict.allowed:
        return None, Said("denied", verdict.why)
    why = await _closed(ops, db, one, click, deed)
    if not why:
        return one, OPEN
    await trail.record(db, Note("approval.refused", one.id, click.by, why, click.cause), {"deed": deed})
    return None, Said("refused", why, one.decided_at)


async def subject(db: Db, one: Held) -> Subject:
    """An approval as the rules see it."""
    return Subject(one.id, one.kind, tuple(one.approvers), tuple(await rows.authors(db, one)))


async def _closed(ops: Ops, db: Db, one: Held, click: Click, deed: Deed) -> str:
    """Why it can no longer be decided, or not so; empty when it can."""
    if one.state != "pending":
        names = await rows.handles(db, [one.decided_by] if one.decided_by else [])
        return _decided(one, names.get(one.decided_by or "", ""))
    if one.over:
        await end(ops, db, one, "expired", _LATE)
        return "Its time is up, so nothing was done."
    shown = len(click.digest) >= cards.SHORT and one.digest.startswith(click.digest)
    if not shown or one.digest != one.args_digest:
        return "It changed since it was shown to you, so nothing was done. Look at it again."
    if one.action_state != "proposed":
        return "The action moved on without this, so nothing was done."
    return await _not_done(ops, db, one) if deed != "reject" else ""


def _decided(one: Held, handle: str) -> str:
    by = f" by @{handle}" if handle else ""
    return f"It was {one.state} already{by}."


async def _not_done(ops: Ops, db: Db, one: Held) -> str:
    """Why an approved action would not be done now: forbidden since, or only suggested."""
    _, connector, action = actions.found(ops.departments, one.kind)
    if why := actions.refusal(ops.policy, action):
        return why
    if await autonomy.level(ops, db, connector, one.kind) == "suggest":
        return "I may only suggest this kind of action, so nothing was done. Set it by hand."
    return ""


async def agree(ops: Ops, db: Db, one: Held, asker: Asker, click: Click) -> Said:
    """Count a yes in the caller's transaction; the last one that is needed approves."""
    mail = asker.who.mail if asker.who else ""
    if not await rows.vote(db, one.id, click.person, mail, "approve"):
        return Said("refused", "You agreed to this already; another person has to agree as well.")
    now = ops.policy.approvals.needed(one.amount, ops.policy.company.currency)
    if await _agreed(ops, db, one) < max(one.needed, now):
        await trail.record(db, Note("approval.voted", one.id, click.by, "", click.cause), {"choice": "approve"})
        await cards.show(ops, db, one.action_id)
        return Said("noted", "Your yes counts already; one more person has to agree before anything is done.")
    await proposals.allow(db, one, Note("", one.id, click.by, click.reason, click.cause))
    await cards.show(ops, db, one.action_id)
    return Said("approved", "Approved; it begins now.")


async def _agreed(ops: Ops, db: Db, one: Held) -> int:
    """How many of those who agreed may still do so."""
    may = {*ops.policy.approvals.who(one.kind)}
    return sum(1 for person, handle in await rows.voters(db, one.id) if may & {person, handle})


async def _no(ops: Ops, db: Db, one: Held, click: Click) -> Said:
    await rows.vote(db, one.id, click.person, "", "reject")
    await end(ops, db, one, "rejected", Note("", one.id, click.by, click.reason.strip(), click.cause))
    return Said("rejected", "Rejected; whoever asked learns why.")


async def end(ops: Ops, db: Db, one: Held, state: str, by: Note) -> bool:
    """Close an approval and its action without an effect, and what waits of its plan; False when it was decided."""
    if not await rows.decide(db, one, state, replace(by, what=f"approval.{state}", subject=one.id), by.why):
        return False
    note = Note("action.refused", one.action_id, by.by, by.why, one.id)
    await rows.move_action(db, one, {"state": "refused", "decided": by.by, "error": by.why}, note)
    await cards.show(ops, db, one.action_id)
    for other in await rows.siblings(db, one):
        await end(ops, db, other, "withdrawn", Note("", other.id, "house", _PLAN, one.id))
    return True


async def expire(ops: Ops) -> int:
    """Close what nobody decided in time; how many."""
    async with ops.db.begin() as db:
        found = await rows.over(db)
    return sum([await _ended(ops, name, "expired", _LATE) for name in found])


async def withdraw(ops: Ops, approval_id: str, by: str, why: str) -> bool:
    """Take a question back that waits; False when it was decided."""
    return await _ended(ops, approval_id, "withdrawn", Note("", approval_id, by, why))


async def _ended(ops: Ops, approval_id: str, state: str, by: Note) -> bool:
    async with ops.db.begin() as db:
        one = await rows.held(db, approval_id)
        return one is not None and await end(ops, db, one, state, by)
