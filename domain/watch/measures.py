"""What the house measures about itself, now and without judging: disk, memory, stores, processes, queues, mail."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from domain.kernel.ports import Ops
from domain.watch import alarm, audit, executors, ledger, pings, safety
from domain.watch.alarm import Standing
from domain.watch.pings import Pinged
from domain.watch.safety import Safety
from models import executor, flow, inbox, outbox, slot, sundial
from models.executor import ExecutorRow
from models.flow import Backlog, Stray


@dataclass(frozen=True)
class Measures:
    """One look, `at` the database's time if it answers; `clock_gap`: how far this machine's clock is ahead of it."""

    at: datetime
    disk_free: int
    disk_total: int
    memory_free: int
    memory_total: int
    database_error: str = ""
    database_for: timedelta = timedelta()
    clock_gap: timedelta = timedelta()
    redis: bool = True
    processes: tuple[ExecutorRow, ...] = ()
    backlogs: tuple[Backlog, ...] = ()
    still: tuple[Stray, ...] = ()
    mail: outbox.Mail | None = None
    post: inbox.Backlog | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    """How the slots planned in the last 24 hours stand, by state."""
    trail_rewritten: bool = False
    pinged: tuple[Pinged, ...] = ()
    """Who is heard of from outside."""
    safety: Safety = field(default_factory=Safety)
    second_road: Standing = field(default_factory=Standing)

    @property
    def house_bytes(self) -> int:
        """The resident memory of our living processes, as each told it with its last beat."""
        return sum(int(one.detail.get("rss", 0)) for one in self.processes if lives(one))


def lives(row: ExecutorRow) -> bool:
    """Whether a process has beaten lately and did not end."""
    return row.state == "alive" and row.silent_for <= executors.SILENT


async def look(ops: Ops) -> Measures:
    """Measure everything; a database that does not answer is a measure too."""
    disk = shutil.disk_usage(_folder(ops))
    memory = psutil.virtual_memory()
    ground = Measures(
        at=ops.clock.now(),
        disk_free=disk.free,
        disk_total=disk.total,
        memory_free=memory.available,
        memory_total=memory.total,
    )
    redis, found = await asyncio.gather(ops.cache.ping(), _answered(ops, ground))  # neither uses up the other's time
    return replace(found, redis=redis)


async def _answered(ops: Ops, ground: Measures) -> Measures:
    try:
        return await _asked(ops, ground)
    except Exception as error:
        if not ledger.passing(error):
            raise
        return replace(ground, database_error=type(error).__name__)


def _folder(ops: Ops) -> Path:
    """Where the stores keep their data, as far as this process is told."""
    found = Path(ops.secrets.get("OPS_DATA_DIR") or ".")
    return found if found.exists() else Path()


async def _asked(ops: Ops, ground: Measures) -> Measures:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with ops.db.begin() as db:
        now = await sundial.now(db)
        answered_for = timedelta(seconds=loop.time() - began)
        return replace(
            ground,
            at=now,
            database_for=answered_for,
            clock_gap=ops.clock.now() - now,
            processes=tuple(await executor.latest(db)),
            backlogs=tuple(one for one in await flow.backlogs(db) if one.queue != ledger.WAITING),
            still=tuple(await flow.standing_still(db, executors.STILL, waits_in=[ledger.WAITING])),
            mail=await outbox.standing(db),
            post=await inbox.backlog(db),
            outcomes=await slot.outcomes(db, now - timedelta(hours=24)),
            trail_rewritten=await audit.rewritten(db),
            pinged=await pings.standing(ops.policy.watch, db),
            safety=await safety.standing(db),
            second_road=await alarm.standing(ops, db),
        )
