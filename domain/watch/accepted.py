"""Dangers somebody accepted for a day: written down when the house starts with one, shown red until it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel import trail
from domain.kernel.card import Line
from domain.kernel.trail import Note
from models.base import Db

SUBJECT = "dangers"


@dataclass(frozen=True)
class Accepted:
    """A danger the house runs with: `text` says what is dangerous and what to do; accepted until then, by whom."""

    flag: str
    text: str
    until: datetime
    by: str

    @property
    def line(self) -> Line:
        """How /health and the pulse show it."""
        return Line("bad", self.flag, f"Accepted by {self.by} until {self.until:%-d %B %H:%M} UTC: {self.text}")


async def standing(db: Db) -> list[Accepted]:
    """What the house was last started with."""
    last = {str(row.body["flag"]): row for row in await trail.of(db, SUBJECT)}
    return [
        Accepted(flag, row.why, datetime.fromisoformat(row.body["until"]), row.by)
        for flag, row in last.items()
        if row.what == "danger.accepted"
    ]


async def started(db: Db, present: Sequence[Accepted]) -> None:
    """The house starts with these, and with no others."""
    before = {one.flag: one for one in await standing(db)}
    for one in present:
        if before.get(one.flag) != one:
            note = Note("danger.accepted", SUBJECT, one.by, one.text)
            await trail.record(db, note, {"flag": one.flag, "until": one.until.isoformat()})
    for flag in sorted(set(before) - {one.flag for one in present}):
        await trail.record(db, Note("danger.over", SUBJECT, "house", "it is gone"), {"flag": flag})
