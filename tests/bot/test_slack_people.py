"""Who asks is asked of Slack at the moment of a click; what nobody can tell is nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text

from bot import slack_api
from bot.slack_directory import Directory, mail
from domain.kernel.people import Kept
from domain.kernel.ports import Ops
from models.directory import Who
from tests.bot.slack_rig import Desk, an_ops


@pytest.fixture
async def ops(database_url: str) -> AsyncIterator[Ops]:
    found = an_ops(database_url)
    yield found
    await found.db.close()


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(url, http)


@pytest.fixture
async def api(url: str) -> AsyncIterator[AsyncWebClient]:
    async with slack_api.session() as pool:
        yield slack_api.client("xoxb-sandbox-bot", f"{url}/api/", pool)


@pytest.fixture
def directory(api: AsyncWebClient, ops: Ops) -> Directory:
    return Directory(api, ops.db, "T0SANDBOX", ops.policy)


async def told(directory: Directory, user_id: str) -> Who:
    found = await directory.look(user_id)
    assert found is not None
    return found


async def asked(desk: Desk) -> int:
    return len(await desk.traffic("users.info"))


async def test_many_clicks_of_one_person_are_one_question_and_the_other_processes_learn_of_it(
    desk: Desk, directory: Directory, ops: Ops
) -> None:
    before = await asked(desk)
    found = await asyncio.gather(*[directory.look("U0APPROVER") for _ in range(50)])
    assert await asked(desk) == before + 1
    assert {(who.handle, who.stranger) for who in found if who} == {("approver", "")}
    assert await Kept(ops.db).look("U0APPROVER") == found[0]
    async with ops.db.begin() as db:
        await db.execute(text("update person set checked_at = checked_at - interval '11 minutes'"))
    assert await Kept(ops.db).look("U0APPROVER") is None


async def test_what_slack_does_not_tell_is_nobody_and_is_asked_again(desk: Desk, directory: Directory) -> None:
    await desk.fault("http", method="users.info", status=500, n=1)
    assert await directory.look("U0FINANCE") is None
    assert await directory.look("U0FINANCE") is not None
    assert await directory.look("U0NOBODY") is None
    assert (await told(directory, "U0GUEST")).stranger == "guest"
    assert (await told(directory, "U0OTHERBOT")).stranger == "bot"


async def test_a_person_who_was_let_go_is_known_as_that_at_once(directory: Directory) -> None:
    now = asyncio.get_running_loop().time()
    assert (await directory.person("U0VIEWER", now)).stranger == ""
    directory._home = "T0ELSE"
    assert (await told(directory, "U0VIEWER")).stranger == "other team"
    assert (await directory.person("U0VIEWER", now)).stranger == "other team"


async def test_two_accounts_of_one_mailbox_are_one_pair_of_eyes(directory: Directory) -> None:
    one, two, other = [await told(directory, f"U0{name}") for name in ("APPROVER", "APPROVER2", "FINANCE")]
    assert one.mail == two.mail != other.mail
    assert len(one.mail) == 64


@pytest.mark.parametrize("address", ["Ann@Shop.Example", " ann@shop.example ", "ann+two@shop.example"])
def test_one_mailbox_has_one_digest(address: str) -> None:
    assert mail({"profile": {"email": address}}) == mail({"profile": {"email": "ann@shop.example"}})


@pytest.mark.parametrize("profile", [None, {}, {"email": ""}, {"email": None}, {"email": "nobody"}])
def test_no_address_has_no_digest(profile: Any) -> None:
    assert mail({"profile": profile}) == ""


async def test_nobody_is_known_where_nobody_can_be_asked(ops: Ops) -> None:
    assert await replace(ops, boot_id="other").people.look("U0CEO") is None
