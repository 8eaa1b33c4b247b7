"""A command, a mention and a post through real Socket Mode: row first, then the acknowledgement, then the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Card
from domain.kernel.outbox import Room
from domain.kernel.ports import Ops
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, sandbox_process, shown, until


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with sandbox_process(
        "--lean", "--no-limits"
    ) as found:  # the bot needs no files, streams, assistant, scheduling, validation
        yield found


@pytest.fixture(scope="module")
def database(stores: Stores) -> str:
    return fresh_database(stores.database_url, "slack_roundtrip")


@pytest.fixture(scope="module")
async def desk(url: str) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        found = Desk(url, http)
        yield found


@pytest.fixture(scope="module")
async def ops(url: str, database: str) -> AsyncIterator[Ops]:
    found = an_ops(database)
    async with running(found, url):
        yield found


async def test_a_command_is_a_row_before_it_is_acknowledged_and_is_answered_privately(desk: Desk, ops: Ops) -> None:
    done = await desk.command("/echo hello")
    assert done["acked"]
    assert await until(lambda: _says(desk, "You said hello."))
    assert [one for one in await desk.private() if "You said hello." in shown(one)]
    found = await until(lambda: rows(ops, "select outcome, attempts from inbox where done_at is not null"))
    assert found[-1] == ("answered", 1)


async def test_a_slow_answer_shows_a_placeholder_that_is_replaced(desk: Desk, ops: Ops) -> None:
    before = len(await desk.private())
    await desk.command("/echo slow")
    working = await until(lambda: _after(desk, before))
    assert "looking this up" in shown(working[0])
    await until(lambda: _says(desk, "You said slow"))
    assert len(await desk.private()) == before + 1


async def _after(desk: Desk, before: int) -> list[dict[str, Any]]:
    return (await desk.private())[before:]


async def _says(desk: Desk, words: str) -> bool:
    return any(words in shown(one) for one in await desk.said())


async def test_an_answer_is_shared_only_when_asked(desk: Desk, ops: Ops) -> None:
    await desk.command("/echo share this")
    assert await until(lambda: _says(desk, "share this"))
    assert not [one for one in await desk.private() if "share this" in shown(one)]


async def test_a_mention_is_answered_in_its_thread(desk: Desk, ops: Ops) -> None:
    done = await desk.do("message", user="U0CEO", channel="C0PULSE", text="<@U0BRAIN> how are we?")
    replies = await until(lambda: desk.said(thread=done["ts"]))
    assert replies[0]["thread_ts"] == done["ts"]


async def test_what_is_said_is_posted_once_in_the_voice_of_its_department(desk: Desk, ops: Ops) -> None:
    card = Card("Stock", "Stock is fine.")
    for _ in range(2):
        async with ops.db.begin() as db:
            await outbox.say(db, channel="ops-logistics", card=card, key="stock:1", as_department="logistics")
            await outbox.say(db, channel="ops-logistics", card=card, key="stock:1:more", thread_key="stock:1")
    thread = await until(lambda: _thread_of(desk))
    assert [one["username"] for one in thread if "username" in one] == ["Logistics"]
    assert len([one for one in await desk.said("C0LOGIS") if "Stock is fine" in shown(one)]) == 1
    async with ops.db.begin() as db:
        found = await outbox.delivery(db, "stock:1")
    assert found is not None
    assert (found.state, found.channel_id, found.rung) == ("sent", "C0LOGIS", "rich")


async def test_a_change_everyone_needs_is_shown_in_the_channel_too(desk: Desk, ops: Ops) -> None:
    async with ops.db.begin() as db:
        await outbox.say(db, channel="ops-marketing", card=Card("Case", "A case."), key="case:1")
        card = Card("Case", "The case is closed.")
        await outbox.broadcast(db, channel="ops-marketing", card=card, key="case:1:closed", thread_key="case:1")
    assert await until(lambda: _says_in(desk, "C0MARKE", "The case is closed."))


async def _thread_of(desk: Desk) -> list[dict[str, Any]]:
    posts = [one for one in await desk.said("C0LOGIS") if "Stock is fine" in shown(one)]
    if not posts:
        return []
    thread = await desk.said("C0LOGIS", thread=str(posts[0]["ts"]))
    return thread if len(thread) > 1 else []


async def test_a_broken_deed_is_told_kindly_without_its_insides(desk: Desk, ops: Ops) -> None:
    await desk.command("/echo break")
    assert await until(lambda: _says(desk, "That did not work"))
    told = shown((await desk.private())[-1])
    assert "Error id E-" in told
    assert "hunter2" not in told
    assert "Nothing was changed" not in told, "nobody knows how far it came"


async def test_an_unknown_command_gets_the_list_privately(desk: Desk, ops: Ops) -> None:
    await desk.command("/nonsense")
    assert await until(lambda: _says(desk, "/echo hello"))


async def test_an_update_replaces_what_was_said(desk: Desk, ops: Ops) -> None:
    async with ops.db.begin() as db:
        await outbox.say(db, channel="ops-sales", card=Card("Draft", "First words."), key="draft:1")
    await until(lambda: desk.said("C0SALES"))
    for number in range(3):
        async with ops.db.begin() as db:
            assert await outbox.update(db, key="draft:1", card=Card("Draft", f"Words number {number}."))
    assert await until(lambda: _says_in(desk, "C0SALES", "Words number 2."))
    assert len(await desk.said("C0SALES")) == 1


async def _says_in(desk: Desk, channel: str, words: str) -> bool:
    return any(words in shown(one) for one in await desk.said(channel))


async def test_an_answer_whose_address_has_expired_comes_as_a_private_message(url: str, desk: Desk, ops: Ops) -> None:
    room = Room("U0VIEWER", "C0SALES", None, f"{url}/commands/gone/seal")
    async with ops.db.begin() as db:
        await outbox.answer(db, room=room, card=Card("Late", "Late but here."), key="answer:late")
        await outbox.answer(db, room=Room("U0VIEWER", "C0GENER"), card=Card("Apart", "For you."), key="answer:apart")
    assert await until(lambda: desk.private("C0SALES", "U0VIEWER"))
    assert "Late but here." in shown((await desk.private("C0SALES", "U0VIEWER"))[0])
    assert await until(lambda: desk.said("D0VIEWER", "U0VIEWER")), "where the bot is not a member it writes directly"


async def test_a_private_answer_that_came_late_follows_its_placeholder(desk: Desk, ops: Ops) -> None:
    room = Room("U0CEO", "C0ESCAL")
    async with ops.db.begin() as db:
        await outbox.answer(db, room=room, card=Card("Wait", "Wait a moment."), key="answer:slow")
    assert await until(lambda: _says_in(desk, "C0ESCAL", "Wait a moment."))
    async with ops.db.begin() as db:
        assert await outbox.update(db, key="answer:slow", card=Card("Slow", "Here it is."))
    assert await until(lambda: _says_in(desk, "C0ESCAL", "Here it is."), 3)
    assert await until(lambda: rows(ops, "select 1 from outbox where key = 'answer:slow' and state = 'sent'"))


async def test_in_a_busy_thread_the_bot_pauses(url: str, desk: Desk, ops: Ops) -> None:
    ts = (await desk.do("message", user="U0CEO", channel="C0PULSE", text="<@U0BRAIN> once"))["ts"]
    await until(lambda: desk.said(thread=ts))
    written = """insert into outbox (key, target, lane, card, channel, thread_ts, share, state)
        select 'loop:' || n, 'post', 'loop', '{}', 'C0PULSE', :ts, true, 'sent' from generate_series(1, 20) n
        returning 1"""
    await rows(ops, written, ts=ts)
    await desk.do("message", user="U0CEO", channel="C0PULSE", text="<@U0BRAIN> again", thread_ts=ts)
    assert await until(lambda: _says_quietly(desk, ts))
    assert len([one for one in await desk.said(thread=ts) if not one.get("ephemeral")]) == 1


async def _says_quietly(desk: Desk, ts: str) -> bool:
    return any("I pause in this thread" in shown(one) for one in await desk.said(thread=ts) if one.get("ephemeral"))
