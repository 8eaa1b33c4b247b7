"""Hears at once that a department has something to do, and looks by itself for what no bell told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from domain.actions import runner
from domain.actions.runner import Deed
from domain.kernel.ports import Ops
from models import action as rows
from models.action import BELL, Due
from models.wire import LOST, Wire

SWEEP_S = 5.0
_STILL = timedelta(minutes=2)
_log = logging.getLogger(__name__)
__all__ = ["BELL", "Due", "attend", "flow_id"]
Begin = Callable[[Due], Awaitable[None]]


async def attend(ops: Ops, department: str, begin: Begin, *, sweep: float = SWEEP_S) -> None:
    """Begin what is due in a department for as long as this process lives, over any time the database is away."""
    quiet = False
    while True:
        try:
            line = await Wire.open(ops.db, name=f"act-{department}")
            try:
                await line.listen(BELL)
                quiet = False
                await _stay(ops, line, department, begin, sweep)
            finally:
                with suppress(*LOST):
                    await line.close()
        except LOST as error:
            if not quiet:
                _log.warning("the bell of %s is lost: %s", department, type(error).__name__)
            quiet = True
            await asyncio.sleep(1.0)


async def _stay(ops: Ops, line: Wire, department: str, begin: Begin, sweep: float) -> None:
    """Whatever was rung while nobody listened is found by the look before the first wait."""
    while True:
        async with ops.db.begin() as db:
            found, lost = await rows.due(db, department), await rows.abandoned(db, department, still=_STILL)
        for one in found:
            await _spared(one, begin(one))
        for one in lost:
            await _spared(one, _ended(ops, one))
        rested = asyncio.get_running_loop().time() + sweep
        while (left := rested - asyncio.get_running_loop().time()) > 0:
            if department in await line.heard(left):
                break


async def _spared(one: Due, work: Awaitable[None]) -> None:
    """One action that can be neither begun nor ended keeps no other waiting; it is looked at again."""
    try:
        await work
    except Exception as error:
        if isinstance(error, LOST):
            raise
        _log.exception("the action %s cannot be looked after", one.id)


async def _ended(ops: Ops, one: Due) -> None:
    deed: Deed = "undo" if one.state == "undoing" else "do"
    why = "its flow was given up, because it ended its process too often."
    await runner.lost(ops, one.id, deed, why, begun=one.state != "approved")


def flow_id(one: Due) -> str:
    """The one flow of this beginning: an action is done once, and may be taken back again after a try that failed."""
    if one.state == "approved":
        return f"act:{one.id}"
    return f"act:{one.id}:undo:{one.moved_at:%Y%m%dT%H%M%S.%f}"
