"""What somebody accepted for a day although it is dangerous: kept beside the data, and shown while it lasts."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bot import account
from bot.dangers import DANGERS
from domain.escalations.failures import Failure
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.watch import accepted
from domain.watch.accepted import Accepted
from jobs import troubles

FOR = timedelta(hours=24)
FILE = "accepted.json"


@dataclass(frozen=True)
class Acceptance:
    """That a danger was accepted: when, until when, and by which account of the machine."""

    until: datetime
    at: datetime
    by: str

    def holds(self, now: datetime, begun: datetime | None = None) -> bool:
        """Whether it counts for a house that began then, by default now; one made for longer than a day never does."""
        return self.at <= now and (begun or now) < self.until <= self.at + FOR

    def said(self) -> dict[str, str]:
        """As the file has it."""
        return {"until": self.until.isoformat(), "at": self.at.isoformat(), "by": self.by}


def _read(said: dict[str, str]) -> Acceptance:
    return Acceptance(datetime.fromisoformat(said["until"]), datetime.fromisoformat(said["at"]), said["by"])


def known(data_dir: Path) -> dict[str, Acceptance]:
    """Every acceptance that was ever written here, by flag; RefusedError for a file that others may have written."""
    path = data_dir / FILE
    try:
        about = path.stat()
        if about.st_uid not in (0, os.geteuid()) or about.st_mode & 0o022:
            raise RefusedError(f"{path} can be changed by others than the house; remove it.")
        found = json.loads(path.read_text(encoding="utf-8"))
        return {flag: _read(said) for flag, said in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise RefusedError(f"{path} cannot be read; remove it, and accept anew what must be.") from error


def holding(data_dir: Path, now: datetime | None = None, begun: datetime | None = None) -> dict[str, Acceptance]:
    """The acceptances that count now; for a process of a running house those that counted when the house began."""
    at = now or datetime.now(UTC)
    since = begun or _house_began()
    return {flag: one for flag, one in known(data_dir).items() if one.holds(at, since)}


def _house_began() -> datetime | None:
    """When the supervisor of this process began; None for a process without one.

    One that dies after the day is over is started again: its end would be the end of the whole house.
    """
    if "OPS_PROCESS" not in os.environ:
        return None
    return datetime.fromtimestamp(psutil.Process(os.getppid()).create_time(), UTC)


def refuse_wrong(flags: Sequence[str]) -> None:
    """RefusedError for a word that names no danger, or one that nobody may accept."""
    table = {one.flag: one.never for one in DANGERS}
    for flag in flags:
        if flag not in table:
            there_are = ", ".join(name for name, never in table.items() if not never)
            raise RefusedError(f"There is no danger {flag!r} to accept; there are: {there_are}.")
        if why := table[flag]:
            raise RefusedError(f"{flag} cannot be accepted, not even for a day: {why}.")


def keep(data_dir: Path, flags: Sequence[str], now: datetime | None = None) -> None:
    """Write down that somebody accepts these for a day; what holds already is not prolonged by a restart."""
    at = now or datetime.now(UTC)
    before = known(data_dir)
    fresh = [flag for flag in flags if flag not in before or not before[flag].holds(at)]
    if not fresh:
        return
    account.make_home(data_dir)
    one = Acceptance(at + FOR, at, who())
    said = {flag: kept.said() for flag, kept in {**before, **dict.fromkeys(fresh, one)}.items()}
    account.write_private(data_dir / FILE, json.dumps(said, indent=2))


def who() -> str:
    """The account of who typed it, also behind sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


async def started(ops: Ops, data_dir: Path, present: Mapping[str, str]) -> None:
    """Write into the trail which accepted dangers this start goes on with; those that are gone are over."""
    held = holding(data_dir)
    told = [Accepted(flag, said, held[flag].until, held[flag].by) for flag, said in present.items() if flag in held]
    async with ops.db.begin() as db:
        await accepted.started(db, told)


async def look(ops: Ops) -> list[Failure]:
    """What a person is to be told: that the day is over for which a danger was accepted, and it is still there."""
    async with ops.db.begin() as db:
        over = [one for one in await accepted.standing(db) if one.until <= ops.clock.now()]
    return troubles.dangerous({one.flag: f"{one.text} Accepted by {one.by}; that is over." for one in over})
