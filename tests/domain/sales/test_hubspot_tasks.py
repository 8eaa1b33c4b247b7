"""Follow-up tasks where the sandbox's desk never is: deals of one name, a deal that is gone, a text with marks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

import pytest

from domain.kernel.errors import InputError
from domain.kernel.source import Source
from domain.kernel.vendor import Answer, Call, Door
from domain.sales import hubspot_tasks
from domain.sales.hubspot_tasks import TaskArgs
from tests.collecting import offline

ARGS = TaskArgs(deal="7", subject="Call", due=date(2026, 11, 25), note="<b> & co")
KEY = "opsbrain:A-LONELY"


@dataclass
class Desk:
    """Answers in turn, and remembers what it was asked."""

    answers: list[Any]
    asked: list[Call] = field(default_factory=list)

    async def ask(self, door: Door, call: Call) -> Answer:
        self.asked.append(call)
        return Answer(self.answers.pop(0), b"", {}, call.said())


def _at(*answers: Any) -> tuple[Source, Desk]:
    desk = Desk(list(answers))
    return replace(offline("hubspot"), http=cast("Any", desk)), desk


def _deals(*ids: str) -> dict[str, Any]:
    facts = {"dealname": "7", "hubspot_owner_id": None}
    return {"results": [{"id": one, "properties": facts} for one in ids]}


@pytest.mark.parametrize(("ids", "words"), [((), "No deal is"), (("1", "2"), "Several deals are")])
async def test_a_deal_must_be_meant_by_one_name(ids: tuple[str, ...], words: str) -> None:
    source, _ = _at(_deals(*ids))
    with pytest.raises(InputError, match=words):
        await hubspot_tasks.before(source, ARGS)


async def test_a_number_means_the_deal_of_that_number_before_one_of_that_name() -> None:
    source, _ = _at(_deals("1", "7"))
    assert (await hubspot_tasks.before(source, ARGS))["deal"] == "7"


async def test_a_day_gone_by_is_refused_before_anybody_is_asked() -> None:
    source, desk = _at()
    with pytest.raises(InputError, match="gone by"):
        await hubspot_tasks.before(source, ARGS.model_copy(update={"due": date(2026, 11, 19)}))
    assert desk.asked == []


async def test_a_task_is_found_though_its_deal_is_gone() -> None:
    bodies = {"8": None, "9": "opsbrain:A-OTHER LONELY", "10": f"x<br>{KEY}"}
    rows = [{"id": one, "properties": {"hs_task_body": body}} for one, body in bodies.items()]
    source, desk = _at({"results": rows}, _deals())
    assert (await hubspot_tasks.find(source, ARGS, KEY) or {})["task"] == "10"
    assert desk.asked[0].json["filterGroups"][0]["filters"][0]["value"] == "LONELY"


async def test_a_note_is_text_and_nine_oclock_is_the_companys() -> None:
    source, desk = _at({"id": "11"})
    before = {"deal": "7", "name": "Seven", "owner": "", "task": None}
    saved = await hubspot_tasks.create(source, ARGS.model_copy(update={"due": date(2026, 7, 1)}), before, KEY)
    sent = desk.asked[0].json["properties"]
    assert sent["hs_task_body"] == f"&lt;b&gt; &amp; co<br><br>{KEY}"
    assert sent["hs_timestamp"] == saved["due"] == "2026-07-01T08:00:00Z"
    assert "hubspot_owner_id" not in sent


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "deleted the task"), ({"status": "COMPLETED"}, "at the task already"),
        ({"subject": "Other"}, "changed the task"), ({"due": "2026-11-26T09:00:00Z"}, "changed the task"), ({}, ""),
    ],
)  # fmt: skip
def test_an_undo_spares_what_somebody_touched(change: dict[str, str] | None, words: str) -> None:
    saved = {"subject": "Call", "due": "2026-11-25T09:00:00Z"}
    task = None if change is None else {**saved, "status": "NOT_STARTED", **change}
    assert words in hubspot_tasks.stale({"task": task}, {}, saved)
    assert bool(hubspot_tasks.stale({"task": task}, {}, saved)) is bool(words)
