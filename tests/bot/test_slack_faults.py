"""What Slack does to a bot in a bad week: each fault struck by the sandbox, each survived without loss or double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import pytest
from sqlalchemy.exc import TimeoutError as PoolError

from bot.slack import Slack
from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from models.directory import Place
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, shown, until


@pytest.fixture(scope="module")
async def ops(stores: Stores) -> Ops:
    return an_ops(fresh_database(stores.database_url, "slack_faults"))


@pytest.fixture(scope="module")
async def slack(ops: Ops, url: str) -> AsyncIterator[Slack]:
    async with running(ops, url) as found:
        yield found


@pytest.fixture
async def desk(url: str, slack: Slack) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        found = Desk(url, http)
        yield found
        await found.fault("clear")
        await until(lambda: _all_up(slack))


async def _all_up(slack: Slack) -> bool:
    return slack.links.up() == len(slack.links.keepers)


async def say(ops: Ops, channel: str, key: str, words: str) -> None:
    async with ops.db.begin() as db:
        await outbox.say(db, channel=channel, card=Card(words, f"{words}."), key=key)


async def state(ops: Ops, key: str) -> str:
    async with ops.db.begin() as db:
        found = await outbox.delivery(db, key)
    return found.state if found is not None else "unknown"


async def sent(ops: Ops, key: str) -> bool:
    return await state(ops, key) == "sent"


async def test_an_envelope_delivered_twice_has_one_effect(desk: Desk, ops: Ops) -> None:
    await desk.fault("duplicate_envelope", p=1)
    await desk.command("/echo twice")
    await until(lambda: _heard(desk, "You said twice."))
    await asyncio.sleep(0.2)
    assert len([one for one in await desk.private() if "You said twice." in shown(one)]) == 1


async def _heard(desk: Desk, words: str) -> bool:
    return any(words in shown(one) for one in await desk.said())


async def test_ten_refreshes_under_load_lose_no_command(desk: Desk, slack: Slack) -> None:
    opened = sum(keeper.opened for keeper in slack.links.keepers)
    done = await desk.do(
        "load", user="U0CEO", channel="C0PULSE", command="/echo load", rate=50, seconds=2.2, refresh_every=0.2
    )
    assert done["refreshes"] >= 10
    assert done["lost"] == 0, done
    assert sum(keeper.opened for keeper in slack.links.keepers) > opened


async def test_a_post_whose_answer_was_cut_off_is_found_and_not_posted_again(desk: Desk, ops: Ops) -> None:
    await desk.fault("http", method="chat.postMessage", cut_after_accept=True, n=1)
    await say(ops, "ops-sales", "cut:1", "Cut off")
    assert await until(lambda: sent(ops, "cut:1"))
    assert len([one for one in await desk.said("C0SALES") if "Cut off" in shown(one)]) == 1


async def test_a_post_that_was_not_taken_is_posted_once_in_the_end(desk: Desk, ops: Ops) -> None:
    for broken in ({"status": 500}, {"status": 503}, {"invalid_json": True}):
        await desk.fault("http", method="chat.postMessage", n=1, **broken)
    channels = {"ops-logistics": "C0LOGIS", "ops-pulse": "C0PULSE", "ops-escalations": "C0ESCAL"}
    for name in channels:
        await say(ops, name, f"broken:{name}", f"Broken {name}")
    for name, channel in channels.items():
        assert await until(partial(sent, ops, f"broken:{name}"))
        assert len([one for one in await desk.said(channel) if f"Broken {name}." in shown(one)]) == 1


async def test_a_storm_of_429_delays_posts_but_keeps_their_order(desk: Desk, ops: Ops) -> None:
    await desk.fault("ratelimited", method="chat.postMessage", retry_after=1, n=2)
    for number in range(3):
        await say(ops, "ops-marketing", f"storm:{number}", f"Storm {number}")
    assert await until(lambda: sent(ops, "storm:2"), 15)
    posts = [one["text"] for one in await desk.said("C0MARKE") if "Storm" in one["text"]]
    assert posts == ["Storm 0.", "Storm 1.", "Storm 2."]
    calls = [one for one in await desk.traffic("chat.postMessage") if "Storm" in str(one["request"])]
    refused = [one for one in calls if one["error"] == "ratelimited"]
    assert len(refused) == 2
    nexts = [calls[calls.index(one) + 1]["at"] - one["at"] for one in refused]
    assert all(1.0 <= wait < 1.6 for wait in nexts), nexts


async def test_a_reset_of_every_line_heals_by_itself(desk: Desk, slack: Slack) -> None:
    await desk.fault("rst", all=True)
    await until(lambda: _served(desk))
    done = await desk.command("/echo back")
    assert done["acked"]


async def _served(desk: Desk) -> bool:
    return int((await desk.see("state"))["connections"]) >= 2


async def test_a_spent_ticket_is_never_tried_again(desk: Desk, slack: Slack) -> None:
    await desk.fault("handshake_status", status=408, n=1)
    await desk.fault("rst", n=1)
    assert await until(lambda: _all_up(slack), 10)
    assert await until(lambda: _served(desk), 10)


async def test_a_channel_nobody_knows_is_named_and_blocks_no_other(desk: Desk, ops: Ops) -> None:
    await say(ops, "no-such-channel", "lost:1", "Nowhere")
    await say(ops, "general", "lost:2", "Not a member")
    await say(ops, "ops-escalations", "kept:1", "Somewhere")
    assert await until(lambda: sent(ops, "kept:1"))
    assert await until(lambda: _failed(ops, "lost:2"))
    found = dict([tuple(row) for row in await rows(ops, "select key, error from outbox where state = 'failed'")])
    assert found["lost:1"] == "channel_not_found"
    assert found["lost:2"] == "not_in_channel"


async def _failed(ops: Ops, key: str) -> bool:
    return await state(ops, key) == "failed"


async def test_a_company_that_reads_along_gets_no_post(desk: Desk, ops: Ops, slack: Slack) -> None:
    async with ops.db.begin() as db:
        await outbox.say(db, channel="C0ESCAL", card=Card("Numbers", "Ours."), key="shared:1")
    assert await until(lambda: sent(ops, "shared:1"))
    place = next(place for _, place in slack.directory._places.values() if place.id == "C0ESCAL")
    now = asyncio.get_running_loop().time()
    slack.directory._places["C0ESCAL"] = (now, type(place)(place.id, place.name, True, False, True))
    await say(ops, "C0ESCAL", "shared:2", "Ours too")
    assert await until(lambda: _failed(ops, "shared:2"))
    slack.directory._places.clear()


async def test_a_row_that_cannot_be_drawn_is_named_and_blocks_no_other(desk: Desk, ops: Ops) -> None:
    await say(ops, "ops-marketing", "drawn:1", "Broken")
    await rows(ops, "update outbox set card = '{}' where key = 'drawn:1' and state = 'queued' returning 1")
    await say(ops, "ops-marketing", "drawn:2", "Whole")
    assert await until(lambda: sent(ops, "drawn:2"))
    assert await state(ops, "drawn:1") in ("failed", "sent")


async def test_a_database_that_stumbles_during_a_delivery_blocks_no_channel(
    desk: Desk, ops: Ops, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, stumbles = slack.directory.place, [PoolError("the pool is empty")]

    async def place(said: str, now: float, *, fresh_for: float = 0.0) -> Place | None:
        if stumbles:
            raise stumbles.pop()
        return await whole(said, now, fresh_for=fresh_for)

    monkeypatch.setattr(slack.directory, "place", place)
    await say(ops, "ops-sales", "stumble:1", "After a stumble")
    await say(ops, "ops-sales", "stumble:2", "Behind it")
    assert await until(lambda: sent(ops, "stumble:2"), 4)
    assert len([one for one in await desk.said("C0SALES") if "After a stumble" in shown(one)]) == 1
