"""One action: begun the moment it is approved, done once, and taken back when a person or a plan wants it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from domain.actions import bell, course
from domain.actions.bell import Due
from domain.kernel.ports import Ops
from domain.tasks import proposing
from jobs import flows
from jobs.flows import workflow

_log = logging.getLogger(__name__)


class _Recorded:
    """The steps of a course as steps of the flow: none is repeated once finished."""

    async def step(self, name: str, deed: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        return await flows.step(name, deed, *args)

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            await flows.pause(seconds)


@workflow("act")
async def act(args: dict[str, Any]) -> str:
    """Do or undo one action; what it ended as."""
    end = await course.run(_Recorded(), str(args["action"]), "undo" if args["deed"] == "undo" else "do")
    await flows.step("go on", proposing.unblocked)
    return end["state"] if end else "over"


def attending(department: str, *, sweep: float = bell.SWEEP_S) -> Callable[[Ops], Awaitable[None]]:
    """What a department's worker does beside its queue: it begins actions here, at once."""

    async def attend(ops: Ops) -> None:
        async def begin(one: Due) -> None:
            args = {"action": one.id, "deed": "undo" if one.state == "undoing" else "do"}
            await flows.begin_here(ops, act.name, bell.flow_id(one), args, queue=department)

        await bell.attend(ops, department, begin, sweep=sweep)

    return attend
