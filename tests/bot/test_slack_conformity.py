"""The whole menu against a sandbox that knows our manifest: a day of use, judged by the sandbox's own points."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.settings import Credentials
from bot.slack import Slack
from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.breaker import Breaker
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.pulse import compose
from handlers import home, manifest
from handlers.menu import MENU
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, sandbox_process, shown, until


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("manifest") / "manifest.json"
    file.write_text(json.dumps(manifest.build(MENU)), encoding="utf-8")
    with sandbox_process("--lean", "--manifest", str(file)) as found:
        yield found


@pytest.fixture(scope="module")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    database = fresh_database(stores.database_url, "slack_conformity")
    found = an_ops(database, posts_per_second=1)
    secrets = Credentials({})
    http = Client(secrets, Breaker(found.db))
    yield replace(found, secrets=secrets, http=http)
    await http.close()


@pytest.fixture(scope="module")
async def slack(ops: Ops, url: str) -> AsyncIterator[Slack]:
    async with running(ops, url, MENU) as found:
        yield found


@pytest.fixture(scope="module")
async def desk(url: str, slack: Slack) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


async def private(desk: Desk, line: str, user: str = "U0CEO", channel: str = "C0PULSE") -> str:
    """Type a command; what the person alone then sees."""
    before = len(await desk.private(channel, user))
    assert (await desk.command(line, user, channel))["acked"]
    found = await until(lambda: _new(desk, before, user, channel))
    return shown(found[-1]) if found else ""


async def _new(desk: Desk, before: int, user: str, channel: str) -> list[dict[str, Any]]:
    found = (await desk.private(channel, user))[before:]
    return found if found and "looking this up" not in shown(found[-1]) else []


async def test_the_pulse_is_posted_once_with_its_detail_in_the_thread(ops: Ops, desk: Desk) -> None:
    pulse = await compose.today(ops)
    for _ in range(2):
        async with ops.db.begin() as db:
            await outbox.say(db, channel="ops-pulse", card=pulse.card, key="pulse:ops-pulse:today")
            for number, card in enumerate(pulse.detail, 1):
                key = f"pulse:ops-pulse:today:detail:{number}"
                await outbox.say(db, channel="ops-pulse", card=card, key=key, thread_key="pulse:ops-pulse:today")
    posts = await until(lambda: desk.said("C0PULSE"))
    assert len([one for one in posts if not one.get("ephemeral")]) == 1
    assert len(posts[0]["blocks"]) <= 15
    thread = await until(lambda: _thread(desk, posts[0]["ts"], len(pulse.detail) + 1), 15)
    assert len(thread) == len(pulse.detail) + 1


async def _thread(desk: Desk, ts: str, many: int) -> list[dict[str, Any]]:
    found = await desk.said("C0PULSE", thread=ts)
    return found if len(found) >= many else []


async def test_commands_answer_privately_and_help_where_they_are_not_understood(desk: Desk) -> None:
    assert "Pulse" in await private(desk, "/pulse")
    assert "Measured" in await private(desk, "/health")
    assert "/pulse 2026-03-02" in await private(desk, "/pulse help")
    assert "neither a subcommand of /pulse nor a date" in await private(desk, "/pulse nonsense")
    assert "has not happened yet" in await private(desk, "/pulse 2999-01-01")
    assert "/health share" in await private(desk, "/health nonsense")
    assert "“coffee” is not a subcommand of /ops." in await private(desk, "/ops coffee")
    assert "I know no task, action, approval or escalation" in await private(desk, "/ops why A-<!channel>")


async def test_a_shared_pulse_is_for_the_channel_and_replies_below_it_are_answered(desk: Desk, ops: Ops) -> None:
    await desk.command("/pulse share", channel="C0SALES")
    posts = await until(lambda: desk.said("C0SALES"))
    assert not await desk.private("C0SALES")
    ts = posts[0]["ts"]
    assert await until(lambda: rows(ops, "select 1 from thread where channel_id = 'C0SALES' and ts = :ts", ts=ts))
    await desk.do("message", user="U0CEO", channel="C0SALES", text="what was net revenue yesterday?", thread_ts=ts)
    assert await until(lambda: _answered(desk, ts))


async def _answered(desk: Desk, ts: str) -> list[dict[str, Any]]:
    return (await desk.said("C0SALES", thread=ts))[1:]


async def test_a_plain_reply_below_our_post_is_a_question_and_elsewhere_it_is_not(desk: Desk) -> None:
    ours = (await desk.said("C0PULSE"))[0]["ts"]
    before = len(await desk.said("C0PULSE", thread=ours))
    await desk.do("message", user="U0CEO", channel="C0PULSE", text="what was net revenue yesterday?", thread_ts=ours)
    assert await until(lambda: _thread(desk, ours, before + 1))
    other = (await desk.do("message", user="U0CEO", channel="C0LOGIS", text="lunch?"))["ts"]
    await desk.do("message", user="U0VIEWER", channel="C0LOGIS", text="yes", thread_ts=other)
    await desk.do("message", user="U0VIEWER", channel="C0LOGIS", text="!health", thread_ts=other)
    replies = await until(lambda: desk.said("C0LOGIS", thread=other))
    assert len(replies) == 1


async def test_a_direct_message_is_a_question(desk: Desk) -> None:
    ts = (await desk.do("message", user="U0CEO", channel="D0CEO", text="help"))["ts"]
    found = await until(lambda: desk.said("D0CEO", thread=ts))
    assert "/pulse" in shown(found[0])


async def test_the_home_page_is_there_at_once_and_again_when_something_changed(ops: Ops, desk: Desk) -> None:
    await desk.do("open_home", user="U0CEO")
    view = await until(lambda: _home(desk))
    assert "What you can ask me" in json.dumps(view)
    await rows(ops, "update outbox set digest = 'old' where target = 'home' returning 1")
    assert await home.refresh(ops) == 1
    assert await until(lambda: _hash_is_new(desk, view["hash"]))
    assert await until(lambda: _nothing_to_refresh(ops))


async def _nothing_to_refresh(ops: Ops) -> bool:
    return await home.refresh(ops) == 0


async def _home(desk: Desk) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await desk.see("views/U0CEO"))["home"]
    return found


async def _hash_is_new(desk: Desk, old: str) -> bool:
    view = await _home(desk)
    return view is not None and view["hash"] != old


async def test_a_guest_is_told_why_and_a_bot_is_not_answered_at_all(desk: Desk) -> None:
    assert "You are a guest" in await private(desk, "/pulse", "U0GUEST")
    await desk.do("open_home", user="U0GUEST")
    view = await until(lambda: _guest_home(desk))
    assert "You are a guest" in json.dumps(view)
    assert "Orders" not in json.dumps(view)


async def _guest_home(desk: Desk) -> object:
    return (await desk.see("views/U0GUEST"))["home"]


async def test_a_guest_who_talks_to_others_is_left_alone(desk: Desk) -> None:
    before = len(await desk.private("C0PULSE", "U0GUEST"))
    ts = (await desk.do("message", user="U0CEO", channel="C0PULSE", text="lunch?"))["ts"]
    await desk.do("message", user="U0GUEST", channel="C0PULSE", text="yes please", thread_ts=ts)
    assert "Measured" in await private(desk, "/health")  # by now the reply would have been worked on
    assert len(await desk.private("C0PULSE", "U0GUEST")) == before
    assert await desk.said("C0PULSE", "U0GUEST", ts) == []


async def test_what_people_type_comes_back_inert(desk: Desk) -> None:
    told = await private(desk, "/pulse <!channel> *now* <https://evil.example|click>")
    assert "<!channel>" not in told
    assert "<https" not in told


async def test_an_old_button_and_an_unknown_shortcut_are_answered(desk: Desk, slack: Slack) -> None:
    view = await until(lambda: _home(desk))
    button = next(block for block in view["blocks"] if block["type"] == "actions")["elements"][0]
    done = await desk.do("click", user="U0CEO", home=True, action_id=button["action_id"])
    assert done["acked"]
    done = await desk.do("shortcut", user="U0CEO", callback_id="nobody_knows")
    assert done["acked"]
    assert await until(lambda: _told(desk, "I do not know this shortcut"))


async def _told(desk: Desk, words: str) -> bool:
    return any(words in shown(one) for one in await desk.said("D0CEO"))


async def test_all_points_that_were_seen_hold_and_only_declared_methods_were_called(desk: Desk) -> None:
    found = await desk.see("checks")
    failed = [point for point in found["points"] if point["state"] == "fail"]
    assert failed == []
    seen = {point["number"] for point in found["points"] if point["state"] == "pass"}
    assert {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 24, 25, 27, 28, 29, 30} <= seen
    called = {one["name"] for one in await desk.traffic() if one["kind"] == "api"}
    assert called <= set(manifest.METHODS)
    assert not [one for one in await desk.traffic() if one["kind"] == "api" and not one["ok"]]
