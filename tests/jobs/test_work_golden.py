"""Flows that version 1 of the program had begun are finished by the present one, whatever they were interrupted at.

The histories are what the engine had stored. When the steps of `jobs.work` change, put the change behind
`flows.changed`, add the histories of the new order in a file of their own, and leave these as they are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel.ports import Ops
from domain.tasks import desk
from domain.tasks.acceptance import Report
from domain.tasks.working import Task
from domain.watch import executors
from jobs import flows, paths, timetable
from jobs.flows import Queue
from models import task_work
from models.base import Db
from tests.domain.tasks import work
from tests.jobs.parts import an_ops, fresh_database

HISTORIES = json.loads((Path(__file__).parent / "golden" / "work_1.json").read_text())
_STEP = text(
    "insert into dbos.operation_outputs (workflow_uuid, function_id, function_name, output, serialization)"
    " values (:flow, :number, :name, :output, 'portable_json')"
)
_REPORT = text(
    "insert into report (id, task_id, run, summary, body) values ('R-GOLDEN', :id, 1, 'It was £4.', '{}')"
    " on conflict do nothing"
)
_worked: list[str] = []


async def _answer(_ops: Ops, task: Task) -> Report:
    _worked.append(task.id)
    return Report("It was £5.")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    ops = an_ops(fresh_database(stores.database_url, "work_golden"), boot_id="golden-1")
    await executors.beat(ops, "worker-orchestrator", {})
    settings = {"notification_listener_polling_interval_sec": 0.05}
    await flows.launch(ops, queues=[Queue("orchestrator", 50, 0.05)], workflows=timetable.workflows(), config=settings)
    yield ops
    await flows.land(timedelta())
    await ops.db.close()


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history["interrupted"])
async def test_what_was_interrupted_is_finished(
    ops: Ops, history: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "PATHS", {"answer": _answer})
    quiet = replace(ops, flows=work.Begun())
    row, _ = await desk.hand_in(quiet, work.hand("how was net revenue last week?", history["interrupted"]))
    async with ops.db.begin() as db:
        await _stored(ops, db, row.id, history)
    async with asyncio.timeout(15):
        while (state := await _state(ops, row.id)) not in ("done", "failed"):  # noqa: ASYNC110 - the flow runs elsewhere
            await asyncio.sleep(0.03)
    assert state == "done"
    assert _worked.count(row.id) == history.get("works", 1)
    assert await _result(f"task:{row.id}:1") == "done"


async def _result(flow_id: str) -> Any:
    handle: Any = await DBOS.retrieve_workflow_async(flow_id)
    return await handle.get_result(polling_interval_sec=0.02)


async def _stored(ops: Ops, db: Db, task_id: str, history: dict[str, Any]) -> None:
    """The task and the engine's rows as the interruption left them; the flow is taken up once they are committed."""
    set_ = ", ".join(f"{name} = :{name}" for name in history["task"])
    await db.execute(text(f"update task set {set_} where id = :id"), {"id": task_id, **history["task"]})
    await db.execute(_REPORT, {"id": task_id})
    flow = f"task:{task_id}:1"
    await ops.flows.start("jobs.work", flow, {"task": task_id, "run": 1}, queue="orchestrator", db=db)
    for number, (name, output) in enumerate(history["steps"], 1):
        await db.execute(_STEP, {"flow": flow, "number": number, "name": name, "output": output})


async def _state(ops: Ops, task_id: str) -> str:
    async with ops.db.begin() as db:
        row = await task_work.read(db, task_id)
    assert row is not None
    return row.state
