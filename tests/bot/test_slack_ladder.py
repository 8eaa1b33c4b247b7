"""What Slack refuses in one form is sent in the next simpler one, and the form it took is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bot import slack_api
from bot.slack_directory import Directory
from bot.slack_post import Bucket, Poster, TroubleError
from domain.kernel import card as cards
from domain.kernel.card import Card, Part, Prose, Table
from domain.kernel.department import Department
from models.directory import Place
from models.outbox import Draft, Row, Target
from models.outbox_sending import Placed

TABLE = Card("Stock", "Two run low.", (Table(("SKU", "Days"), (("A", "3"),)),))


class Picky:
    """A Slack that refuses some kinds of blocks and some scopes."""

    def __init__(self, *refused: str, scope: str = "") -> None:
        self.refused = refused
        self.scope = scope
        self.posts: list[dict[str, Any]] = []

    async def post(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        if self.scope and "username" in body:
            return web.json_response({"ok": False, "error": "missing_scope", "needed": self.scope})
        if any(block["type"] in self.refused for block in body["blocks"]):
            return web.json_response({"ok": False, "error": "invalid_blocks"})
        self.posts.append(body)
        return web.json_response({"ok": True, "ts": f"1.{len(self.posts)}", "channel": body["channel"]})


class Known(Directory):
    """A directory in which every channel is known."""

    def __init__(self) -> None:
        """Nothing is looked up."""

    async def place(self, said: str, now: float, *, fresh_for: float = 0.0) -> Place | None:
        return Place("C1", said, True, False, False)


async def deliver(slack: Picky, card: Card, **fields: Any) -> tuple[Placed, list[int]]:
    """Post one card to a picky Slack: where it stands, and which parts were noted on the way."""
    return await hand_over(slack, row(card, **fields))


async def hand_over(slack: Picky, given: Row) -> tuple[Placed, list[int]]:
    """Deliver one row to a picky Slack."""
    app = web.Application()
    app.router.add_post("/api/chat.postMessage", slack.post)
    app.router.add_post("/api/chat.postEphemeral", slack.post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    noted: list[int] = []

    async def note(number: int, _so_far: Placed) -> None:
        noted.append(number)

    try:
        async with slack_api.session() as pool:
            api = slack_api.client("xoxb-1", f"http://127.0.0.1:{runner.addresses[0][1]}/api/", pool)
            poster = Poster(api, pool, Known(), Bucket(1000))
            poster.voices = {"sales": Department("sales", "Sales", ":cart:", "Sells.")}
            return await poster.deliver(given, note), noted
    finally:
        await runner.cleanup()


def row(card: Card, target: Target = "post", **fields: Any) -> Row:
    draft = Draft(key="k:1", target=target, card=cards.to_json(card), lane="C1", channel="C1", **fields)
    return Row(
        id=1, draft=draft, state="queued", revision=0, attempts=0, parts=0, ts=None, channel_id=None, rung=None,
        age=1.0, tried_at=datetime.now(UTC), parent_state=None, parent_ts=None, parent_channel=None, parent_thread=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("refused", "rung"),
    [((), "rich"), (("table",), "classic"), (("table", "section", "header"), "text")],
)
async def test_the_richest_form_slack_takes_is_sent_and_named(refused: tuple[str, ...], rung: str) -> None:
    slack = Picky(*refused)
    placed, _ = await deliver(slack, TABLE)
    assert placed.rung == rung
    assert len(slack.posts) == 1
    assert "SKU" in json.dumps(slack.posts[0])
    assert slack.posts[0]["unfurl_links"] is False


async def test_a_long_message_goes_on_in_its_own_thread_and_every_part_is_noted() -> None:
    slack = Picky()
    placed, noted = await deliver(slack, Card("Long", "Much to say.", tuple(Prose("word " * 500) for _ in range(12))))
    assert len(slack.posts) > 2
    assert placed.ts == "1.1"
    assert {post.get("thread_ts") for post in slack.posts[1:]} == {"1.1"}
    keys = [post["metadata"]["event_payload"]["key"] for post in slack.posts]
    assert keys == ["k:1", *(f"k:1+{n}" for n in range(1, len(keys)))]
    assert noted == list(range(1, len(keys)))


async def test_a_later_part_that_is_refused_is_sent_as_its_words() -> None:
    slack = Picky("divider")
    parts: list[Part] = [Prose("word " * 500) for _ in range(6)]
    parts += [cards.Divider(), Prose("the end")]
    await deliver(slack, Card("Long", "Much to say.", tuple(parts)))
    assert "the end" in slack.posts[-1]["text"]
    assert slack.posts[0]["blocks"]


async def test_a_private_answer_that_is_refused_is_sent_as_its_words() -> None:
    slack = Picky("table")
    await hand_over(slack, row(TABLE, "whisper", user_id="U1"))
    assert [(post["user"], post["blocks"]) for post in slack.posts] == [("U1", [])]
    assert "SKU" in slack.posts[0]["text"]


async def test_without_the_scope_for_a_voice_the_message_comes_in_the_bots_own() -> None:
    slack = Picky(scope="chat:write.customize")
    await deliver(slack, TABLE, department="sales")
    assert "username" not in slack.posts[0]
    slack = Picky()
    await deliver(slack, TABLE, department="sales")
    assert (slack.posts[0]["username"], slack.posts[0]["icon_emoji"]) == ("Sales", ":cart:")


async def test_a_reply_to_nothing_is_never_posted_at_the_top() -> None:
    with pytest.raises(TroubleError, match="parent_not_posted"):
        await deliver(Picky(), TABLE, thread_key="nobody")


async def test_below_a_message_without_a_place_nothing_is_tried_again() -> None:
    below = replace(row(TABLE, "update", thread_key="k:0"), parent_state="sent")
    with pytest.raises(TroubleError) as trouble:
        await hand_over(Picky(), below)
    assert trouble.value.verdict.meaning == "never"
