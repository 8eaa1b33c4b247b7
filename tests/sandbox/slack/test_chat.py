"""chat.* and conversations.*: what is posted is kept, changed, threaded and read back as in Slack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.slack import kit

PULSE = "C0PULSE"


async def posted(slack: kit.Sandbox, text: str = "hello", **more: Any) -> str:
    return str((await slack.api("chat.postMessage", channel=PULSE, text=text, **more))["ts"])


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GENER", "text": "x"}, "not_in_channel"),
        ({"channel": PULSE}, "no_text"),
        ({"channel": PULSE, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": PULSE, "text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": PULSE, "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": PULSE, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": PULSE, "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"channel": PULSE, "text": "x", "metadata": {"event_type": "a", "event_payload": {"k": "y" * 9000}}},
         "metadata_too_large"),
    ],
)  # fmt: skip
async def test_a_bad_post_is_refused_by_name(slack: kit.Sandbox, args: dict[str, Any], error: str) -> None:
    assert (await slack.api("chat.postMessage", **args))["error"] == error
    assert await slack.messages(PULSE) == []


async def test_refused_blocks_name_the_place(slack: kit.Sandbox) -> None:
    refused = await slack.api("chat.postMessage", channel=PULSE, text="x", blocks=[kit.section("y" * 3001)])
    assert refused["error"] == "invalid_blocks"
    assert "/0/text/text" in refused["response_metadata"]["messages"][0]


async def test_an_update_keeps_metadata_and_new_text_takes_old_blocks_away(slack: kit.Sandbox) -> None:
    metadata = {"event_type": "pulse", "event_payload": {"key": "pulse:1"}}
    ts = await posted(slack, blocks=[kit.section("old")], metadata=metadata)
    assert (await slack.api("chat.update", channel=PULSE, ts=ts, blocks=[kit.section("new")]))["ok"]
    (message,) = await slack.messages(PULSE)
    assert (message["text"], message["blocks"][0]["text"]["text"]) == ("hello", "new")
    assert "edited" not in message
    assert (await slack.api("chat.update", channel=PULSE, ts=ts, text="only words"))["ok"]
    (message,) = await slack.messages(PULSE)
    assert (message["text"], message.get("blocks"), message["metadata"]) == ("only words", None, metadata)
    assert message["edited"]["user"] == "U0BRAIN"


async def test_only_own_messages_can_be_changed_or_deleted(slack: kit.Sandbox) -> None:
    theirs = (await slack.act("message", user="U0CEO", channel=PULSE, text="mine"))["ts"]
    assert (await slack.api("chat.update", channel=PULSE, ts=theirs, text="x"))["error"] == "cant_update_message"
    assert (await slack.api("chat.delete", channel=PULSE, ts=theirs))["error"] == "cant_delete_message"
    assert (await slack.api("chat.update", channel=PULSE, ts="1.0", text="x"))["error"] == "message_not_found"
    own = await posted(slack)
    assert (await slack.api("chat.update", channel=PULSE, ts=own, text="x" * 4001))["error"] == "msg_too_long"
    assert (await slack.api("chat.delete", channel=PULSE, ts=own))["ok"]
    assert [message["ts"] for message in await slack.messages(PULSE)] == [theirs]


async def test_replies_stand_in_the_thread_and_not_in_the_channel(slack: kit.Sandbox) -> None:
    root = await posted(slack, "root")
    first = await posted(slack, "first", thread_ts=root)
    await posted(slack, "to all", thread_ts=first, reply_broadcast=True)
    history = (await slack.api("conversations.history", channel=PULSE))["messages"]
    assert [message["text"] for message in history] == ["to all", "root"]
    assert (history[1]["reply_count"], history[1]["thread_ts"]) == (2, root)
    replies = (await slack.api("conversations.replies", channel=PULSE, ts=root))["messages"]
    assert [message["text"] for message in replies] == ["root", "first", "to all"]
    assert (await slack.api("conversations.replies", channel=PULSE, ts="1.0"))["error"] == "thread_not_found"


async def test_a_deleted_parent_leaves_a_tombstone(slack: kit.Sandbox) -> None:
    root = await posted(slack, "root")
    await posted(slack, "reply", thread_ts=root)
    await slack.api("chat.delete", channel=PULSE, ts=root)
    replies = (await slack.api("conversations.replies", channel=PULSE, ts=root))["messages"]
    assert [message.get("subtype") for message in replies] == ["tombstone", None]


async def test_history_is_read_page_by_page_newest_first(slack: kit.Sandbox) -> None:
    stamps = [await posted(slack, f"m{number}") for number in range(5)]
    seen, cursor = [], ""
    while True:
        page = await slack.api("conversations.history", channel=PULSE, limit=2, cursor=cursor)
        seen += [message["text"] for message in page["messages"]]
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert seen == ["m4", "m3", "m2", "m1", "m0"]
    between = {"channel": PULSE, "oldest": stamps[1], "latest": stamps[3]}
    assert [m["text"] for m in (await slack.api("conversations.history", **between))["messages"]] == ["m2"]
    ends = (await slack.api("conversations.history", inclusive=True, **between))["messages"]
    assert [m["text"] for m in ends] == ["m3", "m2", "m1"]
    assert (await slack.api("conversations.history", channel=PULSE, cursor="nonsense"))["error"] == "invalid_cursor"


async def test_metadata_is_read_back_only_when_asked_for(slack: kit.Sandbox) -> None:
    metadata = {"event_type": "pulse", "event_payload": {"key": "pulse:1"}}
    await posted(slack, metadata=metadata)
    plain = await slack.api("conversations.history", channel=PULSE)
    full = await slack.api("conversations.history", channel=PULSE, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_an_ephemeral_message_is_seen_by_one_and_kept_by_nobody(slack: kit.Sandbox) -> None:
    assert (await slack.api("chat.postEphemeral", channel=PULSE, user="U0CEO", text="only you"))["ok"]
    assert [m["ephemeral"] for m in await slack.messages(PULSE, "U0CEO")] == [True]
    assert await slack.messages(PULSE, "U0VIEWER") == []
    assert (await slack.api("conversations.history", channel=PULSE))["messages"] == []
    outside = await slack.api("chat.postEphemeral", channel="C0SALES", user="U0GUEST", text="x")
    assert outside["error"] == "user_not_in_channel"


async def test_a_user_id_names_the_direct_message(slack: kit.Sandbox) -> None:
    assert (await slack.api("chat.postMessage", channel="U0CEO", text="x"))["channel"] == "D0CEO"
    assert (await slack.api("conversations.open", users="U0CEO"))["channel"]["id"] == "D0CEO"


async def test_channels_are_listed_joined_and_made(slack: kit.Sandbox) -> None:
    names = {c["name"]: c["is_member"] for c in (await slack.api("conversations.list"))["channels"]}
    assert names["ops-pulse"]
    assert not names["general"]
    assert (await slack.api("conversations.join", channel="C0GENER"))["channel"]["is_member"]
    made = (await slack.api("conversations.create", name="ops-returns"))["channel"]
    assert (await slack.api("conversations.info", channel=made["id"]))["channel"]["name"] == "ops-returns"
    assert (await slack.api("conversations.create", name="ops-returns"))["error"] == "name_taken"
    assert "U0BRAIN" in (await slack.api("conversations.members", channel=made["id"]))["members"]


async def test_a_reaction_is_added_once_and_taken_back_once(slack: kit.Sandbox) -> None:
    place = {"channel": PULSE, "timestamp": await posted(slack), "name": "eyes"}
    assert (await slack.api("reactions.add", **place))["ok"]
    assert (await slack.api("reactions.add", **place))["error"] == "already_reacted"
    assert (await slack.api("reactions.get", **place))["message"]["reactions"][0]["users"] == ["U0BRAIN"]
    assert (await slack.api("reactions.remove", **place))["ok"]
    assert (await slack.api("reactions.remove", **place))["error"] == "no_reaction"
