"""What is not as it was declared, as the doctor found it in the night: kept so that it can be shown, and told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from domain.kernel.finding import Finding
from domain.kernel.ports import Ops
from models import check, sundial
from models.base import Db
from models.check import Result

KEPT = "drift."
"""How the names of its checks begin."""
FRESH = timedelta(hours=26)
"""A night and a little more: what is older was not looked at again."""
_STATES = {"unseen": "unknown"}
_LONGEST = 60

Tell = Callable[[Db, Sequence[Finding], Sequence[str]], Awaitable[None]]


async def keep(ops: Ops, found: Sequence[Finding], tell: Tell) -> dict[str, list[str]]:
    """Keep every finding as a check and tell the bad ones, in one transaction; what could not be seen is named too."""
    bad = [one for one in found if one.state == "bad"]
    unseen = [one.name for one in found if one.state == "unseen"]
    async with ops.db.begin() as db:
        at = await sundial.now(db)
        rows = {one.name: Result(_named(one), at, _STATES.get(one.state, one.state), one.text) for one in found}
        await check.keep(db, list(rows.values()))
        await tell(db, bad, unseen)
    return {"bad": [one.name for one in bad], "unseen": unseen}


def _named(one: Finding) -> str:
    return f"{KEPT}{one.name}"[:_LONGEST]
