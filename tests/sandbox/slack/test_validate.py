"""Block Kit: each broken limit is found where it is, and good blocks pass."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.validate import check_blocks, check_view
from tests.sandbox.slack import kit

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str = "One", value: str = "1") -> Json:
    return {"text": plain(text), "value": value}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(kind: str, *options: Json) -> Json:
    return {"type": kind, "action_id": "v1.pick", "options": list(options)}


def table(rows: int, cells: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


MRKDWN: Json = {"type": "mrkdwn", "text": "x"}
BAD: list[tuple[str, str, str, list[Json]]] = [
    ("section text", "/0/text/text", "too_long", [kit.section("x" * 3001)]),
    ("empty section text", "/0/text/text", "too_short", [kit.section("")]),
    ("field text", "/0/fields/0/text", "too_long", [{"type": "section", "fields": [MRKDWN | {"text": "x" * 2001}]}]),
    ("fields", "/0/fields", "too_many", [{"type": "section", "fields": [MRKDWN] * 11}]),
    ("bare section", "/0", "missing", [{"type": "section"}]),
    ("header text", "/0/text/text", "too_long", [{"type": "header", "text": plain("x" * 151)}]),
    ("header kind", "/0/text/type", "wrong_type", [{"type": "header", "text": MRKDWN}]),
    ("context", "/0/elements", "too_many", [{"type": "context", "elements": [MRKDWN] * 11}]),
    ("actions", "/0/elements", "too_many", [actions(*[kit.button("x", f"v1.a{n}") for n in range(26)])]),
    ("no actions", "/0/elements", "wrong_type", [actions()]),
    ("button text", "/0/elements/0/text/text", "too_long", [actions(kit.button("x" * 76))]),
    ("button kind", "/0/elements/0/text/type", "wrong_type", [actions(kit.button("x", text=MRKDWN))]),
    ("button value", "/0/elements/0/value", "too_long", [actions(kit.button("x", value="y" * 2001))]),
    ("button url", "/0/elements/0/url", "too_long", [actions(kit.button("x", url="y" * 3001))]),
    ("button style", "/0/elements/0/style", "invalid", [actions(kit.button("x", style="blue"))]),
    ("action id", "/0/elements/0/action_id", "too_long", [actions(kit.button("x", "y" * 256))]),
    ("action id twice", "/0/elements/1/action_id", "duplicate", [actions(kit.button("x"), kit.button("y"))]),
    ("block id", "/0/block_id", "too_long", [kit.section("x") | {"block_id": "y" * 256}]),
    ("block id twice", "/1/block_id", "duplicate", [kit.section("x") | {"block_id": "y"}] * 2),
    ("image alt", "/0/alt_text", "too_long", [{"type": "image", "image_url": "u", "alt_text": "x" * 2001}]),
    ("image without alt", "/0", "missing", [{"type": "image", "image_url": "u"}]),
    ("option text", "/0/elements/0/options/0/text/text", "too_long",
     [actions(select("static_select", option("x" * 76)))]),
    ("options", "/0/elements/0/options", "too_many", [actions(select("static_select", *[option()] * 101))]),
    ("overflow", "/0/elements/0/options", "too_many", [actions(select("overflow", *[option()] * 6))]),
    ("radio", "/0/elements/0/options", "too_many", [actions(select("radio_buttons", *[option()] * 11))]),
    ("confirm", "/0/elements/0/confirm/title/text", "too_long",
     [actions(kit.button("x", confirm={"title": plain("y" * 101), "text": plain("z")}))]),
    ("rows", "/0/rows", "too_many", [table(101, 2)]),
    ("cells", "/0/rows/0", "too_many", [table(1, 21)]),
    ("second table", "/1", "too_many", [table(1, 1)] * 2),
    ("markdown in sum", "", "too_long_markdown", [{"type": "markdown", "text": "x" * 6001}] * 2),
    ("blocks", "", "too_many", [{"type": "divider"}] * 51),
    ("unknown", "/0/type", "unknown_type", [{"type": "sparkline"}]),
    ("alert in a message", "/0/type", "not_on_surface", [{"type": "alert", "text": MRKDWN}]),
    ("input in a message", "/0/type", "not_on_surface", kit.modal()["blocks"]),
    ("text input in actions", "/0/elements/0/type", "invalid",
     [actions({"type": "plain_text_input", "action_id": "a"})]),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "code", "blocks"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_broken_limit_is_found_where_it_is(pointer: str, code: str, blocks: list[Json]) -> None:
    found = {(problem["pointer"], problem["code"]) for problem in check_blocks(blocks, "message")}
    assert (pointer, code) in found


def test_good_blocks_pass() -> None:
    blocks = [
        {"type": "header", "text": plain("Revenue is on plan")},
        kit.section("*£12,400* so far") | {"fields": [MRKDWN] * 10},
        {"type": "divider"},
        {"type": "image", "image_url": "http://127.0.0.1/x.png", "alt_text": "Revenue by day"},
        actions(kit.button("Approve", style="primary"), select("overflow", option())),
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]},
        {"type": "markdown", "text": "**x**"},
        table(3, 2),
        {"type": "context", "elements": [MRKDWN]},
    ]
    assert check_blocks(blocks, "message") == []


def test_a_view_is_checked_as_a_whole() -> None:
    assert check_view(kit.modal(), "modal") == []
    unsent = {key: value for key, value in kit.modal().items() if key != "submit"}
    assert [p["pointer"] for p in check_view(unsent, "modal")] == ["/submit"]
    assert [p["pointer"] for p in check_view({"type": "home", "blocks": [table(1, 1)]}, "home")] == ["/blocks/0/type"]
    assert check_view(kit.modal(private_metadata="x" * 3001), "modal")[0]["pointer"] == "/private_metadata"
    assert check_view(kit.modal(), "home")[0]["pointer"] == "/type"


async def test_blocks_are_validated_without_a_token(slack: kit.Sandbox) -> None:
    url = f"{slack.url}/api/blocks.validate"
    async with slack.http.post(url, json={"blocks": [kit.section("x" * 3001)]}) as response:
        problem = (await response.json())["errors"][0]
    assert set(problem) == {"pointer", "code", "message", "constraint", "field"}
    async with slack.http.post(url, json={"blocks": [kit.section("x")]}) as response:
        assert await response.json() == {"ok": True}
