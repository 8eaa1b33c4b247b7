"""Nobody is met with silence: who asks too often is told once, and what cannot be shared is shown to who asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api
from bot.slack_directory import Directory
from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Card
from domain.kernel.outbox import Room
from domain.kernel.ports import Ops
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, sandbox_process, shown, until

MOST = 6


@pytest.fixture(scope="module")
async def ops(stores: Stores, url: str) -> AsyncIterator[Ops]:
    found = an_ops(fresh_database(stores.database_url, "slack_manners"), commands_per_minute=MOST)
    async with running(found, url):
        yield found


@pytest.fixture(scope="module")
async def desk(url: str, ops: Ops) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


async def _told(desk: Desk, words: str, user: str, channel: str = "C0PULSE", thread: str = "") -> list[dict[str, Any]]:
    found = await desk.said(channel, user, thread)
    return [one for one in found if one.get("ephemeral") and words in shown(one)]


async def test_who_mentions_too_often_is_told_once_and_privately(desk: Desk, ops: Ops) -> None:
    ts = (await desk.do("message", user="U0VIEWER", channel="C0PULSE", text="<@U0BRAIN> first"))["ts"]
    for number in range(MOST + 2):
        text = f"<@U0BRAIN> {number}"
        await desk.do("message", user="U0VIEWER", channel="C0PULSE", text=text, thread_ts=ts)
    assert await until(lambda: _told(desk, "Please try again in", "U0VIEWER", thread=ts))
    limited = "select 1 from inbox where outcome = 'limited'"
    assert len(await until(lambda: _three(ops, limited))) == 3
    assert len(await rows(ops, "select 1 from outbox where card like '%try again in%'")) == 1


async def _three(ops: Ops, query: str) -> list[Any]:
    found = await rows(ops, query)
    return found if len(found) >= 3 else []


async def test_what_a_person_shares_stands_there_once_a_day_and_is_answered_below(desk: Desk, ops: Ops) -> None:
    await desk.command("/echo share one")
    first = (await until(lambda: _posts(desk, "You said share one.")))[0]
    assert first["metadata"]["event_payload"]["key"].startswith("share:/echo:")
    owned = "select 1 from thread where ts = :ts"
    assert await until(lambda: rows(ops, owned, ts=first["ts"])), "replies below it are for the bot"
    await desk.command("/echo share  One")
    assert await until(lambda: _told(desk, "You shared this here today", "U0CEO"))
    found = await until(lambda: _posts(desk, "You said share One."))
    assert [one["ts"] for one in found] == [first["ts"]], "brought up to date in its place"


async def _posts(desk: Desk, words: str, channel: str = "C0PULSE") -> list[dict[str, Any]]:
    return [one for one in await desk.said(channel) if words in shown(one) and not one.get("ephemeral")]


async def test_a_slow_share_takes_the_place_of_its_placeholder_in_the_channel(desk: Desk) -> None:
    await desk.command("/echo share slow")
    assert await until(lambda: _posts(desk, "You said share slow."))
    assert await until(lambda: _told(desk, "It stands in the channel now", "U0CEO"))
    assert not await _told(desk, "looking this up", "U0CEO")


async def test_where_the_bot_is_no_member_the_person_sees_it_and_how_to_share_it(desk: Desk, ops: Ops) -> None:
    await desk.command("/echo share here", channel="C0GENER")
    told = await until(lambda: _told(desk, "You said share here.", "U0CEO", "C0GENER"))
    assert "invite me with /invite" in shown(told[0])
    assert not await _posts(desk, "share here", "C0GENER")
    assert not await rows(ops, "select 1 from outbox where key like 'share:%:C0GENER:%'")


async def test_an_answer_whose_channel_is_shut_reaches_the_person_and_so_does_its_update(desk: Desk, ops: Ops) -> None:
    room = Room("U0VIEWER", "C0NOWHERE", "1.1")
    async with ops.db.begin() as db:
        await outbox.answer(db, room=room, card=Card("Wait", "Wait a moment."), key="answer:shut", share=True)
    assert await until(lambda: _direct(desk, "Wait a moment."))
    async with ops.db.begin() as db:
        assert await outbox.update(db, key="answer:shut", card=Card("Shut", "Here it is."))
    found = await until(lambda: _direct(desk, "Here it is."))
    assert "does not let me post it" in shown(found[0])


@pytest.mark.parametrize("channel", ["C0NOWHERE", "C0GENER"])
async def test_on_the_other_road_too_nothing_is_said_twice(desk: Desk, ops: Ops, channel: str) -> None:
    await desk.fault("http", method="chat.postMessage", cut_after_accept=True, n=1)
    key, words = f"answer:cut:{channel}", f"Cut off in {channel}."
    async with ops.db.begin() as db:
        room = Room("U0VIEWER", channel)
        await outbox.answer(db, room=room, card=Card("Cut", words), key=key, share=True)
    assert await until(lambda: rows(ops, "select 1 from outbox where key = :key and state = 'sent'", key=key))
    assert len(await _direct(desk, words)) == 1


async def _direct(desk: Desk, words: str) -> list[dict[str, Any]]:
    return [one for one in await desk.said("D0VIEWER", "U0VIEWER") if words in shown(one)]


async def test_an_invitation_is_noticed_within_seconds(ops: Ops) -> None:
    with sandbox_process("--no-limits") as own:  # elsewhere the bot is no member of this channel
        async with slack_api.session() as pool:
            await _invited(ops, slack_api.client("xoxb-sandbox-bot", f"{own}/api/", pool))


async def _invited(ops: Ops, api: AsyncWebClient) -> None:
    directory = Directory(api, ops.db, "T0HOME", ops.policy)
    before = await directory.place("C0GENER", 0.0)
    await slack_api.write(api, "conversations.join", {"channel": "C0GENER"})
    after = await directory.place("C0GENER", 6.0)
    assert before
    assert after
    assert (before.is_member, after.is_member) == (False, True)
