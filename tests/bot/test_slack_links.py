"""Lines that go silent, servers that send everybody away, connections that are not ours."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text

from bot import slack
from bot.slack_links import Openings, pause
from bot.slack_socket import Line, Link
from bot.stores import Stores
from domain.kernel.errors import TransientError
from domain.kernel.ports import Ops
from tests.bot.slack_rig import Desk, an_ops, fresh_database, running, shown, until


@pytest.fixture(scope="module")
def database(stores: Stores) -> str:
    return fresh_database(stores.database_url, "slack_links")


@asynccontextmanager
async def quick(database: str, url: str) -> AsyncIterator[tuple[slack.Slack, Desk, Ops]]:
    """The bot with a quick pulse: it notices silence within a second."""
    ops = an_ops(database)
    async with aiohttp.ClientSession() as http, running(ops, url, tune=_quicker) as found:
        desk = Desk(url, http)
        yield found, desk, ops
        await desk.fault("clear")


def _quicker(found: slack.Slack) -> None:
    for keeper in found.links.keepers:
        keeper.link.ping_interval, keeper.link.silent_after = 0.2, 0.6


async def test_while_one_line_is_half_open_the_other_serves_and_the_dead_one_is_replaced(
    database: str, url: str
) -> None:
    async with quick(database, url) as (found, desk, _):
        opened = sum(keeper.opened for keeper in found.links.keepers)
        await desk.fault("half_open", n=1)
        outcomes = await asyncio.gather(*(desk.command(f"/echo try{n}") for n in range(2)))
        served = [one["acked"] for one in outcomes]
        assert any(served), outcomes
        assert await until(lambda: _opened(found, opened + 1), 5)
        done = [(await desk.command(f"/echo again{n}"))["acked"] for n in range(4)]
        assert all(done[1:]), done


async def _opened(found: slack.Slack, many: int) -> bool:
    return sum(keeper.opened for keeper in found.links.keepers) >= many and found.links.up() == 2


async def test_a_server_that_sends_everybody_away_is_not_stormed(database: str, url: str) -> None:
    async with quick(database, url) as (found, desk, _):
        assert found.links.up() == 2
        before = len(await desk.traffic("apps.connections.open"))
        await desk.fault("too_many", seconds=2.5)
        await desk.fault("disconnect", reason="too_many_websockets", all=True, close_after=0.1)
        await asyncio.sleep(2.5)
        opens = len(await desk.traffic("apps.connections.open")) - before
        assert opens <= 4, opens


def test_two_links_sent_away_at_once_open_at_most_ten_lines_a_minute() -> None:
    for seed in range(200):
        chance, openings, opened = random.Random(seed), Openings(), []
        for _link in range(2):
            now, streak = 0.0, 0
            while now < 60:
                now += max(pause("too_many_websockets", streak, chance), openings.wait(now, "too_many_websockets"))
                openings.count(now, "too_many_websockets")
                opened.append(now)
                streak += 1
        assert len([at for at in opened if at < 60]) <= 10


def test_a_first_refresh_is_answered_at_once_and_a_storm_of_them_is_not() -> None:
    chance = random.Random(1)
    assert pause("refresh_requested", 0, chance) == 0
    assert max(pause("refresh_requested", 9, chance) for _ in range(50)) > 1
    assert max(pause("refresh_requested", 9, chance) for _ in range(50)) <= 4
    assert max(pause("closed", 20, chance) for _ in range(50)) <= 60


async def test_connections_that_are_not_ours_are_named_after_ten_minutes(database: str, url: str) -> None:
    async with quick(database, url) as (found, desk, _):
        await desk.fault("ghost", n=2)
        for keeper in found.links.keepers:
            assert keeper.link.line is not None
            keeper.link.give_up(keeper.link.line, "asked")
        assert await until(lambda: _sees_ghosts(found))
        now = asyncio.get_running_loop().time()
        assert found.links.ghosts(now) == 0
        assert found.links.ghosts(now + 700) >= 2


async def _sees_ghosts(found: slack.Slack) -> bool:
    return all(keeper.others > found.links.own() for keeper in found.links.keepers)


async def test_a_slack_that_answers_with_a_page_when_a_line_is_opened_ends_nothing(database: str, url: str) -> None:
    async with quick(database, url) as (found, desk, _):
        keeper = found.links.keepers[0]
        assert keeper.link.line is not None
        await desk.fault("api_down", seconds=1)
        keeper.link.give_up(keeper.link.line, "asked")
        assert await until(lambda: _failed(found, "http_503"))


async def _failed(found: slack.Slack, error: str) -> bool:
    return found.links.keepers[0].error == error


async def test_a_line_that_is_open_but_brings_nothing_is_found_out(database: str, url: str) -> None:
    async with quick(database, url) as (found, desk, _):
        found.probe.echo_s = 0.5
        assert await found.probe._place() is None  # the message is on its way
        assert await until(found.probe._place)
        deaf = found.links.keepers[0].link
        deaf.accept = lambda _line, _frame: None
        frames = deaf._text
        deaf._text = lambda line, data: None if "envelope_id" in data else frames(line, data)  # type: ignore[method-assign]
        opened = found.links.keepers[0].opened
        await found.probe._try()
        assert found.probe.state == "deaf: a"
        told = found.status()["slack"]
        assert told["heard_at"]  # the other line brought it
        assert told["silent_s"] <= told["asked_s"] < 30
        assert await until(lambda: _reopened(found, opened))
        message = await desk.said("D0APPROVER", "U0APPROVER")
        assert "I can hear Slack" in shown(message[0])
        assert len(message) == 1


@pytest.mark.parametrize("heard_before", [True, False], ids=["ends for a new one", "goes on when it never heard"])
async def test_a_bot_that_no_new_line_makes_hear_again_has_it_told(database: str, url: str, heard_before: bool) -> None:
    ops = an_ops(database)
    with pytest.raises(TransientError, match="brings nothing") if heard_before else nullcontext():
        async with aiohttp.ClientSession() as http, running(ops, url, tune=_impatient) as found:
            desk = Desk(url, http)
            assert await until(found.probe._place)
            assert await until(lambda: _state(found, "heard"))
            if not heard_before:
                found.probe._ever = False
            before = await _told(ops)
            await desk.fault("deaf")
            try:
                assert await until(lambda: _told(ops, before))
                assert found.probe.told()["deaf"]
            finally:
                await desk.fault("clear")
            if not heard_before:
                assert await until(lambda: _state(found, "heard"))


def _impatient(found: slack.Slack) -> None:
    found.probe.quiet_s, found.probe.echo_s = 0.6, 0.1


async def _state(found: slack.Slack, state: str) -> bool:
    return found.probe.state == state


async def _told(ops: Ops, before: int = 0) -> int:
    """How many times more than before it was told."""
    query = "select count(*) from failure where cause = 'check:slack.echo'"
    async with ops.db.begin() as db:
        return int((await db.execute(text(query))).scalar_one()) - before


async def _reopened(found: slack.Slack, opened: int) -> bool:
    return found.links.keepers[0].opened > opened


async def test_what_comes_while_a_line_says_goodbye_is_taken_and_acknowledged_on_the_next() -> None:
    acknowledged: asyncio.Queue[str] = asyncio.Queue()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoclose=False)
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        while (frame := await socket.receive()).type is WSMsgType.TEXT:
            await acknowledged.put(frame.data)
        await socket.send_json({"envelope_id": "on the way"})
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    taken: list[tuple[Line, str]] = []
    async with TestServer(app) as server:
        link = Link("a", "xapp-a", AsyncWebClient())
        link.accept = lambda line, frame: taken.append((line, frame["envelope_id"]))
        url = str(server.make_url("/"))
        link.swap(await link.open_line(url))
        old = link.swap(await link.open_line(url))
        assert old is not None
        await old.close()
        assert taken == [(old, "on the way")]
        assert await link.reply(*taken[0])
        assert await acknowledged.get() == '{"envelope_id":"on the way"}'
        await link.close()
        assert len(taken) == 1, "nothing is taken in at the end"


async def test_at_the_end_every_line_is_closed_with_a_goodbye(database: str, url: str) -> None:
    async with aiohttp.ClientSession() as http:
        desk = Desk(url, http)
        await desk.do("reset")
        async with running(an_ops(database), url):
            assert int((await desk.see("state"))["connections"]) >= 2
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 3
        assert int((await desk.see("state"))["connections"]) == 0
