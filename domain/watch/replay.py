"""The trail replayed: every change folded in the order of the commits, and the outcome held against the tables."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from datetime import datetime

from domain.kernel.ports import Ops
from models import replay
from models.base import Db
from models.replay import Told

_NAMED = 50
Thing = tuple[str, str]
"""A table and the key of a row in it."""


@dataclass(frozen=True)
class Difference:
    """One value that the trail and the table do not agree on; an empty column stands for the whole row."""

    table: str
    subject: str
    column: str
    told: str
    stands: str


@dataclass
class Replayed:
    """What came of it: `states` counts things by table and state as they were at `until`, `held` those compared.

    `differences` names at most fifty; `differing` counts the things that differ. A thing that changed after `until`
    is not held against its table, which knows only the present.
    """

    until: datetime | None = None
    events: int = 0
    seconds: float = 0.0
    held: int = 0
    states: dict[str, dict[str, int]] = field(default_factory=dict)
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The outcome for a person."""
        things = sum(sum(by_state.values()) for by_state in self.states.values())
        told = f"{_many(self.events, 'event')}, {_many(things, 'thing')}, {self.held} held against their tables"
        return f"{told}: {_many(self.differing, 'difference') if self.differing else 'no difference'}."


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


@dataclass
class _Fold:
    """The last that was told of each thing: its trail row, its digest and its state; a few words per thing."""

    last: dict[Thing, tuple[int, str, str]] = field(default_factory=dict)
    later: set[Thing] = field(default_factory=set)
    events: int = 0

    def take(self, one: Told, until: datetime | None) -> None:
        thing = (one.table, one.key)
        if until is not None and one.at > until:
            self.later.add(thing)
            return
        self.events += 1
        self.last[thing] = (one.trail_id, one.digest, one.state)

    def states(self) -> dict[str, dict[str, int]]:
        counted = {table: Counter[str]() for table in replay.TABLES}
        for (table, _), (_, _, state) in self.last.items():
            counted[table][state] += 1
        return {table: dict(sorted(states.items())) for table, states in counted.items() if states}


async def replayed(ops: Ops, until: datetime | None = None) -> Replayed:
    """Fold the whole trail, or its part up to a moment, and compare; nothing is written."""
    found = Replayed(until)
    async with ops.db.begin() as db:
        await replay.stand_still(db)
        began = time.monotonic()
        fold = await _folded(replay.told(db), until)
        found.seconds, found.events, found.states = time.monotonic() - began, fold.events, fold.states()
        suspects = await _suspects(db, fold, found)
        for thing in suspects:
            await _differ(db, found, thing, fold)
    return found


async def _folded(events: AsyncIterable[Told], until: datetime | None) -> _Fold:
    fold = _Fold()
    async for one in events:
        fold.take(one, until)
    return fold


async def _suspects(db: Db, fold: _Fold, found: Replayed) -> list[Thing]:
    """Things whose row is another, is gone, or was never told of."""
    waiting, suspects = set(fold.last) - fold.later, []
    for table in replay.TABLES:
        async for key, digest in replay.standing(db, table):
            thing = (table, key)
            if thing in fold.later:
                continue
            found.held += 1
            waiting.discard(thing)
            if thing not in fold.last or fold.last[thing][1] != digest:
                suspects.append(thing)
    return [*suspects, *sorted(waiting)]


async def _differ(db: Db, found: Replayed, thing: Thing, fold: _Fold) -> None:
    """Name the values that differ; a column the trail did not know then is no difference."""
    told = await replay.row_told(db, fold.last[thing][0]) if thing in fold.last else None
    stands = await replay.row_standing(db, *thing)
    if told is None or stands is None:
        pairs = [("", "a row" if told else "nothing", "a row" if stands else "nothing")]
    else:
        pairs = [(name, repr(was), repr(stands.get(name))) for name, was in told.items() if stands.get(name) != was]
    found.differing += bool(pairs)
    room = _NAMED - len(found.differences)
    found.differences += [Difference(*thing, name, was[:200], now[:200]) for name, was, now in pairs[:room]]
