"""kill -9 of the bot at every point between the row and the answer: nothing is lost and nothing is said twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from tests.bot.slack_rig import ROOT, Desk, an_ops, fresh_database, rows, running, shown, until


@pytest.fixture(scope="module")
def database(stores: Stores) -> str:
    return fresh_database(stores.database_url, "slack_deaths")


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


class Victim:
    """The bot as a process that dies at one point."""

    def __init__(self, database: str, url: str, marker: Path) -> None:
        self._args = (database, url)
        self._marker = marker
        self._boots = 0

    def start(self, kill_at: str, often: str = "once", *, ready: bool = True) -> subprocess.Popen[bytes]:
        self._boots += 1
        boot = f"{self._marker.name}-{self._boots}"
        argv = [sys.executable, "-m", "tests.bot.slack_victim", *self._args, boot, kill_at, str(self._marker), often]
        words = subprocess.PIPE if ready else subprocess.DEVNULL
        process = subprocess.Popen(argv, stdout=words, stderr=subprocess.DEVNULL, cwd=ROOT)
        if process.stdout is not None:
            with process.stdout as said:
                while b"ready" not in (line := said.readline()):
                    assert line, "the victim ended before it was ready"
        return process


@pytest.mark.parametrize("point", ["row_written", "answer_made", "answer_written"])
async def test_a_command_survives_the_death_of_the_bot(
    database: str, url: str, desk: Desk, tmp_path: Path, point: str
) -> None:
    process = Victim(database, url, tmp_path / point).start(point)
    typed = asyncio.create_task(desk.command(f"/echo {point}"))
    assert await asyncio.to_thread(process.wait, 10) == -9
    ops = an_ops(database, boot_id=f"after-{point}")
    async with running(ops, url):
        assert await until(lambda: _said(desk, f"You said {point}."))
        closed = "select attempts, outcome from inbox where done_at is not null and payload->>'text' = :text"
        assert await until(lambda: rows(ops, closed, text=point)) == [(2, "answered")]
        await asyncio.sleep(0.2)
        assert len(await _said(desk, f"You said {point}.")) == 1
    assert (await typed)["acked"] == (point != "row_written")


async def _said(desk: Desk, words: str) -> list[dict[str, object]]:
    return [one for one in await desk.said() if words in shown(one)]


async def test_a_post_survives_the_death_of_the_bot_between_slack_and_the_row(
    database: str, url: str, desk: Desk, tmp_path: Path
) -> None:
    process = Victim(database, url, tmp_path / "post").start("post_sent")
    ops = an_ops(database, boot_id="after-post")
    async with ops.db.begin() as db:
        await outbox.say(db, channel="ops-sales", card=Card("Only once", "Said once."), key="once:1")
    assert await asyncio.to_thread(process.wait, 10) == -9
    async with running(ops, url):
        assert await until(lambda: _sent(ops))
    assert len([one for one in await desk.said("C0SALES") if "Said once." in shown(one)]) == 1


async def _sent(ops: Ops) -> bool:
    async with ops.db.begin() as db:
        found = await outbox.delivery(db, "once:1")
    return found is not None and found.state == "sent"


async def test_work_that_kills_the_bot_twice_is_given_up_and_the_person_is_told(
    database: str, url: str, desk: Desk, tmp_path: Path
) -> None:
    victim = Victim(database, url, tmp_path / "poison")
    first = victim.start("answer_made", "always")
    await desk.command("/echo poison")
    assert await asyncio.to_thread(first.wait, 10) == -9
    second = victim.start("answer_made", "always", ready=False)
    assert await asyncio.to_thread(second.wait, 10) == -9
    ops = an_ops(database, boot_id="after-poison")
    async with running(ops, url):
        assert await until(lambda: _said(desk, "That did not work"))
        query = "select outcome from inbox where payload->>'text' = 'poison' and done_at is not null"
        assert await until(lambda: rows(ops, query)) == [("given up",)]


async def test_two_bots_at_once_answer_once_and_one_of_them_sends(database: str, url: str, desk: Desk) -> None:
    first, second = an_ops(database, boot_id="first"), an_ops(database, boot_id="second")
    async with running(first, url) as one:
        task = asyncio.create_task(_run_beside(second, url, one))
        for number in range(6):
            assert (await desk.command(f"/echo pair{number}"))["acked"]
        for number in range(6):
            assert await until(partial(_said, desk, f"You said pair{number}."))
        await task
        for number in range(6):
            assert len(await _said(desk, f"You said pair{number}.")) == 1


async def _run_beside(ops: Ops, url: str, other: object) -> None:
    from bot import slack, slack_api
    from tests.bot.slack_rig import ECHO, settings

    stop = asyncio.Event()
    async with slack_api.session() as pool:
        found = await slack.opened(ops, settings(url), (ECHO,), pool)
        task = asyncio.create_task(found.run(stop))
        await asyncio.sleep(1.5)
        assert not found.sender.leads.is_set()
        stop.set()
        await task
    await ops.db.close()
