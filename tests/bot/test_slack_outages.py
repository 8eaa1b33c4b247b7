"""Slack away, the database away: posts wait, people are told at once, a backlog becomes one message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.slack import Slack
from bot.slack_intake import DEGRADED
from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from domain.watch import fleet
from models import receipt
from models.executor import ExecutorRow
from models.receipt import Told
from tests.bot.slack_rig import Desk, an_ops, fresh_database, rows, running, shown, until


@pytest.fixture(scope="module")
def database(stores: Stores) -> str:
    return fresh_database(stores.database_url, "slack_outages")


@pytest.fixture
async def ops(database: str) -> Ops:
    return an_ops(database)


@pytest.fixture
async def slack(ops: Ops, url: str) -> AsyncIterator[Slack]:
    async with running(ops, url) as found:
        yield found


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        found = Desk(url, http)
        yield found
        await found.fault("clear")


def shut(stores: Stores, name: str, *, away: bool) -> None:
    """Send every session of a database away and let nobody in, or let them in again."""
    plain = make_url(stores.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute(f"alter database {name} with allow_connections {'false' if away else 'true'}".encode())
        if away:
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))


async def test_without_the_database_a_command_is_told_so_and_an_event_comes_again(
    stores: Stores, ops: Ops, slack: Slack, desk: Desk
) -> None:
    shut(stores, "slack_outages", away=True)
    try:
        done = await desk.command("/echo dark")
        assert done["acked"]
        assert done["ack_payload"]["text"] == DEGRADED
        text = "<@U0BRAIN> are you there?"
        asked = asyncio.create_task(desk.do("message", user="U0CEO", channel="C0PULSE", text=text))
        await asyncio.sleep(0.5)
    finally:
        shut(stores, "slack_outages", away=False)
    ts = (await asked)["ts"]
    assert await until(lambda: desk.said(thread=ts), 12), "the event was delivered again and answered"
    done = await desk.command("/echo light")
    assert done["ack_payload"] is None
    assert await until(lambda: _says(desk, "You said light."))
    assert not await _says(desk, "You said dark.")


async def _says(desk: Desk, words: str, channel: str = "C0PULSE") -> bool:
    return any(words in shown(one) for one in await desk.said(channel))


async def test_posts_wait_while_slack_is_away_and_then_go_out_in_order(ops: Ops, slack: Slack, desk: Desk) -> None:
    await desk.fault("api_down", seconds=1.5)
    for number in range(3):
        async with ops.db.begin() as db:
            card = Card(f"Wait {number}", f"Wait {number}.")
            await outbox.say(db, channel="ops-sales", card=card, key=f"wait:{number}")
    assert await until(lambda: _says(desk, "Wait 2.", "C0SALES"), 15)
    posts = [one["text"] for one in await desk.said("C0SALES") if one["text"].startswith("Wait")]
    assert posts == ["Wait 0.", "Wait 1.", "Wait 2."]


async def test_after_a_long_outage_the_newest_is_posted_and_the_rest_is_told_in_one_message(
    ops: Ops, url: str, desk: Desk
) -> None:
    async with ops.db.begin() as db:
        for number in range(40):
            card = Card(f"Alarm {number}", f"Alarm number {number}.")
            await outbox.say(db, channel="ops-escalations", card=card, key=f"alarm:{number}")
            more = (f"more:{number}", f"alarm:{number}")
            await outbox.say(db, channel="ops-escalations", card=card, key=more[0], thread_key=more[1])
        await outbox.say(db, channel="ops-escalations", card=Card("Pulse", "All is well."), key="pulse:C0ESCAL:today")
    await rows(ops, "update outbox set created_at = now() - interval '2 hours' where state = 'queued' returning 1")
    async with running(ops, url):
        assert await until(lambda: _says(desk, "All is well.", "C0ESCAL"), 15)
        told = dict([tuple(row) for row in await rows(ops, "select state, count(*) from outbox group by state")])
        async with ops.db.begin() as db:  # a trouble that was told in the list goes on
            assert await outbox.update(db, key="alarm:3", card=Card("Alarm 3", "It is well."))
            reply = Card("Alarm 3", "Nobody has taken it yet.")
            await outbox.say(db, channel="ops-escalations", card=reply, key="remind:3", thread_key="alarm:3")
        assert await until(partial(rows, ops, "select 1 from outbox where key = 'remind:3' and state <> 'queued'"))
        assert await rows(ops, "select key, error from outbox where state = 'failed'") == []
    (listed,) = [one for one in await desk.said("C0ESCAL") if "39 messages waited" in one["text"]]
    assert [one["text"] for one in await desk.said("C0ESCAL", thread=listed["ts"])][-1] == "Nobody has taken it yet."
    posts = [one["text"] for one in await desk.said("C0ESCAL")]
    assert len(posts) == 3
    assert posts[0].startswith("Slack could not be reached for a while; 39 messages waited")
    assert posts[1:] == ["Alarm number 39.", "All is well."]
    assert told["collapsed"] == 78


async def test_two_hours_without_slack_end_in_one_message_that_names_what_the_second_road_told(
    ops: Ops, url: str, desk: Desk
) -> None:
    """Two hundred posts, of which one in ten could not wait; Slack refuses them all the while."""
    since, rang = (
        len(await desk.said("C0SALES")),
        "update outbox set not_before = null where lane = 'C0SALES' returning 1",
    )
    tried = "select 1 from outbox where lane = 'C0SALES' and attempts >= :times and state <> 'sending'"
    async with running(ops, url) as slack:
        await desk.fault("api_down", seconds=60)
        for times, numbers in ((1, range(100)), (2, range(100, 200))):
            await _waited_since_two_hours(ops, numbers)
            await rows(ops, rang)
            slack.sender.bell.set()
            assert await until(partial(rows, ops, tried, times=times))
        await desk.fault("clear")
        await rows(ops, rang)
        slack.sender.bell.set()
        assert await until(lambda: _says(desk, "Number 199.", "C0SALES"), 15)
    said = (await desk.said("C0SALES"))[since:]
    assert [one["text"][:22] for one in said] == ["Slack could not be rea", "Number 199."]
    assert "199 messages waited" in said[0]["text"]
    assert "Number 190. Told by the second road" in shown(said[0])
    assert "Number 191. Told" not in shown(said[0])


async def _waited_since_two_hours(ops: Ops, numbers: range) -> None:
    """So many posts, of which every tenth could not wait and has taken the second road."""
    async with ops.db.begin() as db:
        for number in numbers:
            key, card = f"escalation:{number}", Card(f"Trouble {number}", f"Number {number}.")
            await outbox.say(db, channel="ops-sales", card=card, key=key, critical=number % 10 == 0)
        keys = [f"escalation:{number}" for number in numbers if number % 10 == 0]
        begun = await receipt.begin(db, keys, again=60)
        await receipt.settle(db, begun, keys, [Told("1 json", accepted=True)], (30, 600))
        past = "update outbox set created_at = now() - interval '2 hours' where lane = 'C0SALES' and state = 'queued'"
        await db.execute(text(past))


async def test_what_the_second_road_told_before_says_so_when_slack_takes_it_at_last(
    ops: Ops, slack: Slack, desk: Desk
) -> None:
    async with ops.db.begin() as db:
        await outbox.say(db, channel="ops-sales", card=Card("Late", "Late."), key="late:1", critical=True)
        begun = await receipt.begin(db, ["late:1"], again=60)
        await receipt.settle(db, begun, ["late:1"], [Told("1 json", accepted=True)], (30, 600))
    assert await until(lambda: _says(desk, "The second road told this before", "C0SALES"))


async def test_a_revoked_token_stops_the_posts_but_loses_none(ops: Ops, slack: Slack, desk: Desk) -> None:
    await desk.fault("token_revoked", seconds=60)
    async with ops.db.begin() as db:
        await outbox.say(db, channel="ops-logistics", card=Card("Later", "Later."), key="later:1")
    assert await until(lambda: _closed(slack))
    shut = fleet.shut([_beating(slack)])
    assert shut.surely
    assert "(token_revoked)" in shut.why
    await desk.fault("clear")
    put_off = "update outbox set not_before = null where key = 'later:1' and not_before is not null returning 1"
    assert await until(lambda: rows(ops, put_off))
    slack.sender.bell.set()
    assert await until(lambda: _says(desk, "Later.", "C0LOGIS"))
    assert slack.status()["slack"]["closed"] is None


async def _closed(slack: Slack) -> bool:
    return slack.sender.closed is not None


def _beating(slack: Slack) -> ExecutorRow:
    now = datetime.now(UTC)
    return ExecutorRow("bot-1", "bot", "alive", "here/1", 1, now, now, timedelta(), slack.status())


async def test_a_revoked_token_is_noticed_though_nothing_is_posted_and_so_is_its_return(
    ops: Ops, url: str, desk: Desk
) -> None:
    def often(found: Slack) -> None:
        found.token_s = 0.05

    async with running(ops, url, tune=often) as slack:
        await desk.fault("token_revoked", seconds=60)
        assert await until(lambda: _closed(slack))
        await desk.fault("clear")
        assert await until(lambda: _open(slack))


async def _open(slack: Slack) -> bool:
    return slack.sender.closed is None
