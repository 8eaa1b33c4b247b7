"""Socket Mode connections: single-use tickets, at most ten, each frame to one of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.clock import Clock
from sandbox.slack.ids import Ids
from sandbox.slack.journal import encode
from sandbox.slack.people import APP_ID

TICKET_LIFE_S = 30.0
MOST_CONNECTIONS = 10
LIFE_S = 18_060
HOST = "applink-sandbox-1"


@dataclass(eq=False, slots=True)
class Connection:
    """One WebSocket; `socket` is None for a ghost: counted, delivered to, never heard from."""

    id: str
    socket: web.WebSocketResponse | None
    opened_at: float
    draining: bool = False
    silent: bool = False
    transport: asyncio.BaseTransport | None = None

    async def send(self, frame: str) -> None:
        """Send a frame; into the void when the connection is a ghost or half open."""
        if self.socket is None or self.silent or self.socket.closed:
            return
        try:
            await self.socket.send_str(frame)
        except ConnectionError:
            self.draining = True  # the peer is gone; the reader task will take the connection off the list


class Hub:
    """The connections of the one app."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._tickets: dict[str, float] = {}
        self._turn = 0
        self.refused = 0
        self._closing: set[asyncio.Future[bool]] = set()
        self.connections: list[Connection] = []

    def ticket(self) -> str:
        """A ticket for one handshake within thirty seconds."""
        now = self._clock.ticks()
        self._tickets = {name: end for name, end in self._tickets.items() if end > now}
        ticket = self._ids.envelope()
        self._tickets[ticket] = now + TICKET_LIFE_S
        return ticket

    def spend(self, ticket: str) -> bool:
        """Use a ticket up; False when it is unknown, spent or too old."""
        end = self._tickets.pop(ticket, None)
        return end is not None and end > self._clock.ticks()

    def add(self, socket: web.WebSocketResponse | None, transport: asyncio.BaseTransport | None = None) -> Connection:
        """Count a new connection."""
        connection = Connection(self._ids.envelope(), socket, self._clock.now(), transport=transport)
        self.connections.append(connection)
        return connection

    def remove(self, connection: Connection) -> None:
        """Forget a connection that closed."""
        if connection in self.connections:
            self.connections.remove(connection)

    def hello(self) -> str:
        """The first frame of a connection."""
        return encode({
            "type": "hello", "num_connections": len(self.connections),
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": LIFE_S},
            "connection_info": {"app_id": APP_ID},
        })  # fmt: skip

    def choose(self) -> Connection | None:
        """The next connection in turn; one that was asked to leave only when there is no other, a closed one never."""
        living = [c for c in self.connections if c.socket is None or not c.socket.closed]
        staying = [c for c in living if not c.draining] or living
        if not staying:
            return None
        self._turn += 1
        return staying[self._turn % len(staying)]

    async def ask_to_leave(self, connection: Connection, reason: str, close_after: float) -> None:
        """Send a disconnect frame and close the socket some seconds later if it is still open."""
        connection.draining = True
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}
        await connection.send(encode(frame))
        asyncio.get_running_loop().call_later(close_after, lambda: self._close_soon(connection))

    def _close_soon(self, connection: Connection) -> None:
        if connection in self.connections and connection.socket is not None and not connection.socket.closed:
            task = asyncio.ensure_future(connection.socket.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
