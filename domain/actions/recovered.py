"""After a restore: what the backup says is open is looked up at the vendors before anything is begun or repeated."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.actions import runner
from domain.kernel import action as actions
from domain.kernel import card as cards_of
from domain.kernel import ids, outbox
from domain.kernel.card import Card, Context, Line, Lines, Moment, Prose
from domain.kernel.errors import InputError, OpsError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import approvals, autonomy
from domain.watch import notices
from models import action as rows
from models import asking, recovery
from models import autonomy as levels
from models.action import Kept as Row
from models.base import Db
from models.recovery import Kept

BY = "house:restore"
_WHY = "The house was restored from a backup; what was decided since then is unknown."
_MOST = 10
_log = logging.getLogger(__name__)
_SAID = {
    "done": "done at the vendor, though the backup did not know",
    "gone": "taken back at the vendor, though the backup did not know",
    "absent": "not at the vendor; ask again",
    "stands": "still in place; take it back again",
    "unclear": "unclear; look at the vendor",
    "": "not looked up yet",
}
"""What became of an action that was open, and how that is told."""


async def begin(ops: Ops, backup: str, taken_at: datetime) -> Kept:
    """Enter recovery, before any process runs: no approval of before is honoured, and nothing is done unasked."""
    name = ids.of("R", f"{backup}:{ops.clock.now().isoformat()}")
    async with ops.db.begin() as db:
        open_ = [one.id for one in await rows.unsettled(db)]
        waiting = [one.id for one in await asking.waiting(db, most=10_000)]
        unasked = [one.kind for one in await levels.all_of(db, "auto")]
        posts = await recovery.doubt_messages(db)
        found = {"actions": dict.fromkeys(open_, ""), "approvals": len(waiting), "posts": posts, "unasked": unasked}
        values = {"id": name, "backup": backup, "taken_at": taken_at, "found": found}
        await recovery.begin(db, values, Note("house.restored", name, BY, backup))
        for kind in unasked:
            await autonomy.fell(ops, db, kind, _WHY, by=BY, cause=name)
    for one in waiting:
        await approvals.withdraw(ops, one, BY, _WHY)
    return await _current(ops)


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
        found = {**one.found, "actions": known, "unsent": (await recovery.unsent(db, 0))[0]}
        if found != one.found:
            await recovery.know(db, one.id, found)
            await _tell(ops, db, one, found)
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
        await recovery.know(db, one.id, {**one.found, "actions": known})
        await recovery.finish(db, one.id, Note("recovery.finished", one.id, by))
        await _tell(ops, db, one, {**one.found, "actions": known}, by)
    return one


async def _unknown(ops: Ops, name: str) -> None:
    async with ops.db.begin() as db:
        row = await rows.find(db, name)
    if row is not None and row.state in ("approved", "running", "undoing"):
        await runner.lost(ops, name, "undo" if row.state == "undoing" else "do", _WHY)


async def _tell(ops: Ops, db: Db, one: Kept, found: Mapping[str, Any], ended_by: str = "") -> None:
    """Post the card of a recovery, or renew it."""
    handed = [await rows.find(db, name) for name in list(found["actions"])[:_MOST]]
    shown = _Shown(one, found, tuple(row for row in handed if row), await recovery.unsent(db, _MOST), ended_by)
    key, card = f"recovery:{one.id}", _card(ops, shown)
    if not await notices.add(ops, db, key, card):
        await outbox.update(db, key=key, card=card)


@dataclass(frozen=True)
class _Shown:
    """What the card tells: the recovery, what is known, some of its actions, and how many posts were not sent."""

    one: Kept
    found: Mapping[str, Any]
    handed: tuple[Row, ...]
    unsent: tuple[int, list[str]]
    ended_by: str


def _card(ops: Ops, told: _Shown) -> Card:
    lines = (*(_line(ops, row, told.found["actions"][row.id]) for row in told.handed), *_besides(told))
    waits = "No action is begun until somebody runs `python -m bot restore finish`."
    ends = Prose(f"Ended by {told.ended_by}." if told.ended_by else waits)
    foot = Context(("Backup of", Moment(told.one.taken_at), "restored", Moment(told.one.restored_at)))
    return Card("The house was restored", _sum(told.found), (*((Lines(lines),) if lines else ()), ends, foot))


def _besides(told: _Shown) -> Iterator[Line]:
    """What else is not as it was."""
    found = told.found
    if more := len(found["actions"]) - len(told.handed):
        yield Line("warn", "More", f"{more} others: /ops why tells each.")
    if found["approvals"]:
        yield Line("warn", "Approvals", f"{found['approvals']} that waited are withdrawn: ask again.")
    if found["unasked"]:
        yield Line("warn", "Autonomy", f"People are asked again about {', '.join(found['unasked'])}.")
    if told.unsent[0]:
        old = "; ".join(cards_of.from_json(text).title for text in told.unsent[1])
        yield Line("off", "Messages", f"{told.unsent[0]} that waited for an hour or more are not sent: {old}.")


def _line(ops: Ops, row: Row, word: str) -> Line:
    mark = "ok" if word in ("done", "gone") else "warn" if word else "off"
    return Line(mark, row.id, f"{actions.title(ops.departments, row.kind)}: {_SAID[word]}.")  # type: ignore[arg-type]


def _sum(found: Mapping[str, Any]) -> str:
    """`2 actions were open in the backup: 1 done at the vendor though the backup did not know, 1 …`."""
    words = Counter(found["actions"].values())
    if not words:
        return "No action was open in the backup."
    told = ", ".join(f"{number} {_SAID[word].partition(';')[0]}" for word, number in words.items())
    number = sum(words.values())
    return f"{number} action{'s were' if number > 1 else ' was'} open in the backup: {told}."
