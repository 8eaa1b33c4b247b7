"""A dialog through a real Slack: opened at once, checked against the database, answered where it was opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot import slack_app
from bot.stores import Stores
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from handlers.surface import Answer, Ask, Command, Dialog, Field, Shortcut, Surface, View
from tests.bot.slack_rig import Desk, an_ops, fresh_database, running, shown, until

Json = dict[str, Any]
FIELDS = (
    Field("name", "Name"),
    Field("kinds", "Kinds", "choices", options=(("a", "A"), ("b", "B"), ("c", "C"))),
    Field("owner", "Owner", "person", optional=True),
)


async def ask_more(_ops: Ops, ask: Ask) -> Dialog:
    said = replace(FIELDS[0], initial=ask.text)
    return Dialog("form", "Tell me more", "Send", (said, *FIELDS[1:]), "A-1", instead="/form words")


async def look(ops: Ops, values: Mapping[str, str], value: str) -> Mapping[str, str]:
    async with ops.db.begin() as db:
        known = (await db.execute(text("select :name = 'known'"), {"name": values["name"]})).scalar()
    if values["name"] == "hang":
        await asyncio.sleep(5)
    return {} if known else {"name": f"{value} does not know it."}


async def taken(_ops: Ops, ask: Ask) -> Answer:
    kinds = ask.values["kinds"].replace("\n", " and ")
    return Answer(Card("Taken", f"{ask.value}: {kinds} for {ask.values['owner']}."))


MENU = (
    Surface(
        "form",
        "A dialog.",
        commands=(Command("/form", "Opens a dialog.", "", (), ask_more),),
        shortcuts=(Shortcut("form.on", "Form", "opens a dialog", "message", ask_more),),
        views=(View("form", look, taken),),
    ),
)


@pytest.fixture
async def desk(url: str, stores: Stores) -> AsyncIterator[Desk]:
    ops = an_ops(fresh_database(stores.database_url, "slack_forms"))
    async with aiohttp.ClientSession() as http:
        found = Desk(url, http)
        await found.do("reset")  # what another test left open is not ours
        async with running(ops, url, MENU):
            yield found


async def opened(desk: Desk) -> Json:
    async def look() -> Any:
        return (await desk.see("views/U0CEO"))["modals"]

    return dict((await until(look))[-1])


async def send(desk: Desk, view: Json, name: str) -> Json:
    """What a check finds wrong; sent once more while the machine is too busy to answer within Slack's three seconds."""
    values = {"name": {"field": name}, "kinds": {"field": ["a", "c"]}, "owner": {"field": "U0VIEWER"}}
    for _ in range(8):
        done = await desk.do("submit", user="U0CEO", view_id=view["id"], values=values)
        if done["acked"]:
            break
    return dict(done["errors"] or {})


async def checked(desk: Desk, view: Json, name: str) -> Json:
    """The same; sent once more, as the dialog asks for, while the machine is too busy for the check itself."""
    for _ in range(8):
        if "could not check this" not in (found := await send(desk, view, name)).get("name", ""):
            break
    return found


async def test_a_dialog_is_opened_checked_and_answered_where_it_was_opened(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.command("/form strange")
    view = await opened(desk)
    assert await checked(desk, view, "strange") == {"name": "A-1 does not know it."}
    monkeypatch.setattr(slack_app, "CHECK_S", 0.05)
    assert "could not check this" in (await send(desk, view, "hang"))["name"]
    monkeypatch.undo()
    assert not await checked(desk, view, "known")
    assert await until(desk.private)
    assert "A-1: a and c for U0VIEWER." in shown((await desk.private())[-1])


async def test_a_shortcut_carries_the_words_of_its_message(desk: Desk) -> None:
    ts = (await desk.do("message", user="U0VIEWER", channel="C0PULSE", text="Two boxes are missing"))["ts"]
    await desk.do("shortcut", user="U0CEO", channel="C0PULSE", callback_id="form.on", message_ts=ts)
    view = await opened(desk)
    assert view["blocks"][0]["element"]["initial_value"] == "Two boxes are missing"
    assert view["private_metadata"] == f"A-1|C0PULSE|{ts}|"
    await desk.do("close", user="U0CEO", view_id=view["id"])


async def test_a_dialog_that_opens_too_late_says_what_to_type_instead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack_dialogs.OPEN_S", 0.0)
    before = len(await desk.private())
    await desk.command("/form late")
    said = (await until(lambda: _after(desk, before)))[-1]
    assert "or type /form words" in shown(said)
    assert "Error id E-" in shown(said)


async def _after(desk: Desk, before: int) -> list[Json]:
    return (await desk.private())[before:]
