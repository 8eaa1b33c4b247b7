"""A drill: an alarm that is none takes each road, with Slack or both roads broken on purpose, and has its receipts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from domain.kernel import card as cards
from domain.kernel import outbox, trail
from domain.kernel.card import Card, Context, Line, Lines, Moment
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.watch import alarm
from models import receipt
from models.receipt import SECOND, Alarm, Answer

Broken = Literal["none", "slack", "both"]
_WAYS: dict[Broken, str] = {
    "none": "Slack takes it in time, so the second road is not used.",
    "slack": "Slack was not asked for it, so this came over the second road.",
    "both": "Neither Slack nor the second road is asked for it, so it must stand in the file.",
}


async def begin(ops: Ops, broken: Broken, by: str, *, at_once: bool = False) -> str:
    """Raise an alarm that is none; its key. InputError when there is no second road to be tried."""
    if broken != "none" and not alarm.addresses(ops):
        raise InputError(f"There is no second road to try: it {alarm.NOT_SET}")
    key = f"drill:{broken}:{ops.clock.now():%Y%m%dT%H%M%S%f}"
    card = Card("A drill", f"Nothing is wrong. {_WAYS[broken]}", (Context((key, Moment(ops.clock.now()))),))
    async with ops.db.begin() as db:
        await outbox.say(db, channel=ops.policy.channels.escalations, card=card, key=key, critical=True)
        if broken != "none":
            await outbox.withhold(db, key)
        if at_once:
            await outbox.at_once(db, key)
        await trail.record(db, Note("alarm.drill", key, by, f"broken: {broken}"))
    return key


@dataclass(frozen=True)
class Outcome:
    """How a drill stands; `seconds` from its beginning to the receipt that proves it, None while there is none."""

    key: str
    seconds: float | None
    answers: tuple[Answer, ...]


async def one(ops: Ops, key: str) -> Alarm:
    """An alarm that was raised, with its receipts."""
    async with ops.db.begin() as db:
        return (await receipt.alarms(db, key=key))[0]


async def outcome(ops: Ops, key: str) -> Outcome:
    """What the roads have answered so far."""
    found = await one(ops, key)
    proof = _proof(found)
    seconds = (proof.at - found.said_at).total_seconds() if proof else None
    return Outcome(key, seconds, found.answers)


def _proof(found: Alarm) -> Answer | None:
    """The answer of the road this drill is about."""
    road = {"none": "slack", "slack": SECOND, "both": receipt.FILE}[found.key.split(":")[1]]
    return next((one for one in found.answers if one.road == road and one.state == "accepted"), None)


async def listed(ops: Ops, *, most: int = 20) -> list[Alarm]:
    """The newest alarms, drills among them, with their receipts."""
    async with ops.db.begin() as db:
        return await receipt.alarms(db, most=most)


def data(found: Alarm) -> dict[str, Any]:
    """An alarm for scripts."""
    said = cards.from_json(found.card)
    return {**asdict(found), "card": {"title": said.title, "conclusion": said.conclusion}, "told": found.told}


def told(several: list[Alarm]) -> Card:
    """Alarms with the road each took."""
    if not several:
        return Card("Alarms", "There was none.")
    lines = tuple(Line("ok" if one.told else "bad", _title(one), _roads(one), Moment(one.said_at)) for one in several)
    return Card("Alarms", f"The newest {len(several)}, with the road each took.", (Lines(lines),))


def _title(one: Alarm) -> str:
    return f"{cards.from_json(one.card).title} ({one.key})"


def _roads(one: Alarm) -> str:
    """One phrase for each answer."""
    said = [
        f"{answer.road}{answer.address and ' ' + answer.address} {answer.state} after "
        f"{(answer.at - one.said_at).total_seconds():.0f} s"
        for answer in one.answers
    ]
    return "; ".join(said) or "no road has taken it yet"
