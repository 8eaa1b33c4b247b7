"""Whether a port of this machine is free."""

from __future__ import annotations

import socket

from domain.kernel.errors import RefusedError

HOST = "127.0.0.1"


def refuse_taken(port: int, advice: str) -> None:
    """RefusedError, with the advice, when nothing can listen on `port`; 0 is always free."""
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a closed line is no listener
        try:
            place.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise RefusedError(f"The port {port} is taken; {advice}.") from error
