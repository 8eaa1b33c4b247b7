"""What must hold at every moment, also after a death: tasks, decisions, effects, slots, messages, the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.kernel.ports import Ops
from domain.watch import audit, replay
from domain.watch.audit import Verdict
from models import invariants
from models.invariants import Breach

LATE = timedelta(minutes=35)
"""How long the house may take to notice what ran out of time: the patrol goes its round every half hour."""


@dataclass(frozen=True)
class Held:
    """One promise, and what breaks it; empty when it holds."""

    name: str
    promise: str
    broken: Sequence[Breach] = ()

    @property
    def sentence(self) -> str:
        """How it stands, with the first thing that breaks it."""
        if not self.broken:
            return f"{self.name} holds: {self.promise}."
        first, more = self.broken[0], len(self.broken) - 1
        return f"{self.name} is broken: {first.subject} {first.wrong}{f', and {more} more' if more else ''}."


async def check(ops: Ops, *, late: timedelta = LATE) -> list[Held]:
    """Every promise, asked of the database as it is now."""
    return [*await asked(ops, late=late), of_trail(await audit.verify(ops)), await of_replay(ops)]


async def asked(ops: Ops, *, late: timedelta = LATE) -> list[Held]:
    """The promises the tables answer for."""
    async with ops.db.begin() as db:
        return [
            Held(name, promise, await invariants.broken(db, name, late))
            for name, (promise, _) in invariants.QUESTIONS.items()
        ]


def of_trail(found: Verdict) -> Held:
    """What a walk along the chain means."""
    wrong = [Breach(one.subject or f"row {one.seq}", one.what) for one in found.wrong]
    return Held("I6 trail", "every row of the trail is as it was written", wrong)


async def of_replay(ops: Ops) -> Held:
    """Whether the tables follow the trail."""
    found = await replay.replayed(ops)
    wrong = [
        Breach(one.subject, f"{one.column or 'row'}: told {one.told}, stands {one.stands}") for one in found.differences
    ]
    return Held("I6 replay", "the tables are what the trail says", wrong)
