"""The figures of one department as a report: the newest row of each metric, with its day and its rows."""

from __future__ import annotations

from typing import Any

from domain.kernel.errors import InputError
from domain.kernel.ground import ALL
from domain.kernel.metric import METRICS
from domain.kernel.numbers import short_date, write
from domain.kernel.ports import Ops
from domain.tasks.acceptance import Report
from models import metric
from models.metric import Reading
from models.task_work import TaskRow


async def figures(ops: Ops, task: TaskRow) -> Report:
    """What is stored of the department in the brief; InputError when nothing is."""
    department = str(dict(task.brief["inputs"]).get("department", ""))
    keys = [key for key, one in METRICS.items() if one.department == department]
    async with ops.db.begin() as db:
        found = await metric.latest(db, keys, ops.today())
    rows = [one for (_, dimension), one in sorted(found.items()) if dimension == ALL]
    if not rows:
        raise InputError(f"Nothing is stored of {department or 'this department'} yet.")
    lines = [_line(ops, one) for one in rows]
    return Report("\n".join((f"Figures of {department}:", *lines)), {"rows": [_data(one) for one in rows]})


def _line(ops: Ops, one: Reading) -> str:
    known = METRICS[one.key]
    name = known.name[:1].upper() + known.name[1:]
    return f"{name}: {write(one.value, known.unit, ops.policy.company.currency)} ({short_date(one.day, year=True)})"


def _data(one: Reading) -> dict[str, Any]:
    return {
        "key": one.key, "day": one.day.isoformat(), "value": str(one.value), "unit": one.unit,
        "as_of": one.as_of.isoformat(), "source_rows": one.source_rows,
    }  # fmt: skip
