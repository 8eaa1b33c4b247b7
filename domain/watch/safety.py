"""Whether the house could be put back as it was, and whether it was: the age of the last backup, an open recovery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.kernel.policy_watch import Watch
from models import backup, recovery
from models.backup import Made
from models.base import Db
from models.check import Result
from models.recovery import Kept

_RECOVERED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Safety:
    """The newest backup and the recovery the house is in, None for each that there is not."""

    last: Made | None = None
    recovery: Kept | None = None


async def standing(db: Db) -> Safety:
    """How it stands now."""
    return Safety(await backup.latest(db), await recovery.current(db))


def judge(at: datetime, found: Safety, limits: Watch) -> Iterator[Result]:
    """`backup`, once one was ever made, and `recovery`, while it lasts."""
    if found.last:
        hours = (at - found.last.made_at) / timedelta(hours=1)
        state = "bad" if hours > 2 * limits.backup_hours else "warn" if hours > limits.backup_hours else "ok"
        text = f"The last backup is {hours:.0f} hours old ({found.last.bytes / 1e6:.1f} MB)."
        yield Result("backup", at, state, text, Decimal(round(hours)))
    if found.recovery:
        since = at - found.recovery.restored_at
        text = "The house was restored and begins no action until somebody runs python -m bot restore finish."
        yield Result("recovery", at, "bad" if since > _RECOVERED_WITHIN else "warn", text)
