"""Work that the clock hands in, in the name of the person the policy says it is for."""

from __future__ import annotations

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import desk, intake
from domain.tasks.desk import Hand
from models import directory


async def hand_in(ops: Ops, name: str, moment: str) -> str | None:
    """Hand in the scheduled work of this name, once for its moment; its task, None when the policy has it no more.

    InputError when nobody in Slack has its handle: what it puts forward could be approved by whoever wrote it.
    """
    one = next((one for one in ops.policy.work.scheduled if one.name == name), None)
    if one is None:
        return None
    async with ops.db.begin() as db:
        who = await directory.person_named(db, one.by)
    if who is None or who.stranger:
        raise InputError(f"[[work.scheduled]] {name}: nobody in this workspace is called @{one.by.removeprefix('@')}.")
    source = f"schedule:{name}"
    hand = Hand(intake.from_words(one.words, ops.policy.tasks), f"{source}:{moment}", source, who.id, cause=source)
    row, _ = await desk.hand_in(ops, hand)
    return row.id
