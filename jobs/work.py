"""One task from its brief to its outcome; a person may stop it between two steps, and nothing is done twice."""

from __future__ import annotations

import logging
from typing import Any, cast

from domain.kernel.errors import OpsError
from domain.kernel.policy_failures import Fault
from domain.kernel.ports import Ops
from domain.tasks import proposing, working
from domain.tasks.working import Task
from domain.watch import ledger
from jobs import flows, paths
from jobs.flows import step, workflow

_log = logging.getLogger(__name__)


async def worked(ops: Ops, task_id: str, run: int, held: list[Task]) -> str:
    """Work once; what it waits for may have ended before it was seen to wait."""
    state = await working.worked(ops, paths.PATHS, task_id, run, held)
    if state == "waiting":
        await proposing.unblocked(ops)
    return state


@workflow("jobs.work")
async def work(args: dict[str, Any]) -> str:
    """Begin, and work until it ends or waits; after a pause or a death it goes on behind the last stored step."""
    task_id, run = str(args["task"]), int(args["run"])
    held: list[Task] = []  # of this process alone: after a death the task is read anew
    if not await step("begin", working.begun, task_id, run, held):
        return "left"
    while True:
        try:
            return await step("work", worked, task_id, run, held)
        except OpsError as error:
            kind, detail = cast("Fault", error.kind), error.detail
        except Exception as error:
            if ledger.passing(error):
                raise
            _log.exception("the task %s failed in a way nobody foresaw", task_id)
            kind, detail = "logic", f"unforeseen: {type(error).__name__}"
        found = await step("fail", working.failed, task_id, run, kind, detail)
        if found["after"] is None:
            return str(found["state"])
        await flows.pause(float(found["after"]))
