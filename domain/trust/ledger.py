"""The ledger of autonomy: the level of each kind of action, what it is earned by, and proposals to raise it."""

from __future__ import annotations

from domain.kernel import action as actions
from domain.kernel import outbox, trail
from domain.kernel.action import Action
from domain.kernel.card import Button, Buttons, Card, Context, Fact, Facts, Line, Lines, Mark, Prose
from domain.kernel.connector import Connector
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import authorize, autonomy
from domain.trust.authorize import Subject, Verdict
from models.autonomy import Record
from models.base import Db

_MEANS = {
    "suggest": "is only suggested",
    "approve": "is asked for",
    "auto": "is done without asking, within limits",
}
_MARK: dict[str, Mark] = {"suggest": "off", "approve": "ok", "auto": "warn"}


async def card(ops: Ops) -> Card:
    """Every kind of action with its level and what it lacks for the next."""
    async with ops.db.begin() as db:
        lines = [await _line(ops, db, at, action) for at, action in _declared(ops)]
    if not lines:
        return Card("Autonomy", "There is nothing yet that I could do.")
    alone = sum(line.mark == "warn" for line in lines)
    said = "I ask before I do anything." if not alone else f"I do {alone} of {len(lines)} kinds without asking."
    how = Context(("/ops autonomy KIND shows its record; /ops autonomy KIND raise or lower changes it.",))
    return Card("Autonomy", said, (Lines(tuple(lines)), how))


def _declared(ops: Ops) -> list[tuple[Connector, Action]]:
    return [(at, one) for department in ops.departments for at in department.connectors for one in at.actions]


async def _line(ops: Ops, db: Db, at: Connector, action: Action) -> Line:
    level = await autonomy.level(ops, db, at, action.kind)
    record = await autonomy.record(ops, db, action.kind)
    lacks = "" if level == "auto" else autonomy.short_of(ops, action, record)
    return Line(_MARK[level], action.kind, f"{_MEANS[level]}. {lacks}".strip())


async def card_of(ops: Ops, kind: str) -> Card:
    """One kind: its level, since when and why, and its record; InputError for an unknown one."""
    _, at, action = actions.found(ops.departments, kind)
    async with ops.db.begin() as db:
        level = await autonomy.level(ops, db, at, kind)
        record = await autonomy.record(ops, db, kind)
    missing = actions.writable(ops, at)
    lacks = f"{', '.join(missing)} is not set." if missing else autonomy.short_of(ops, action, record)
    said = f"“{action.title}” {_MEANS[level]}."
    return Card(kind, said, (_facts(ops, record), *((Prose(lacks),) if lacks and level != "auto" else ())))


def _facts(ops: Ops, record: Record) -> Facts:
    policy = ops.policy.autonomy
    bound = autonomy.surely(record, policy.z)
    return Facts(
        (
            Fact("Agreed", f"{record.agreed} of {record.decisions}", f"{policy.window_days} days"),
            Fact("Surely", f"{bound:.1%}", f"{policy.wilson_bound:.0%} are needed"),
            Fact("Undone", str(record.reversals), f"{policy.window_days} days"),
        )
    )


async def propose(ops: Ops) -> list[str]:
    """Propose to raise each kind that has earned it, once a month; which were proposed now."""
    said = []
    async with ops.db.begin() as db:
        for at, action in _declared(ops):
            if await autonomy.level(ops, db, at, action.kind) != "approve":
                continue
            record = await autonomy.record(ops, db, action.kind)
            if not autonomy.short_of(ops, action, record) and await _proposed(ops, db, action, record):
                said.append(action.kind)
    return said


async def _proposed(ops: Ops, db: Db, action: Action, record: Record) -> bool:
    key = _key(ops, action.kind)
    channel, offer = ops.policy.channels.escalations, _offer(ops, action, record)
    if not await outbox.say(db, channel=channel, card=offer, key=key, as_department="orchestrator"):
        return False
    body = {"agreed": record.agreed, "decisions": record.decisions, "key": key}
    await trail.record(db, Note("autonomy.proposed", action.kind, "house", "earned by its record"), body)
    return True


def _key(ops: Ops, kind: str) -> str:
    return f"autonomy:{kind}:{ops.today():%Y-%m}"


def _offer(ops: Ops, action: Action, record: Record) -> Card:
    limit = ops.policy.autonomy.limit(action.kind)
    upto = f" and up to {limit.amount:,.2f} {ops.policy.company.currency}" if limit.amount is not None else ""
    who = authorize.listed(ops.policy.people.owners) if ops.policy.people.owners else "nobody in ops.toml"
    return Card(
        f"May I do this without asking? {action.title}",
        f"People agreed {record.agreed} of {record.decisions} times, and nothing had to be undone.",
        (
            _facts(ops, record),
            Prose(f"I would do at most {limit.per_day} a day{upto}, each with its Undo. {who} may say so."),
            Context(("Without an answer I go on asking; one undo, or a vendor that fails, and I ask again.",)),
            Buttons(
                (
                    Button("autonomy.accept", "Accept", action.kind, "primary"),
                    Button("autonomy.decline", "Not now", action.kind),
                )
            ),
        ),
    )


async def accept(ops: Ops, person_id: str, kind: str, *, cause: str = "") -> Verdict:
    """A named person lets a kind be done without asking; its record is looked at once more. InputError when it fell."""
    verdict, now = await autonomy.turn(ops, person_id, kind, up=True, since="approve", cause=cause)
    if verdict.allowed:
        await _close(ops, kind, f"Accepted: it {_MEANS[now]}.", person_id)
    return verdict


async def decline(ops: Ops, person_id: str, kind: str, *, cause: str = "") -> Verdict:
    """A named person goes on being asked."""
    verdict = await authorize.may(ops, person_id, "manage", Subject(kind, kind), cause=cause)
    if verdict.allowed:
        async with ops.db.begin() as db:
            await trail.record(db, Note("autonomy.declined", kind, f"user:{person_id}", "", cause))
        await _close(ops, kind, "Not now: people go on being asked.", person_id)
    return verdict


async def _close(ops: Ops, kind: str, said: str, person_id: str) -> None:
    who = await ops.people.look(person_id)
    by = Context((f"@{who.handle}" if who else person_id, kind))
    async with ops.db.begin() as db:
        await outbox.update(db, key=_key(ops, kind), card=Card("Autonomy", said, (by,)))
