"""Files, streams, status lines and scheduled posts."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack import kit

PULSE = "C0PULSE"
FOR = {"recipient_user_id": "U0CEO", "recipient_team_id": "T0SANDBOX"}


async def root(slack: kit.Sandbox) -> str:
    return str((await slack.api("chat.postMessage", channel=PULSE, text="root"))["ts"])


async def started(slack: kit.Sandbox) -> dict[str, Any]:
    thread = await root(slack)
    stream = await slack.api("chat.startStream", channel=PULSE, thread_ts=thread, markdown_text="One ", **FOR)
    return {"channel": PULSE, "ts": stream["ts"]}


async def test_a_stream_grows_until_it_is_stopped(slack: kit.Sandbox) -> None:
    stream = await started(slack)
    assert (await slack.api("chat.update", text="x", **stream))["error"] == "streaming_state_conflict"
    await slack.api("chat.appendStream", markdown_text="two ", **stream)
    assert (await slack.api("chat.stopStream", markdown_text="three.", **stream))["message"]["text"] == "One two three."
    again = await slack.api("chat.appendStream", markdown_text="x", **stream)
    assert again["error"] == "message_not_in_streaming_state"
    assert (await slack.api("chat.update", text="whole", **stream))["ok"]


async def test_a_stream_is_closed_after_five_minutes_even_for_its_stop(slack: kit.Sandbox) -> None:
    stream = await started(slack)
    await slack.act("advance_time", seconds=301)
    await kit.until(lambda: all(one.closed for one in slack.workspace.threads.streams.values()))
    assert (await slack.api("chat.stopStream", **stream))["error"] == "message_not_in_streaming_state"


async def test_a_stream_in_a_channel_needs_its_reader(slack: kit.Sandbox) -> None:
    refused = await slack.api("chat.startStream", channel=PULSE, thread_ts=await root(slack))
    assert refused["error"] == "missing_recipient_user_id"


async def test_the_sdk_uploads_a_file_into_a_thread(slack: kit.Sandbox) -> None:
    client = AsyncWebClient("xoxb-sandbox-bot", base_url=f"{slack.url}/api/")
    thread = await root(slack)
    await client.files_upload_v2(filename="chart.svg", content="<svg/>", channel=PULSE, thread_ts=thread,
                                 initial_comment="Revenue by day", alt_txt="Revenue by day, rising")  # fmt: skip
    await kit.until(lambda: len(slack.workspace.messages.thread(PULSE, thread)) == 2)
    reply = (await slack.messages(PULSE, thread=thread))[1]
    file = reply["files"][0]
    assert (reply["text"], file["name"], file["alt_txt"]) == ("Revenue by day", "chart.svg", "Revenue by day, rising")
    async with slack.http.get(file["url_private"]) as response:
        assert await response.text() == "<svg/>"
    assert (await slack.api("files.info", file=file["id"]))["file"]["size"] == 6


async def test_an_upload_of_another_size_is_refused(slack: kit.Sandbox) -> None:
    begun = await slack.api("files.getUploadURLExternal", filename="a.txt", length=3)
    async with slack.http.post(begun["upload_url"], data=b"longer") as response:
        assert response.status == 400
    files = [{"id": begun["file_id"]}]
    assert (await slack.api("files.completeUploadExternal", files=files, channel_id=PULSE))["error"] == "file_not_found"


async def test_a_status_line_fades_with_the_next_message_or_after_two_minutes(slack: kit.Sandbox) -> None:
    thread = await root(slack)
    place = {"channel_id": PULSE, "thread_ts": thread, "status": "is reading the orders"}
    assert (await slack.api("assistant.threads.setStatus", **place))["ok"]
    shown = await slack.read(f"channels/{PULSE}/messages?thread_ts={thread}")
    assert shown["status"]["text"] == "is reading the orders"
    await slack.api("chat.postMessage", channel=PULSE, text="reply", thread_ts=thread)
    assert slack.workspace.threads.statuses == {}
    await slack.api("assistant.threads.setStatus", **place)
    await slack.act("advance_time", seconds=121)
    await kit.until(lambda: slack.workspace.threads.statuses == {})


async def test_a_scheduled_post_comes_in_its_time_but_never_with_metadata(slack: kit.Sandbox) -> None:
    soon = int(slack.workspace.core.clock.now()) + 100
    metadata = {"event_type": "pulse", "event_payload": {}}
    plain = {"channel": PULSE, "text": "later", "post_at": soon}
    assert (await slack.api("chat.scheduleMessage", **plain))["ok"]
    assert (await slack.api("chat.scheduleMessage", metadata=metadata, **plain))["ok"]
    unwanted = (await slack.api("chat.scheduleMessage", **plain))["scheduled_message_id"]
    assert (await slack.api("chat.deleteScheduledMessage", channel=PULSE, scheduled_message_id=unwanted))["ok"]
    assert len((await slack.api("chat.scheduledMessages.list"))["scheduled_messages"]) == 2
    await slack.act("advance_time", seconds=101)
    await kit.until(lambda: slack.workspace.messages.top_level(PULSE))
    assert [m["text"] for m in await slack.messages(PULSE)] == ["later"]
    assert (await slack.api("chat.scheduleMessage", **plain))["error"] == "time_in_past"


async def test_a_person_uploads_and_invites(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("upload", user="U0CEO", channel=PULSE, name="notes.txt", content="look")
    assert app.events("message")[0]["payload"]["event"]["files"][0]["name"] == "notes.txt"
    await slack.act("invite", user="U0CEO", channel="C0GENER")
    assert app.events("member_joined_channel")[0]["payload"]["event"]["channel"] == "C0GENER"


async def test_pages_are_told_what_changes_and_whispers_stay_private(slack: kit.Sandbox) -> None:
    async with slack.http.get(f"{slack.url}/_sandbox/events?as=U0VIEWER") as page:
        await page.content.readline()
        await slack.api("chat.postEphemeral", channel=PULSE, user="U0CEO", text="secret")
        ts = await root(slack)
        seen = ""
        while "message" not in seen:
            seen += (await page.content.readline()).decode()
        assert ts in seen
        assert "ephemeral" not in seen
