"""What waits for a decision: listed, told again after the house was away, reminded of, and handed to a deputy."""

from __future__ import annotations

from collections.abc import Mapping

from domain.kernel import action as actions
from domain.kernel import outbox, people
from domain.kernel.card import Card, Context, Line, Lines, Moment, Prose
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import authorize, cards
from models import asking as rows
from models.asking import Held
from models.base import Db

_MISSED = "This still waits. If you pressed a button while I was away, please press it again."


async def card(ops: Ops) -> Card:
    """Everything that waits, the most urgent first."""
    async with ops.db.begin() as db:
        found = await rows.waiting(db, most=40)
        names = await rows.handles(db, [one.requester for one in found])
    if not found:
        return Card("Approvals", "Nothing waits for a decision.")
    lines = tuple(Line("warn", cards.value(one), _line(ops, one, names), Moment(one.expires_at)) for one in found)
    foot = Context(("The first ends at", Moment(found[0].expires_at), "Decide on its card in the channel."))
    number = "One question waits" if len(found) == 1 else f"{len(found)} questions wait"
    return Card("Approvals", f"{number} for a decision.", (Lines(lines), foot))


async def one(ops: Ops, approval_id: str) -> Card:
    """One question as its card shows it; InputError when there is none."""
    async with ops.db.begin() as db:
        return await cards.of(ops, db, approval_id)


def _line(ops: Ops, one: Held, names: Mapping[str, str]) -> str:
    who = authorize.listed(one.approvers) if one.approvers else "nobody"
    title, asked = actions.title(ops.departments, one.kind), people.called(one.requester, names)
    return f"{title}: {one.asked_for} Asked for by {asked}; {who} may decide until then."


async def again(ops: Ops) -> int:
    """Say once, below each card that was there before this process began, that it still waits; for how many.

    A click while the house was away is lost at Slack: nobody keeps it.
    """
    async with ops.db.begin() as db:
        found = await rows.missed(db, ops.boot_id)
        said = [await _again(db, one, since) for one, since in found]
    return sum(said)


async def _again(db: Db, one: Held, since: str) -> bool:
    told = Card("Still waiting", _MISSED)
    return await _below(db, one, told, f"again:{since}")


async def _below(db: Db, one: Held, told: Card, name: str, *, loud: bool = False) -> bool:
    """Say something in the thread of a card, once."""
    key, above = f"{cards.key(one.id)}:{name}", cards.key(one.id)
    say = outbox.broadcast if loud else outbox.say
    return await say(db, channel=await rows.posted_in(db, above), card=told, key=key, thread_key=above)


async def remind(ops: Ops) -> int:
    """Remind of what waits too long, and tell the deputy after as long again; of how many."""
    minutes = ops.policy.approvals.remind_after_minutes
    async with ops.db.begin() as db:
        first = [await _reminded(ops, db, one) for one in await rows.unreminded(db, minutes)]
        second = [await _deputised(ops, db, one) for one in await rows.unheard(db, minutes)]
    return sum(first) + sum(second)


async def _reminded(ops: Ops, db: Db, one: Held) -> bool:
    if not await rows.remind(db, one, Note("approval.reminded", one.id, "house", "nobody decided yet")):
        return False
    who = authorize.listed(one.approvers) if one.approvers else "nobody in ops.toml"
    until = Context(("Until", Moment(one.expires_at), "Without a decision nothing is done."))
    told = Card("Still waiting", f"{actions.title(ops.departments, one.kind)} waits for {who}.", (until,))
    return await _below(db, one, told, "reminder", loud=True)


async def _deputised(ops: Ops, db: Db, one: Held) -> bool:
    """Tell the deputy, in a private message, when one is named and was asked."""
    deputy = ops.policy.approvals.deputy.removeprefix("@")
    if not deputy or deputy not in one.approvers:
        return False
    told = Card(
        "Nobody has decided yet",
        f"{actions.title(ops.departments, one.kind)} waits; you may decide it on its card.",
        (Prose(one.asked_for), Context((one.id, "until", Moment(one.expires_at)))),
    )
    return await outbox.say(db, channel=f"@{deputy}", card=told, key=f"{cards.key(one.id)}:deputy")
