"""Is the trail whole? Every link's hash is made anew, and a head told earlier must still stand in the chain."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from domain.kernel.card import Card, Fact, Facts, Line, Lines
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from models import slot, trail
from models.base import Db
from models.trail import GENESIS, Link

JOB, _NIGHTS = "audit", 30
_NAMED = 20
_LEAST = 12
"""Letters of a hash below which a head says too little."""


@dataclass(frozen=True)
class Head:
    """The newest link as it was told at some time; `hash` may be its first letters."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """As it is told and as `--head` takes it."""
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong: at which link, about which subject, and what."""

    seq: int
    subject: str
    what: str


@dataclass
class Verdict:
    """What a walk along the chain found; `wrong` names the first twenty of `broken`."""

    rows: int = 0
    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    broken: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    def add(self, seq: int, subject: str, what: str) -> None:
        """Note one thing that is wrong."""
        self.broken += 1
        if len(self.wrong) < _NAMED:
            self.wrong.append(Wrong(seq, subject, what))

    @property
    def sentence(self) -> str:
        """The verdict for a person."""
        if not self.broken:
            return f"The trail is whole: {self.rows} rows, head {self.head}."
        first = self.wrong[0]
        about = f" (about {first.subject})" if first.subject else ""
        more = f" {self.broken - 1} more things are wrong." if self.broken > 1 else ""
        return f"The trail is broken at row {first.seq}{about}: {first.what}.{more}"


def card(found: Verdict) -> Card:
    """A verdict on a card, with everything that is named."""
    if not found.broken:
        head = Fact("Head", str(found.head), "keep it, and name it later to find any change before it")
        return Card("The trail is whole", f"{found.rows:,} rows were verified, link by link.", (Facts((head,)),))
    lines = tuple(Line("bad", f"row {one.seq} {one.subject}".strip(), one.what) for one in found.wrong)
    return Card("The trail is broken", found.sentence, (Lines(lines),))


def read(text: str) -> Head:
    """A head as it was told, NUMBER:HASH; InputError for anything else."""
    number, _, digest = text.strip().lower().partition(":")
    if not number.isdecimal() or not _LEAST <= len(digest) <= len(GENESIS) or set(digest) - set("0123456789abcdef"):
        raise InputError(f"{text[:80]!r} is no head of the trail, such as 120:3f9c… with at least {_LEAST} letters.")
    return Head(int(number), digest)


async def last_head(db: Db) -> Head | None:
    """The head that the nightly audit found last when the trail was whole; None when it never was looked at."""
    rows = await slot.last_ended(db, JOB, _NIGHTS)
    return next((read(str(row.detail["head"])) for row in rows if "head" in row.detail), None)


async def rewritten(db: Db) -> bool:
    """Whether the trail was cut or written anew since the last night: one look at one link."""
    told = await last_head(db)
    return told is not None and told.seq > 0 and await trail.hash_of(db, told.seq) != told.hash


async def verify(ops: Ops, told: Head | None = None) -> Verdict:
    """Walk the whole chain, flat in memory; `told` is a head from elsewhere, without which a cut tail is not seen."""
    async with ops.db.begin() as db:
        return await _walked(trail.chain(db), told)


async def _walked(chain: AsyncIterable[Link], told: Head | None) -> Verdict:
    found, last, seen = Verdict(), GENESIS, told is None or told.seq == 0
    async for link in chain:
        found.rows += link.text is not None
        if link.seq is None or link.hash is None:
            found.add(found.head.seq + 1, link.subject, f"the row {link.trail_id} has no link")
            continue
        if link.seq != found.head.seq + 1:
            found.add(found.head.seq + 1, "", f"the links up to {link.seq - 1} are missing")
        elif link.text is None:
            found.add(link.seq, "", f"the row {link.trail_id} is gone")
        elif link.hash != hashlib.sha256((last + link.text).encode()).hexdigest():
            found.add(link.seq, link.subject, "it does not say what was written")
        if told and link.seq == told.seq:
            seen = True
            if not link.hash.startswith(told.hash):
                found.add(
                    link.seq, link.subject, f"it was told as {told.hash[:_LEAST]} and is {link.hash[:_LEAST]} now"
                )
        found.head, last = Head(link.seq, link.hash), link.hash
    if told and not seen:
        found.add(found.head.seq + 1, "", f"the chain ends before row {told.seq}, which was told")
    return found
