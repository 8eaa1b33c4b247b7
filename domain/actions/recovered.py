"""After a restore: what the backup says is open is looked up at the vendors before anything is begun or repeated."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.actions import recovery_card, runner
from domain.actions.recovery_card import Shown
from domain.kernel import card as cards
from domain.kernel import ids, outbox
from domain.kernel.errors import InputError, OpsError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import approvals, autonomy
from domain.watch import notices
from models import action as rows
from models import asking, recovery
from models.action import Kept as Row
from models.base import Db
from models.recovery import Kept

BY = "house:restore"
_WHY = "The house was restored from a backup; what was decided since then is unknown."
_MOST = 10
_log = logging.getLogger(__name__)


async def begin(ops: Ops, backup: str, taken_at: datetime) -> Kept:
    """Enter recovery, before any process runs: no approval of before is honoured, and nothing is done unasked."""
    name = ids.of("R", f"{backup}:{ops.clock.now().isoformat()}")
    async with ops.db.begin() as db:
        open_ = [one.id for one in await rows.unsettled(db)]
        waiting = [one.id for one in await asking.waiting(db, most=10_000)]
        unasked = [kind for kind in _kinds(ops) if await autonomy.fell(ops, db, kind, _WHY, by=BY, cause=name)]
        posts = await recovery.doubt_messages(db)
        found = {"actions": dict.fromkeys(open_, ""), "approvals": len(waiting), "posts": posts, "unasked": unasked}
        values = {"id": name, "backup": backup, "taken_at": taken_at, "found": found}
        await recovery.begin(db, values, Note("house.restored", name, BY, backup))
    for one in waiting:
        await approvals.withdraw(ops, one, BY, _WHY)
    return await _current(ops)


def _kinds(ops: Ops) -> list[str]:
    connectors = [connector for department in ops.departments for connector in department.connectors]
    return [action.kind for connector in connectors for action in connector.actions]


async def _current(ops: Ops) -> Kept:
    async with ops.db.begin() as db:
        found = await recovery.current(db)
    if found is None:
        raise InputError("The house is in no recovery.")
    return found


async def current(ops: Ops) -> Kept | None:
    """The recovery the house is in, or None."""
    async with ops.db.begin() as db:
        return await recovery.current(db)


async def look(ops: Ops) -> int:
    """Look up once what is not known yet, and tell it on one card; how many actions are still unknown."""
    one = await current(ops)
    if one is None:
        return 0
    known: dict[str, str] = dict(one.found["actions"])
    for action_id in [name for name, word in known.items() if not word]:
        known[action_id] = await _settled(ops, action_id)
    async with ops.db.begin() as db:
        await recovery.know(db, one.id, {"actions": known})
        await _tell(ops, db, one, {**one.found, "actions": known})
    return sum(not word for word in known.values())


async def _settled(ops: Ops, action_id: str) -> str:
    """What became of one action; empty when its vendor cannot be asked now."""
    async with ops.db.begin() as db:
        row = await rows.find(db, action_id)
    if row is None:
        return "absent"
    try:
        return await _undone(ops, row) if row.state == "undoing" else await _done(ops, row)
    except OpsError as error:
        _log.warning("%s cannot be looked up after the restore: %s", action_id, error.detail)
        return ""


async def _done(ops: Ops, row: Row) -> str:
    end = await runner.found(ops, row.id, "do")
    if row.state in ("approved", "running"):
        over = "failed" if row.state == "running" else "stale"
        await _ended(ops, row, end or {"state": over, "error": f"{_WHY} The vendor has nothing of it: ask again."})
    elif row.state == "unclear" and end:
        await _written(ops, row.id, "do", end, True)
    elif row.state == "refused" and end:
        await _found_refused(ops, row)
    elif row.state == "unclear":
        return "unclear"
    return "done" if end else "absent"


async def _ended(ops: Ops, row: Row, end: runner.End) -> None:
    """End what somebody had allowed as the vendor shows it; an effect that is there is written down."""
    if end["state"] == "done":
        async with ops.db.begin() as db:
            await rows.move(db, row.id, "running", Note("action.begun", row.id, BY, _WHY), was=("approved",))
            await _intended(db, row.id, "do")
    await _written(ops, row.id, "do", end)


async def _found_refused(ops: Ops, row: Row) -> None:
    """Nobody had allowed it when the backup was made, and the vendor has it: somebody did, later."""
    said = "It stands at the vendor: it was allowed and done after the backup."
    note = Note("action.found", row.id, BY, said)
    async with ops.db.begin() as db:
        await rows.move(db, row.id, "refused", note, was=("refused",), error=said)
    await runner.told(ops, row.id)


async def _undone(ops: Ops, row: Row) -> str:
    end = await runner.found(ops, row.id, "undo")
    kept: runner.End = {"state": "failed", "error": f"{_WHY} It is still in place: take it back again."}
    if end is not None:
        async with ops.db.begin() as db:
            await _intended(db, row.id, "undo")
    await _written(ops, row.id, "undo", end or kept)
    return "gone" if end else "stands"


async def _intended(db: Db, action_id: str, deed: runner.Deed) -> None:
    """Somebody did intend it, after the backup."""
    note = Note("effect.intended", rows.effect_key(action_id, deed), BY, _WHY, action_id)
    await rows.intend(db, action_id, deed, note)


async def _written(ops: Ops, action_id: str, deed: runner.Deed, end: runner.End, *later: bool) -> None:
    for one in (*await runner.recorded(ops, action_id, deed, end, *later), action_id):
        await runner.told(ops, one)


async def finish(ops: Ops, by: str, *, anyway: bool = False) -> Kept:
    """End the recovery: actions are begun again. InputError while one was not looked up, unless `anyway`."""
    one = await _current(ops)
    unknown = [name for name, word in one.found["actions"].items() if not word]
    if unknown and not anyway:
        raise InputError(
            f"{', '.join(unknown[:_MOST])} could not be looked up at the vendor yet; wait, or end it with --anyway, "
            "which hands them to a person."
        )
    for name in unknown:
        await _unknown(ops, name)
    known = {**one.found["actions"], **dict.fromkeys(unknown, "unclear")}
    async with ops.db.begin() as db:
        await recovery.know(db, one.id, {"actions": known})
        await recovery.finish(db, one.id, Note("recovery.finished", one.id, by))
        await _tell(ops, db, one, {**one.found, "actions": known}, by)
    return one


async def _unknown(ops: Ops, name: str) -> None:
    async with ops.db.begin() as db:
        row = await rows.find(db, name)
    if row is not None and row.state in ("approved", "running", "undoing"):
        await runner.lost(ops, name, "undo" if row.state == "undoing" else "do", _WHY)


async def _tell(ops: Ops, db: Db, one: Kept, found: Mapping[str, Any], ended_by: str = "") -> None:
    """Post the card of a recovery, or renew it when it says something else by now."""
    handed = [await rows.find(db, name) for name in list(found["actions"])[:_MOST]]
    unsent = await recovery.unsent(db, _MOST)
    card = recovery_card.draw(ops, Shown(one, found, tuple(row for row in handed if row), unsent, ended_by))
    key, digest = f"recovery:{one.id}", hashlib.sha256(cards.to_json(card).encode()).hexdigest()
    if digest == found.get("told"):
        return
    await recovery.know(db, one.id, {"told": digest})
    if not await notices.add(ops, db, key, card):
        await outbox.update(db, key=key, card=card)
