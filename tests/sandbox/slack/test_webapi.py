"""The Web API's door: tokens, argument forms, scopes, limits, unknown methods."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from sandbox.slack.manifest import from_dict
from sandbox.slack.workspace import Options
from tests.sandbox.slack import kit

MANIFEST: dict[str, Any] = {
    "features": {
        "slash_commands": [{"command": "/pulse", "description": "Today"}],
        "app_home": {"home_tab_enabled": True},
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "channels:read"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
}


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-somebody-else", "invalid_auth"),
        ("apps.connections.open", "xoxb-sandbox-bot", "not_allowed_token_type"),
        ("chat.postMessage", "xapp-sandbox-app", "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_named(slack: kit.Sandbox, method: str, token: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with slack.http.post(f"{slack.url}/api/{method}", headers=headers) as response:
        assert (await response.json())["error"] == error


async def test_every_way_of_sending_arguments_is_read(slack: kit.Sandbox) -> None:
    args = {"channel": "C0PULSE", "text": "hello", "token": "xoxb-sandbox-bot"}
    url = f"{slack.url}/api/chat.postMessage"
    multipart = aiohttp.FormData(args)
    multipart.add_field("note", b"x", filename="note.txt")
    ways: list[dict[str, Any]] = [{"data": args}, {"json": args, "headers": kit.BOT}, {"data": multipart}]
    for way in ways:
        async with slack.http.post(url, **way) as response:
            assert (await response.json())["ok"], way
    async with slack.http.get(url, params=args) as response:
        assert (await response.json())["ok"]
    assert len(await slack.messages("C0PULSE")) == 4


async def test_blocks_may_be_sent_as_json_text(slack: kit.Sandbox) -> None:
    blocks = json.dumps([kit.section("hello")])
    assert (await slack.api("chat.postMessage", channel="C0PULSE", text="hello", blocks=blocks))["ok"]
    broken = await slack.api("chat.postMessage", channel="C0PULSE", text="hello", blocks="[{")
    assert broken["error"] == "invalid_blocks_format"


async def test_an_unknown_method_is_refused_and_logged(slack: kit.Sandbox) -> None:
    assert (await slack.api("chat.shout"))["error"] == "unknown_method"
    entry = (await slack.read("traffic"))["entries"][-1]
    assert (entry["name"], entry["ok"], entry["error"]) == ("chat.shout", False, "unknown_method")


async def test_a_lean_server_lacks_what_a_bot_must_do_without() -> None:
    async with kit.sandbox(Options(limits=False, lean=True)) as lean:
        missing = ["files.getUploadURLExternal", "chat.startStream", "assistant.threads.setStatus"]
        missing += ["chat.scheduleMessage", "blocks.validate"]
        for method in missing:
            assert (await lean.api(method))["error"] == "unknown_method"
        assert (await lean.api("chat.postMessage", channel="C0PULSE", text="still here"))["ok"]


async def test_a_manifest_grants_its_scopes_and_no_others() -> None:
    async with kit.sandbox(manifest=from_dict(MANIFEST)) as strict:
        refused = await strict.api("reactions.add", channel="C0PULSE", timestamp="1.0", name="eyes")
        assert refused == {"ok": False, "error": "missing_scope", "needed": "reactions:write",
                           "provided": "channels:read,chat:write"}  # fmt: skip
        async with strict.http.post(f"{strict.url}/api/auth.test", headers=kit.BOT) as response:
            assert response.headers["X-OAuth-Scopes"] == "channels:read,chat:write"


async def test_a_channels_second_too_many_post_is_told_to_wait() -> None:
    async with kit.sandbox(Options(seed=1)) as limited:
        url, body = f"{limited.url}/api/chat.postMessage", {"channel": "C0PULSE", "text": "again"}
        for _ in range(4):
            assert (await limited.api("chat.postMessage", **body))["ok"]
        async with limited.http.post(url, json=body, headers=kit.BOT) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "1")
            assert (await response.json())["error"] == "ratelimited"
        assert (await limited.api("chat.postMessage", channel="C0SALES", text="elsewhere"))["ok"]
        await limited.act("advance_time", seconds=1)
        assert (await limited.api("chat.postMessage", **body))["ok"]


async def test_a_tier_two_method_takes_twenty_calls_a_minute() -> None:
    async with kit.sandbox(Options(seed=1)) as limited:
        answers = [(await limited.api("users.list")).get("error") for _ in range(21)]
        assert answers == [None] * 20 + ["ratelimited"]


async def test_people_are_found_by_id_list_and_address(slack: kit.Sandbox) -> None:
    assert (await slack.api("users.info", user="U0CEO"))["user"]["tz"] == "Europe/London"
    assert (await slack.api("users.info", user="U0NOBODY"))["error"] == "user_not_found"
    found = await slack.api("users.lookupByEmail", email="approver@sandbox.example")
    assert found["user"]["id"] == "U0APPROVER"
    members = (await slack.api("users.list"))["members"]
    assert next(user for user in members if user["id"] == "U0GUEST")["is_restricted"]


async def test_the_app_learns_who_it_is(slack: kit.Sandbox) -> None:
    who = await slack.api("auth.test")
    assert (who["user_id"], who["bot_id"], who["team_id"]) == ("U0BRAIN", "B0BRAIN", "T0SANDBOX")
    assert (await slack.api("bots.info", bot="B0BRAIN"))["bot"]["app_id"] == "A0BRAIN"
    assert (await slack.api("team.info"))["team"]["name"] == "Sandbox Company"
