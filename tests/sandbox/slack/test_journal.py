"""A restarted sandbox shows yesterday's channel, whatever ended the one before."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.slack.workspace import Options
from tests.sandbox.slack import kit

HOME = {"type": "home", "blocks": [kit.section("hello")]}


def options(state: Path) -> Options:
    return Options(state=state, seed=3, limits=False)


async def test_messages_edits_deletes_threads_and_homes_come_back(tmp_path: Path) -> None:
    async with kit.sandbox(options(tmp_path)) as first:
        root = (await first.api("chat.postMessage", channel="C0PULSE", text="old"))["ts"]
        await first.api("chat.postMessage", channel="C0PULSE", text="reply", thread_ts=root)
        await first.api("chat.update", channel="C0PULSE", ts=root, text="new")
        gone = (await first.api("chat.postMessage", channel="C0PULSE", text="gone"))["ts"]
        await first.api("chat.delete", channel="C0PULSE", ts=gone)
        await first.api("chat.postEphemeral", channel="C0PULSE", user="U0CEO", text="whisper")
        await first.api("views.publish", user_id="U0CEO", view=HOME)
        await first.api("conversations.join", channel="C0GENER")
    async with kit.sandbox(options(tmp_path)) as second:
        assert [(m["text"], m["reply_count"]) for m in await second.messages("C0PULSE")] == [("new", 1)]
        assert [m["text"] for m in await second.messages("C0PULSE", thread=root)] == ["new", "reply"]
        assert (await second.read("views/U0CEO"))["home"]["blocks"][0]["text"]["text"] == "hello"
        assert (await second.api("chat.postMessage", channel="C0GENER", text="in"))["ok"]


async def test_a_restart_never_repeats_an_id_under_the_same_seed(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        async with kit.sandbox(options(tmp_path)) as slack, kit.listening(slack) as app:
            await slack.act("message", user="U0CEO", channel="D0CEO", text="hello")
            seen.append((app.envelopes[0]["envelope_id"], app.envelopes[0]["payload"]["event_id"]))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


async def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    async with kit.sandbox(options(tmp_path)) as first:
        await first.api("chat.postMessage", channel="C0PULSE", text="whole")
    with (tmp_path / "slack.jsonl").open("a", encoding="utf-8") as journal:
        journal.write('{"op":"message","channel":"C0PULSE","message":{"te')
    async with kit.sandbox(options(tmp_path)) as second:
        assert [m["text"] for m in await second.messages("C0PULSE")] == ["whole"]
        await second.api("chat.postMessage", channel="C0PULSE", text="after")
    async with kit.sandbox(options(tmp_path)) as third:
        assert [m["text"] for m in await third.messages("C0PULSE")] == ["whole", "after"]


async def test_a_reset_is_remembered(tmp_path: Path) -> None:
    async with kit.sandbox(options(tmp_path)) as first:
        await first.api("chat.postMessage", channel="C0PULSE", text="old")
        await first.act("reset")
    async with kit.sandbox(options(tmp_path)) as second:
        assert await second.messages("C0PULSE") == []


async def test_two_sandboxes_never_share_a_directory(tmp_path: Path) -> None:
    async with kit.sandbox(options(tmp_path)) as first:
        await first.api("chat.postMessage", channel="C0PULSE", text="mine")
        with pytest.raises(OSError, match="another sandbox"):
            async with kit.sandbox(options(tmp_path)):
                pass
        await first.api("chat.postMessage", channel="C0PULSE", text="still mine")
    async with kit.sandbox(options(tmp_path)) as second:
        assert len(await second.messages("C0PULSE")) == 2


def start(state: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    arguments = [sys.executable, "-m", "sandbox", "slack", "--port", "0", "--state", str(state), *more]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert ready["ready"] == "slack"
    return child, ready["url"]


async def post(url: str, text: str) -> None:
    async with aiohttp.ClientSession() as http:
        body = {"channel": "C0PULSE", "text": text}
        async with http.post(f"{url}/api/chat.postMessage", json=body, headers=kit.BOT) as response:
            assert (await response.json())["ok"]


async def test_the_command_line_survives_kill_9_ends_on_sigterm_and_refuses_a_taken_port(tmp_path: Path) -> None:
    child, url = await asyncio.to_thread(start, tmp_path)
    await post(url, "before the crash")
    child.send_signal(signal.SIGKILL)
    child.communicate()
    child, url = await asyncio.to_thread(start, tmp_path)
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{url}/_sandbox/channels/C0PULSE/messages") as found:
            assert [m["text"] for m in (await found.json())["messages"]] == ["before the crash"]
        second = [sys.executable, "-m", "sandbox", "slack", "--port", url.rpartition(":")[2]]
        refused = await asyncio.to_thread(subprocess.run, second, capture_output=True, text=True, check=False)
        assert refused.returncode == 78
        assert refused.stderr.count("\n") == 1
        assert "is taken" in refused.stderr
    finally:
        os.kill(child.pid, signal.SIGTERM)
        child.communicate(timeout=5)
    assert child.returncode == 0
