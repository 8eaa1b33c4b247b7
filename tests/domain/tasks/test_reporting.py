"""The figures of a department as a report: each with its unit and day, and as data with the rows it rests on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.kernel.card import Prose
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import acceptance, cards, desk, reporting
from models.db import Database
from models.task_work import ReportRow
from tests.domain.tasks import work

_ROW = text("""
insert into metric (key, day, dimension, value, unit, as_of, source_rows, said_at, first_seen_at)
values ('logistics.shipments.late', '2026-11-19', 'all', 12, 'count', now(), 340, now(), now())
on conflict do nothing
""")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    database = Database(database_url, pool=2, name="reporting")
    async with database.begin() as db:
        await db.execute(_ROW)
    yield work.ops(database)
    await database.close()


async def test_a_department_is_reported_with_units_days_and_rows(ops: Ops) -> None:
    task, _ = await desk.hand_in(ops, work.hand("figures of logistics, please", "r:1"))
    report = await reporting.figures(ops, task)
    assert report.text == "Figures of logistics:\nLate shipments: 12 (19 Nov 2026)"
    assert report.body["rows"][0] | {"as_of": ""} == {  # type: ignore[index]
        "key": "logistics.shipments.late", "day": "2026-11-19", "value": "12.0000", "unit": "count", "as_of": "",
        "source_rows": 340,
    }  # fmt: skip
    assert all(one.ok for one in acceptance.held(report, ("not_empty", "has_figure", "rows_at_least:1")))
    row = ReportRow("R-1", task.id, 1, report.text, dict(report.body), [])
    assert cards.outcome(row) == (Prose("Late shipments: 12 (19 Nov 2026)"),)


async def test_a_department_of_which_nothing_is_stored_has_no_report(ops: Ops) -> None:
    task, _ = await desk.hand_in(ops, work.hand("figures of marketing, please", "r:2"))
    with pytest.raises(InputError, match="Nothing is stored of marketing yet"):
        await reporting.figures(ops, task)
