"""One Socket Mode link: a line that is replaced before it is given up, and never waits on a spent ticket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import structlog
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

PING_S = 5.0
SILENT_S = 10.0
"""Two pings without any frame in return: the line is dead although it looks open."""
OPEN_S = 10.0
CLOSE_S = 3.0
GOODBYE = WSCloseCode.OK.to_bytes(2, "big")

Frame = dict[str, Any]
log = structlog.get_logger()
encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Line:
    """One WebSocket from its hello to its end."""

    def __init__(self, socket: ClientWebSocketResponse, now: float) -> None:
        self.socket = socket
        self.opened_at = now
        self.heard_at = now
        self.envelopes = 0
        self.others = 0
        self.reason = ""
        self.parting = False
        self.reader: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        """Whether it can still carry frames."""
        return not self.socket.closed

    async def send(self, text: str) -> bool:
        """Send a frame; False when the line is gone, or has said goodbye."""
        if self.parting:
            return False
        try:
            await self.socket.send_str(text)
        except (ConnectionError, RuntimeError):  # closing transports raise either
            return False
        return True

    async def close(self) -> None:
        """Say goodbye with a close frame, within a bound; what Slack sent before it heard that is still read."""
        with suppress(asyncio.TimeoutError, ConnectionError):
            if self.open and self.reader is not None and self.reader is not asyncio.current_task():
                self.parting = True
                await self.socket.send_frame(GOODBYE, WSMsgType.CLOSE)  # socket.close() would read and throw away
                await asyncio.wait({self.reader}, timeout=CLOSE_S)
            await asyncio.wait_for(self.socket.close(), CLOSE_S)
        if self.reader is not None and self.reader is not asyncio.current_task():
            self.reader.cancel()


class Link(SocketModeClient):
    """The SDK's client with its connection handling replaced: no endless retry, no queue, no gap on a refresh.

    `needs_new` is set, with the reason on the line, when the current line has to be replaced.
    """

    def __init__(self, name: str, app_token: str, web_client: AsyncWebClient) -> None:
        super().__init__(app_token=app_token, web_client=web_client, ping_interval=PING_S, auto_reconnect_enabled=False)
        self.message_processor.cancel()  # frames go straight to `accept`, without the SDK's queue
        self.proxy = web_client.proxy
        self.name = name
        self.accept: Callable[[Line, Frame], None] = lambda _line, _frame: None
        self.line: Line | None = None
        self.leaving: list[Line] = []
        self.needs_new = asyncio.Event()
        self.reason = "start"
        self.envelopes = 0
        self.event_at: float | None = None
        self.silent_after = SILENT_S

    def now(self) -> float:
        """Steady seconds."""
        return asyncio.get_running_loop().time()

    async def open_line(self, url: str) -> Line:
        """Open a WebSocket with a fresh address and wait for its hello; raises what aiohttp raises, or TimeoutError."""
        if self.aiohttp_client_session.closed:
            self.aiohttp_client_session = aiohttp.ClientSession()
        async with asyncio.timeout(OPEN_S):
            verify = self.web_client.ssl if self.web_client.ssl is not None else True
            socket = await self.aiohttp_client_session.ws_connect(
                url, autoping=False, proxy=self.proxy, ssl=verify, max_msg_size=0
            )
            line = Line(socket, self.now())
            try:
                self._greeted(line, await socket.receive_json())
            except BaseException:
                await line.close()
                raise
        line.reader = asyncio.create_task(self._read(line), name=f"slack-{self.name}")
        return line

    def _greeted(self, line: Line, frame: Frame) -> None:
        if frame.get("type") != "hello":
            raise ConnectionError(f"Slack began with {frame.get('type')!r} instead of a hello")
        line.others = int(frame.get("num_connections") or 0)
        line.heard_at = self.now()

    def swap(self, line: Line) -> Line | None:
        """Make `line` the current one; the old one goes on listening until it is closed."""
        old, self.line, self.current_session = self.line, line, line.socket
        self.reason = ""
        self.needs_new.clear()
        if line.reason or not line.open:  # it was asked to leave, or died, before it was in place
            self.give_up(line, line.reason or "closed")
        if old is not None and old.open:
            self.leaving.append(old)
            return old
        return None

    def give_up(self, line: Line, reason: str) -> None:
        """This line has to be replaced; several reasons at once are one replacement."""
        line.reason = line.reason or reason
        if line is self.line and not self.needs_new.is_set():
            self.reason = line.reason
            self.needs_new.set()

    async def _read(self, line: Line) -> None:
        try:
            while await self._frame(line):
                pass
        except (ConnectionError, aiohttp.ClientError) as error:
            log.warning("slack.line_broken", link=self.name, error=str(error) or type(error).__name__)
        finally:
            if line in self.leaving:
                self.leaving.remove(line)
            self.give_up(line, "closed")

    async def _frame(self, line: Line) -> bool:
        """Take one frame; False at the end of the line."""
        message = await line.socket.receive()
        line.heard_at = self.now()
        if message.type is WSMsgType.TEXT:
            self._text(line, message.data)
        elif message.type is WSMsgType.PING:
            await line.socket.pong(message.data)
        return message.type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)

    def _text(self, line: Line, data: str) -> None:
        try:
            frame = json.loads(data)
        except (ValueError, RecursionError):
            log.warning("slack.unreadable_frame", link=self.name, size=len(data))
            return
        if not isinstance(frame, dict):
            return
        if frame.get("type") == "disconnect":
            self.give_up(line, str(frame.get("reason") or "unknown"))
        elif "envelope_id" in frame and not self.closed:
            line.envelopes += 1
            self.envelopes += 1
            self.event_at = self.now()
            self.accept(line, frame)

    async def ping(self) -> None:
        """Ask the line whether it lives, and give it up when it has been silent for too long."""
        line = self.line
        if line is None or not line.open:
            return
        if self.now() - line.heard_at > self.silent_after:
            self.give_up(line, "silent")
            return
        with suppress(ConnectionError, RuntimeError):
            await line.socket.ping(b"ops")

    async def reply(self, line: Line, envelope_id: str, payload: Any = None) -> bool:
        """Acknowledge on the line that delivered, else on the current one; False when there is none."""
        text = encode({"envelope_id": envelope_id} | ({"payload": payload} if payload else {}))
        if await line.send(text):
            return True
        return self.line is not None and self.line is not line and await self.line.send(text)

    async def is_connected(self) -> bool:
        """Whether the current line is open and was heard of lately."""
        line = self.line
        return line is not None and line.open and self.now() - line.heard_at <= self.silent_after

    async def connect(self) -> None:
        """Open the first line, or replace the current one at once."""
        old = self.swap(await self.open_line(await self.issue_new_wss_url()))
        if old is not None:
            await old.close()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Ask for a replacement; the keeper of the links does it, with its back-off."""
        if self.line is not None and (force or not await self.is_connected()):
            self.give_up(self.line, "asked")

    async def disconnect(self) -> None:
        """Close every line with a close frame."""
        lines = [line for line in (self.line, *self.leaving) if line is not None]
        await asyncio.gather(*(line.close() for line in lines))

    async def close(self) -> None:
        """Close every line and let go of the session."""
        self.closed = True
        await self.disconnect()
        await self.aiohttp_client_session.close()


class InboxHandler(AsyncSocketModeHandler):
    """Bolt's handler for a link whose envelopes become rows before anything else happens."""

    def __init__(self, app: AsyncApp, link: Link, accept: Callable[[Link, Line, Frame], None]) -> None:
        self.app = app
        self.app_token = link.app_token
        self.client = link
        self._accept = accept
        link.accept = lambda line, frame: accept(link, line, frame)

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """The way in for whoever speaks the SDK's language: the same inbox."""
        if isinstance(client, Link) and client.line is not None:
            self._accept(client, client.line, req.to_dict())
