"""Every policy this house was ever told: the one in force, one that waits for a person, and what became of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, String, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import At, Base, CreatedAt, Db

State = Literal["in_force", "waiting", "replaced", "refused"]
"""`replaced`: another is in force instead, or the file said something else before anybody decided."""


class PolicyVersion(Base):
    """`digest` is of what it says, whatever its comments; `release` of the program it came with, if it did."""

    __tablename__ = "policy_version"
    __table_args__ = (
        CheckConstraint("state in ('in_force', 'waiting', 'replaced', 'refused')", name="state"),
        Index("uq_policy_version_in_force", "state", unique=True, postgresql_where=text("state = 'in_force'")),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str]
    state: Mapped[str] = mapped_column(String(8))
    found_at: Mapped[CreatedAt]
    decided_by: Mapped[str | None]
    decided_at: Mapped[At | None]
    release: Mapped[str] = mapped_column(String(64), server_default="")


@dataclass(frozen=True, slots=True)
class Version:
    """One policy as it is kept; `body` is the text of its file."""

    digest: str
    body: str
    state: str
    found_at: datetime
    decided_by: str
    decided_at: datetime | None
    release: str


_ROW = (
    PolicyVersion.digest,
    PolicyVersion.body,
    PolicyVersion.state,
    PolicyVersion.found_at,
    func.coalesce(PolicyVersion.decided_by, "").label("decided_by"),
    PolicyVersion.decided_at,
    PolicyVersion.release,
)


async def alone(db: Db) -> None:
    """Nobody else decides about policies until this transaction ends."""
    await db.execute(text("select pg_advisory_xact_lock(727002)"))


async def standing(db: Db, state: State) -> Version | None:
    """The policy in force, or the newest in another state; None when there is none."""
    asked = select(*_ROW).where(PolicyVersion.state == state).order_by(PolicyVersion.found_at.desc()).limit(1)
    row = (await db.execute(asked)).first()
    return Version(*row) if row else None


async def in_force(db: Db) -> str:
    """The digest of the policy in force; empty before the first."""
    found = await db.execute(select(PolicyVersion.digest).where(PolicyVersion.state == "in_force"))
    return found.scalar() or ""


async def read(db: Db, digest: str) -> Version | None:
    """The policy with this digest, or whose digest alone begins so."""
    asked = select(*_ROW).where(PolicyVersion.digest.startswith(digest, autoescape=True)).limit(2)
    found = [Version(*row) for row in await db.execute(asked)]
    return found[0] if len(found) == 1 else None


async def wait(db: Db, digest: str, body: str) -> bool:
    """Keep a policy until somebody decides; what waited before does no more. False when this one is known already."""
    await retire(db, but=digest)
    new = insert(PolicyVersion).values(digest=digest, body=body, state="waiting")
    again = {"state": "waiting", "body": body, "found_at": func.clock_timestamp(), "decided_by": None}
    known = new.on_conflict_do_update(index_elements=["digest"], set_=again, where=PolicyVersion.state == "replaced")
    return (await db.execute(known.returning(PolicyVersion.digest))).scalar() is not None


async def retire(db: Db, *, but: str = "") -> None:
    """What waits and the file does not say any more waits no longer."""
    gone = update(PolicyVersion).where(PolicyVersion.state == "waiting", PolicyVersion.digest != but)
    await db.execute(gone.values(state="replaced"))


async def take(db: Db, digest: str, body: str, by: str, release: str = "") -> None:
    """Put a policy in force; the one before is replaced."""
    before = update(PolicyVersion).where(PolicyVersion.state.in_(("in_force", "waiting")))
    await db.execute(before.values(state="replaced"))
    said = {
        "body": body,
        "state": "in_force",
        "decided_by": by,
        "decided_at": func.clock_timestamp(),
        "release": release,
    }
    new = insert(PolicyVersion).values(digest=digest, **said)
    await db.execute(new.on_conflict_do_update(index_elements=["digest"], set_=said))


async def refuse(db: Db, digest: str, by: str) -> bool:
    """Nobody is asked about this one any more; False when it does not wait."""
    gone = update(PolicyVersion).where(PolicyVersion.digest == digest, PolicyVersion.state == "waiting")
    said = gone.values(state="refused", decided_by=by, decided_at=func.clock_timestamp())
    return (await db.execute(said)).rowcount == 1
