"""What stands at the end of the second road in tests: a small HTTP receiver, and a mail server that takes anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Receiver:
    """What arrived; `status` is what it answers from now on."""

    address: str
    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    @property
    def titles(self) -> list[str]:
        return [str(one["title"]) for one in self.got]


@asynccontextmanager
async def http_receiver() -> AsyncIterator[Receiver]:
    """An address that Apprise can post JSON to."""
    found = Receiver("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].splitlines()[0])
        body = json.loads(await reader.readexactly(length))
        if found.status == 200:
            found.got.append(body)
        writer.write(b"HTTP/1.1 %d OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % found.status)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        found.address = f"json://127.0.0.1:{server.sockets[0].getsockname()[1]}/a-secret-path"
        yield found


@asynccontextmanager
async def mail_receiver() -> AsyncIterator[Receiver]:
    """An address that Apprise can send mail to."""
    found = Receiver("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip().upper():
            if line == "DATA":
                writer.write(b"354 go on\r\n")
                found.got.append(_read((await reader.readuntil(b"\r\n.\r\n")).decode()))
            writer.write(b"221 bye\r\n" if line == "QUIT" else b"250 ok\r\n")
            if line == "QUIT":
                break
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found.address = f"mailto://127.0.0.1:{port}?to=oncall@shop.example&from=house@shop.example&mode=insecure"
        yield found


def _read(raw: str) -> dict[str, Any]:
    said = message_from_string(raw.removesuffix(".\r\n"), policy=policy.default)
    assert isinstance(said, EmailMessage)
    body = said.get_body(("plain",))
    return {"title": said["Subject"], "message": body.get_content() if body else said.get_content(), "to": said["To"]}
