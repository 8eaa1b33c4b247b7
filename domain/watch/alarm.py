"""What cannot wait has two roads out: when Slack does not take an alarm in time, the second road does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from domain.kernel import card as cards
from domain.kernel import outbox, point
from domain.kernel.card import Buttons, Card, Context, Line, Lines
from domain.kernel.ports import Ops
from domain.watch import second_road
from domain.watch.executors import SILENT
from domain.watch.second_road import VARIABLE
from models import executor, receipt
from models.base import Db
from models.check import Result
from models.receipt import Due, Road, Told
from models.wire import LOST

CARRIERS = ("bot", "worker-orchestrator")
"""Who brings an alarm to Slack, and who over the second road."""
CHECK = "alarm.second_road"
NOT_SET = f"is not configured: set {VARIABLE}."
BOTH = "drill:both:"
"""How the keys of drills begin for which the second road is broken on purpose."""
_MOST_UNKNOWN = 2
"""So often an alarm is sent without anybody knowing what became of it."""
_SENDING_S = second_road.WITHIN_S + 60
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Roads:
    """How an alarm is drawn as text, the directory of its file, and between how many seconds what failed waits."""

    draw: Callable[[Card], str]
    folder: Path
    pause: tuple[float, float] = (30.0, 600.0)


@dataclass(frozen=True)
class _Send:
    """Alarms that are sent together, the notes that each was begun, and what every address answered."""

    several: tuple[Due, ...]
    begun: dict[str, int]
    told: tuple[Told, ...] = ()

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.several]

    @property
    def accepted(self) -> bool:
        return any(one.accepted for one in self.told)


def addresses(ops: Ops) -> tuple[str, ...]:
    """Where the second road leads; each is a secret."""
    return second_road.addresses(ops.secrets.get(VARIABLE) if ops.secrets else None)


async def say(ops: Ops, key: str, card: Card) -> bool:
    """Queue an alarm, once for ever under `key`; whether both of those who would carry it live.

    Without the one Slack does not get it, without the other the second road does not: then nobody is waited for.
    """
    async with ops.db.begin() as db:
        living = {one.role for one in await executor.latest(db) if one.state == "alive" and one.silent_for < SILENT}
        await outbox.say(db, channel=ops.policy.channels.escalations, card=card, key=key, critical=True)
        if carried := living.issuperset(CARRIERS):
            return carried
        await outbox.at_once(db, key)
    return False


async def sweep(ops: Ops, roads: Roads) -> int:
    """Send what Slack did not take in time, all of it as one message; how many alarms.

    Each is noted before it is sent and has its receipt only when somebody answered: a process that ends in between
    is followed by another that sends again, once. What nobody took stands in the file, and is tried again.
    """
    async with ops.db.begin() as db:
        seconds = ops.policy.alarm.second_road_after_seconds
        found = await receipt.due(db, after=seconds, most=_MOST_UNKNOWN, once=BOTH)
        begun = await receipt.begin(db, [one.key for one in found], again=_SENDING_S) if found else {}
    broken = tuple(one for one in found if one.key.startswith(BOTH))
    for several in (tuple(one for one in found if one not in broken), broken):
        if several:
            await _settle(ops, roads, await _sent(ops, roads, _Send(several, begun)))
    return len(found)


async def _sent(ops: Ops, roads: Roads, send: _Send) -> _Send:
    where = addresses(ops)
    if send.keys[0].startswith(BOTH):
        why = "broken on purpose, for a drill"
        told = tuple(Told(name, accepted=False, said=why) for name in second_road.labels(where))
    else:
        card = _card(send.several)
        told = await second_road.send(where, f"{ops.policy.company.name}: {card.title}", roads.draw(card))
        point.reach("sent_secondary")
    return replace(send, told=told)


async def _settle(ops: Ops, roads: Roads, send: _Send) -> None:
    """Keep what was answered; while the database is away the knowledge waits here."""
    why = "; ".join(f"address {one.address}: {one.said}" for one in send.told) or f"the second road {NOT_SET}"
    if not send.accepted:
        _log.error("%d alarms were not told: %s", len(send.several), why)
    while True:
        try:
            async with ops.db.begin() as db:
                await receipt.settle(db, send.begun, send.keys, send.told, roads.pause)
                if not send.accepted:
                    await _file(ops, roads, db, send.several, why)
        except LOST as error:
            _log.warning("receipts wait for the database: %s", type(error).__name__)
            await asyncio.sleep(1.0)
        else:
            return


async def _file(ops: Ops, roads: Roads, db: Db, several: Sequence[Due], why: str) -> None:
    """The last road, once for each alarm; the line is there before it is said to be."""
    new = await receipt.unfiled(db, [one.key for one in several])
    for one in several:
        said = cards.from_json(one.card)
        if one.key in new and second_road.write(
            roads.folder, ops.clock.now(), one.key, f"{said.title}: {said.conclusion} (not told: {why})"
        ):
            await receipt.filed(db, one.key)


def _card(several: Sequence[Due]) -> Card:
    """One alarm as it is, without buttons nobody can press there; several as a list."""
    said = [cards.from_json(one.card) for one in several]
    why = next((one.error for one in several if one.error), "") or "no answer in time"
    note = Context((f"Slack did not take this: {why}", "answer it in Slack when that works again"))
    if len(said) == 1:
        parts = tuple(part for part in said[0].parts if not isinstance(part, Buttons))
        return replace(said[0], parts=(*parts, note))
    lines = tuple(Line("bad", one.title, one.conclusion) for one in said)
    return Card(f"{len(said)} alarms", "Slack did not take these in time.", (Lines(lines), note))


@dataclass(frozen=True)
class Standing:
    """The services the second road leads to, by name, and how it was last."""

    names: tuple[str, ...] = ()
    road: Road = field(default_factory=Road)


async def standing(ops: Ops, db: Db) -> Standing:
    """How the second road stands."""
    return Standing(second_road.labels(addresses(ops)), await receipt.road(db))


def judge(at: datetime, found: Standing) -> Result:
    """Whether the second road can be relied upon; pure."""
    road, last = found.road, [one for one in found.road.last if one.address in found.names]
    refused = "; ".join(f"{one.address}: {one.said.rstrip('.')}" for one in last if not one.accepted)
    proof = "python -m bot alerts drill --break slack proves it"
    if not found.names:
        return Result(CHECK, at, "unknown", f"The second road {NOT_SET}")
    if road.lost:
        return Result(CHECK, at, "bad", f"{road.lost} alarms were sent and nobody knows whether they arrived; {proof}.")
    if refused:
        state = "warn" if any(one.accepted for one in last) else "bad"
        return Result(CHECK, at, state, f"The second road failed when it was last used ({refused}); {proof}.")
    if not last or not road.at:
        return Result(CHECK, at, "unknown", f"The second road was never used; {proof}.")
    return Result(CHECK, at, "ok", f"The second road took its last message at {road.at:%Y-%m-%d %H:%M} UTC.")
