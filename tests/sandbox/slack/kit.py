"""A sandbox inside the test process, a hand that acts in it, and an app of bare frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.slack.manifest import Manifest
from sandbox.slack.server import Server
from sandbox.slack.workspace import Options, Workspace

Json = dict[str, Any]
BOT = {"Authorization": "Bearer xoxb-sandbox-bot"}
APP = {"Authorization": "Bearer xapp-sandbox-app"}


class Sandbox:
    """A running server and an HTTP session to it."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.url = server.workspace.url

    @property
    def workspace(self) -> Workspace:
        return self.server.workspace

    async def api(self, method: str, **args: Any) -> Json:
        async with self.http.post(f"{self.url}/api/{method}", json=args, headers=BOT) as response:
            body: Json = await response.json()
            return body

    async def act(self, verb: str, **body: Any) -> Json:
        async with self.http.post(f"{self.url}/_sandbox/{verb}", json=body) as response:
            answer: Json = await response.json()
            return answer

    async def read(self, path: str) -> Json:
        async with self.http.get(f"{self.url}/_sandbox/{path}") as response:
            body: Json = await response.json()
            return body

    async def messages(self, channel: str, user: str = "U0CEO", thread: str = "") -> list[Json]:
        tail = f"&thread_ts={thread}" if thread else ""
        found: list[Json] = (await self.read(f"channels/{channel}/messages?as={user}{tail}"))["messages"]
        return found

    async def point(self, number: int) -> Json:
        points: list[Json] = (await self.read("checks"))["points"]
        return next(point for point in points if point["number"] == number)

    async def wss(self) -> str:
        async with self.http.post(f"{self.url}/api/apps.connections.open", headers=APP) as response:
            return str((await response.json())["url"])


@asynccontextmanager
async def sandbox(options: Options | None = None, manifest: Manifest | None = None) -> AsyncIterator[Sandbox]:
    server = Server(options or Options(seed=7, limits=False), manifest)
    await server.start()
    async with aiohttp.ClientSession() as http:
        try:
            yield Sandbox(server, http)
        finally:
            await server.stop()


class Listener:
    """An app of bare frames: notes every envelope and acknowledges it unless `mute`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.hello: Json = {}
        self.envelopes: list[Json] = []
        self.disconnects: list[str] = []
        self.mute = False
        self.reply: Callable[[Json], Json | None] = lambda _envelope: None
        self._task = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        async for frame in self.socket:
            body = json.loads(frame.data)
            if body["type"] == "hello":
                self.hello = body
            elif body["type"] == "disconnect":
                self.disconnects.append(body["reason"])
            else:
                self.envelopes.append(body)
                if not self.mute:
                    await self.ack(body)

    async def ack(self, envelope: Json) -> None:
        payload = self.reply(envelope)
        extra = {} if payload is None else {"payload": payload}
        await self.socket.send_str(json.dumps({"envelope_id": envelope["envelope_id"], **extra}))

    def of(self, kind: str) -> list[Json]:
        return [one for one in self.envelopes if kind in {one["type"], one["payload"].get("type")}]

    def events(self, kind: str) -> list[Json]:
        return [one for one in self.of("events_api") if one["payload"]["event"]["type"] == kind]

    async def until(self, done: Callable[[], Any], within_s: float = 2.0) -> None:
        await until(done, within_s)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.socket.close()


async def until(done: Callable[[], Any], within_s: float = 2.0) -> None:
    """Wait for a condition instead of for a time."""
    async with asyncio.timeout(within_s):
        while not done():  # noqa: ASYNC110  # conditions of many parts, none of which has an event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(slack: Sandbox) -> AsyncIterator[Listener]:
    listener = Listener(await slack.http.ws_connect(await slack.wss()))
    try:
        await until(lambda: listener.hello or listener.disconnects)
        yield listener
    finally:
        await listener.stop()


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(label: str, action_id: str = "v1.thing.do", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": label}, **more}


def modal(**more: Any) -> Json:
    view: Json = {
        "type": "modal",
        "callback_id": "v1.reason",
        "title": {"type": "plain_text", "text": "Why"},
        "submit": {"type": "plain_text", "text": "Send"},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {"type": "plain_text_input", "action_id": "text"},
            }
        ],
    }
    return view | more
