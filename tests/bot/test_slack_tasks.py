"""Work through a real Slack: by words, a dialog and a shortcut; asked about in a direct message and stopped there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.stores import Stores
from domain.kernel.ports import Ops
from domain.tasks import working
from domain.tasks.acceptance import Report
from domain.tasks.working import Task
from handlers import questions, tasks
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, shown, until
from tests.domain.tasks import work

Json = dict[str, Any]
MENU = (tasks.SURFACE, questions.SURFACE)


@pytest.fixture(scope="module")
async def ops(url: str, stores: Stores) -> AsyncIterator[Ops]:
    ops = replace(an_ops(fresh_database(stores.database_url, "slack_tasks")), flows=work.Begun())
    async with running(ops, url, MENU):
        yield ops


@pytest.fixture(scope="module")
async def desk(url: str) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


async def _task(ops: Ops, words: str) -> Any:
    async def look() -> list[Any]:
        return await rows(ops, "select * from task where brief ->> 'objective' = :words", words=words)

    return (await until(look))[0]


async def _direct(desk: Desk, user: str, words: str, thread: str = "") -> Json | None:
    """A message of the bot in somebody's direct messages."""
    state = await desk.see(f"state?as={user}")
    place = next((one["id"] for one in state["channels"] if one["is_im"]), "")

    async def look() -> list[Json]:
        found = await desk.said(place, user, thread)
        return [one | {"channel": place} for one in found if words in shown(one)]

    return next(iter(await until(look)), None)


async def test_words_become_work_that_asks_for_what_is_missing_in_a_direct_message(desk: Desk, ops: Ops) -> None:
    await desk.command("/task put an order on hold", user="U0VIEWER")
    card = await _direct(desk, "U0VIEWER", "Which order is it?")
    assert card
    task = await _task(ops, "put an order on hold")
    assert (task.state, task.requester) == ("asking", "U0VIEWER")
    for answer in ("536365", "the address is wrong"):
        reply = {"user": "U0VIEWER", "channel": card["channel"], "thread_ts": card["ts"], "text": answer}
        await desk.do("message", **reply)
        await until(lambda said=answer: _answered(ops, said))  # type: ignore[misc]
    task = await _task(ops, "put an order on hold")
    assert (task.state, task.brief["inputs"]["order"]) == ("queued", "536365")
    assert await _direct(desk, "U0VIEWER", "goes to logistics", card["ts"])


async def _answered(ops: Ops, said: str) -> bool:
    return bool(await rows(ops, "select 1 from task where brief::text like :said", said=f"%{said}%"))


async def test_the_outcome_comes_to_who_asked_and_to_nobody_else(desk: Desk, ops: Ops) -> None:
    words = "how was net revenue last week?"
    await desk.command(f"/task {words}", user="U0FINANCE")
    task = await _task(ops, words)

    async def answer(_ops: Ops, _task: Task) -> Report:
        return Report("Net revenue was £5 <!channel>.")

    assert await working.begun(ops, task.id, 1, [])
    assert await working.worked(ops, {"answer": answer}, task.id, 1, []) == "done"
    said = await _direct(desk, "U0FINANCE", "Net revenue was £5")
    assert said
    assert "<!channel>" not in shown(said)
    assert not [one for one in await desk.said("C0PULSE") if "Net revenue was" in shown(one)]


async def test_the_command_alone_opens_a_dialog_and_what_is_wrong_in_it_is_told_there(desk: Desk, ops: Ops) -> None:
    await desk.command("/task")
    view = await _opened(desk)
    send = {"user": "U0CEO", "view_id": view["id"]}
    values = {
        "objective": {"field": "figures, please"},
        "inputs": {"field": "department sales"},
        "acceptance": {"field": "eval:1"},
    }
    assert "“department sales” has no colon" in (await desk.do("submit", **send, values=values))["errors"]["inputs"]
    values["inputs"] = {"field": "department: sales"}
    assert "nobody knows the criterion" in (await desk.do("submit", **send, values=values))["errors"]["acceptance"]
    values["acceptance"] = {"field": "has_figure"}
    assert not (await desk.do("submit", **send, values=values))["errors"]
    task = await _task(ops, "figures, please")
    assert (task.source, task.state, task.brief["inputs"]) == ("modal", "queued", {"department": "sales"})


async def test_a_message_is_handed_in_by_its_shortcut(desk: Desk, ops: Ops) -> None:
    ts = (await desk.do("message", user="U0VIEWER", channel="C0PULSE", text="why did orders fall yesterday?"))["ts"]
    await desk.do("shortcut", user="U0CEO", channel="C0PULSE", callback_id="task.hand", message_ts=ts)
    view = await _opened(desk)
    assert view["blocks"][0]["element"]["initial_value"] == "why did orders fall yesterday?"
    await desk.do("submit", user="U0CEO", view_id=view["id"], values={})
    task = await _task(ops, "why did orders fall yesterday?")
    assert (task.requester, task.department) == ("U0CEO", "orchestrator")


async def _opened(desk: Desk) -> Json:
    async def look() -> Any:
        return (await desk.see("views/U0CEO"))["modals"]

    return dict((await until(look))[-1])


async def test_a_button_stops_it_and_somebody_elses_hand_does_not(desk: Desk, ops: Ops) -> None:
    await desk.command("/task paint the office blue", user="U0VIEWER")
    card = await _direct(desk, "U0VIEWER", "A person must decide")
    assert card
    task = await _task(ops, "paint the office blue")
    await desk.command(f"/task cancel {task.id}", user="U0FINANCE")

    async def denied() -> bool:
        return any("belongs to somebody else" in shown(one) for one in await desk.private(user="U0FINANCE"))

    assert await until(denied)
    press = {"user": "U0VIEWER", "channel": card["channel"], "message_ts": card["ts"]}
    await desk.do("click", **press, action_id="v1.task.cancel")
    assert await _direct(desk, "U0VIEWER", f"Cancelled: {task.id}")
    assert (await _task(ops, "paint the office blue")).state == "cancelled"


async def test_the_list_and_the_story_of_a_task_are_private(desk: Desk, ops: Ops) -> None:
    await desk.command("/task how was spend last week?", user="U0APPROVER")
    task = await _task(ops, "how was spend last week?")
    for line, words in (("list", task.id), (f"show {task.id}", "queued by @approver"), ("help", "/task list")):
        await desk.command(f"/task {line}", user="U0APPROVER")

        async def told(words: str = words) -> bool:
            return any(words in shown(one) for one in await desk.private(user="U0APPROVER"))

        assert await until(told), line


@pytest.mark.parametrize(
    ("user", "words", "told"),
    [
        ("U0GUEST", "how was net revenue, guest?", "You are a guest"),
        ("U0CEO", "how was " + "<!channel> <https://evil.example|here> " * 1_000, "a brief holds at most"),
        ("U0CEO", "show T-AAAAAAAAAA", "There is no task T-AAAAAAAAAA"),
        ("U0CEO", "pause", "“pause” is no work"),
        ("U0CEO", "stop T-AAAAAAAAAB", "“stop T-AAAAAAAAAB” is no work"),
    ],
    ids=["a guest", "forty thousand characters", "no such task", "a verb alone", "no verb of ours"],
)
async def test_what_is_wrong_is_told_in_private_and_leaves_no_task(
    desk: Desk, ops: Ops, user: str, words: str, told: str
) -> None:
    before = (await rows(ops, "select count(*) from task"))[0][0]
    await desk.command(f"/task {words}", user=user)

    async def said() -> bool:
        return any(told in shown(one) for one in await desk.private(user=user))

    assert await until(said)
    assert (await rows(ops, "select count(*) from task"))[0][0] == before
