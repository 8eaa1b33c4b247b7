"""The house after a restore: since which backup, what was open then, what became of it, and who ended the recovery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db, Json
from models.outbox import OPEN, Outbox
from models.trail import Note, born, moved

STALE = "older than an hour when the house was restored"
"""Why a message that waited in a backup is not sent any more."""


class Recovery(Base):
    """`found` holds what waited (`told`) and, by action, a word for what became of it; empty until it is known."""

    __tablename__ = "recovery"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    backup: Mapped[str]
    taken_at: Mapped[At]
    restored_at: Mapped[CreatedAt]
    found: Mapped[Json]
    finished_at: Mapped[At | None]
    finished_by: Mapped[str] = mapped_column(server_default="")


@dataclass(frozen=True)
class Kept:
    """A recovery as it stands; the times are aware UTC."""

    id: str
    backup: str
    taken_at: datetime
    restored_at: datetime
    found: dict[str, Any]
    finished_at: datetime | None


_KEPT = (
    Recovery.id, Recovery.backup, Recovery.taken_at, Recovery.restored_at, Recovery.found, Recovery.finished_at,
)  # fmt: skip
_LATELY = Recovery.finished_at > func.clock_timestamp() - text("interval '1 day'")
RESTORED_FROM = (
    select(func.min(Recovery.taken_at)).where(or_(Recovery.finished_at.is_(None), _LATELY)).scalar_subquery()
)
"""SQL: the moment of the backup; until a day after the recovery Slack may know more of our messages than we do."""


async def begin(db: Db, values: Mapping[str, Any], note: Note) -> None:
    """Write down that the house was restored: `id`, `backup`, `taken_at`, `found`."""
    await born(db, Recovery, values, note)


async def current(db: Db) -> Kept | None:
    """The recovery the house is in; None when it is in none."""
    asked = select(*_KEPT).where(Recovery.finished_at.is_(None)).order_by(Recovery.restored_at.desc()).limit(1)
    row = (await db.execute(asked)).first()
    return Kept(*row) if row else None


async def know(db: Db, recovery_id: str, found: Mapping[str, Any]) -> None:
    """Keep what is known of it by now, beside what others found out."""
    more = Recovery.found.concat(literal(dict(found), JSONB))
    await db.execute(update(Recovery).where(Recovery.id == recovery_id).values(found=more))


async def known_messages(db: Db, keys: Sequence[str]) -> set[str]:
    """Which of these messages this house has written, by their keys."""
    return set((await db.execute(select(Outbox.key).where(Outbox.key.in_(keys)))).scalars())


async def finish(db: Db, recovery_id: str, note: Note) -> bool:
    """End it; False when it had ended."""
    now = {"finished_at": func.clock_timestamp(), "finished_by": note.by}
    return await moved(db, Recovery, recovery_id, now, note, where=[Recovery.finished_at.is_(None)]) is not None


async def open_flows(db: Db) -> list[str]:
    """The engine's unfinished flows that do or undo something at a vendor."""
    asked = text(
        "select workflow_uuid from dbos.workflow_status"
        " where name = 'act' and status in ('PENDING', 'ENQUEUED', 'DELAYED')"
    )
    return list((await db.execute(asked)).scalars())


async def doubt_messages(db: Db) -> int:
    """What waited to be posted has an unknown outcome now, and answers to a person are too late; how many posts."""
    late = {"state": "collapsed", "error": STALE}
    answers = Outbox.state.in_(OPEN) & Outbox.target.in_(("answer", "whisper"))
    await db.execute(update(Outbox).where(answers).values(late))
    posts = Outbox.state.in_(OPEN) & (Outbox.target == "post")
    return int((await db.execute(update(Outbox).where(posts).values(state="ambiguous"))).rowcount)


async def unsent(db: Db, most: int) -> tuple[int, list[str]]:
    """How many posts that waited were not sent any more, and the cards of the newest."""
    late = (Outbox.error == STALE) & (Outbox.target == "post")
    found = list((await db.execute(select(Outbox.card).where(late).order_by(Outbox.id.desc()).limit(most))).scalars())
    number = (await db.execute(select(func.count(literal(1))).select_from(Outbox).where(late))).scalar_one()
    return int(number), found
